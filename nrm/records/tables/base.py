"""The declarative base: one metadata, constraint names that migrations can rely on, shared column kinds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, ClassVar

from sqlalchemy import BigInteger, Date, ForeignKey, Integer, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, mapped_column

from nrm.records.types import CanonicalJson, Instant

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}

JsonList = list[str]
JsonMap = dict[str, object]


class Base(DeclarativeBase):
    """Every table of the installation."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[object, object]] = {
        str: String,
        bytes: LargeBinary,
        datetime: Instant,
        date: Date,
        JsonList: CanonicalJson,
        JsonMap: CanonicalJson,
        object: CanonicalJson,
    }


def _owned_by(column: str) -> ForeignKey:
    """A foreign key checked at commit, so that one act may write its rows in any order."""
    return ForeignKey(column, deferrable=True, initially="DEFERRED")


Id = Annotated[str, mapped_column(String, primary_key=True)]
"""A uuid as text, the row's own."""
Ref = Annotated[str, mapped_column(String)]
"""The id of a row elsewhere that may be gone or may not be a row (users, agencies, ``system``)."""
Mac = Annotated[str, mapped_column(String, default="", server_default="")]
"""A keyed hash over what a row grants (:mod:`nrm.records.proofs`): what it does not prove gives nothing."""
CaseRef = Annotated[str, mapped_column(String, _owned_by("case.id"))]
RunRef = Annotated[str, mapped_column(String, _owned_by("run.id"))]
Serial = Annotated[
    int, mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
]
"""A number the database gives, growing."""
