"""Drafts of processes: which are open, and one of them beside the version it began from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.engine import Row

from nrm.diagrams.bundle import Bundle
from nrm.diagrams.change import Change
from nrm.diagrams.compare import compare
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleDraft, BundleRow
from nrm.records.unit import Unit
from nrm.rules.access import decide
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotAllowed, NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

OPEN = ("review", "draft")


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One open draft in a list. ``status``: draft or review."""

    id: str
    process: str
    title: str
    author_id: str
    author_name: str
    status: str
    updated_at: datetime
    is_mine: bool


@dataclass(frozen=True, slots=True)
class DraftView:
    """One draft with all its files, the version it began from, and what changed since, in words.

    ``is_behind``: another version was published in the meantime, so that this one cannot be any more.
    """

    line: DraftLine
    version: int
    note: str
    bundle: Bundle
    base: Bundle
    base_number: int
    is_behind: bool
    changes: tuple[Change, ...]


def open_drafts(system: System, actor: Actor, *, process: str | None = None) -> tuple[DraftLine, ...]:
    """List the open drafts, those to review first; nothing for who neither drafts nor reviews."""
    if not may_see_drafts(system, actor):
        return ()
    wanted = _query().where(BundleDraft.status.in_(OPEN))
    if process is not None:
        wanted = wanted.where(BundleDraft.process == process)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(wanted.order_by(BundleDraft.status.desc(), BundleDraft.updated_at.desc())).all()
    return tuple(_line(row, actor, _title(Bundle.from_zip(row.files))) for row in rows)


def draft_view(system: System, actor: Actor, *, draft_id: str) -> DraftView:
    """Return one draft, also a finished one. Raises NotFound, NotAllowed."""
    require_sees_drafts(system, actor)
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(_query().where(BundleDraft.id == draft_id)).first()
        if row is None:
            raise NotFound("There is no such draft.")
        base = system.library.published(unit.conn, row.base_digest).bundle
        number, status = _base(unit, row.base_digest)
    bundle = Bundle.from_zip(row.files)
    return DraftView(
        _line(row, actor, _title(bundle)), row.version, row.note or "", bundle, base, number,
        status != "current" and row.status in OPEN, compare(base, bundle),
    )


def names_of_contents(bundles: Mapping[str, Bundle]) -> tuple[dict[str, str], dict[str, str]]:
    """Return the forms and tables of several bundles: id -> title."""
    forms: dict[str, str] = {}
    tables: dict[str, str] = {}
    for bundle in bundles.values():
        forms |= {form: bundle.form(form).title for form in bundle.form_ids if form not in forms}
        tables |= {table: table.replace("_", " ") for table in bundle.table_ids if table not in tables}
    return forms, tables


def may_see_drafts(system: System, actor: Actor) -> bool:
    """Whether somebody drafts or reviews processes."""
    policy = system.configuration.policy
    wanted = (Permission.PROCESSES_EDIT, Permission.PROCESSES_REVIEW)
    return any(decide(actor, permission, None, policy).allowed for permission in wanted)


def require_sees_drafts(system: System, actor: Actor) -> None:
    """Refuse who neither drafts nor reviews processes. Raises NotAllowed."""
    if not may_see_drafts(system, actor):
        raise NotAllowed("None of your roles may do this.", rule=f"role:{Permission.PROCESSES_EDIT}")


def _query() -> Select[*tuple[Any, ...]]:
    return select(*BundleDraft.__table__.c, User.name.label("author_name")).outerjoin(
        User, User.id == BundleDraft.author_id
    )


def _line(row: Row[Any], actor: Actor, title: str) -> DraftLine:
    return DraftLine(
        row.id, row.process, title, row.author_id, row.author_name or "", row.status, row.updated_at,
        row.author_id == actor.user_id,
    )


def _title(bundle: Bundle) -> str:
    return bundle.process().title or bundle.process_id


def _base(unit: Unit, digest: str) -> tuple[int, str]:
    row = unit.conn.execute(select(BundleRow.number, BundleRow.status).where(BundleRow.digest == digest)).one()
    return int(row.number), str(row.status)


__all__ = ["DraftLine", "DraftView", "draft_view", "may_see_drafts", "names_of_contents", "open_drafts"]
