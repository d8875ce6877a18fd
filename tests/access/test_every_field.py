"""Every field of every form × every role: a record shows those of the categories the role sees, no more, no fewer.

goal:S6: a canary stands in every field, alone; what each role may open of the case is searched for all of them.
A push asks some roles on one of the surfaces; the full product runs under NRM_TEST_LONG=1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count

import pytest
from sqlalchemy import select

from nrm.diagrams.forms import Field, Form
from nrm.diagrams.forms.splitting import by_category
from nrm.records.sealing import write_record
from nrm.records.tables.bundle import BundleRow
from nrm.vocabulary.categories import Category
from tests.access.asking import ask, send
from tests.access.stage import HOMES, MINE, Stage
from tests.access.table import table
from tests.access.test_many_eyes_on_one_case import COLUMNS
from tests.support.goals import Reached
from tests.support.long import LONG

BOTH = ("api", "pages")
FEW = {"CM": "pages", "FR": "api", "MED": "pages", "CA": "api", "AUD": "api"}
ASKED = [(role, surface) for role in sorted(HOMES) for surface in BOTH if LONG or FEW.get(role) == surface]
SIGN = re.compile(r"field-(\d{4})-7c1")


@dataclass
class Written:
    """The records, and of what category each canary is."""

    records: list[str] = field(default_factory=list)
    categories: dict[str, Category] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1000))

    def answers(self, fields: Mapping[str, Field]) -> dict[str, object]:
        """An answer to each question that is a canary, whatever it asks; a list has one row."""
        return {key: self.answer(one) for key, one in fields.items() if one.type != "filepicker"}

    def answer(self, one: Field) -> object:
        if one.type == "dynamiclist":
            return [self.answers(one.answered())]
        number = str(next(self.numbers))
        self.categories[number] = one.category
        return f"field-{number}-7c1"


@pytest.fixture(scope="module")
def written(stage: Stage) -> Written:
    """A record of every form of every process, written by a case manager of the agency."""
    made, seen = Written(), set[str]()
    library, manager = stage.drive.system.library, stage.inside["CM"]
    with stage.drive.system.database.unit(manager) as unit:
        for digest in unit.conn.execute(select(BundleRow.digest).order_by(BundleRow.process)).scalars():
            bundle = library.published(unit.conn, digest).bundle
            for form in (bundle.form(one) for one in bundle.form_ids if one not in seen):
                seen.add(form.id)
                made.records.append(write_record(
                    unit, case_id=stage.ids["case"], form=form.id, form_digest=digest, bundle=digest,
                    parts=parts_of(form, made), agency_id=MINE, role="CM",
                ))
    return made


def parts_of(form: Form, written: Written) -> dict[Category, dict[str, object]]:
    """The canaries of a form, each with the category of its question."""
    return by_category(form.fields, written.answers(form.fields))


@pytest.mark.parametrize(("role", "surface"), ASKED)
def test_records_show_exactly_the_fields_of_the_roles_categories(
    stage: Stage, written: Written, role: str, surface: str
) -> None:
    """The place of stay has a page of its own, for the named few: it is on none of these."""
    actor = stage.inside[role]
    texts = [send(stage, surface, "GET", f"/records/{one}", actor).get_data(as_text=True) for one in written.records]
    sees = {category for number, category in written.categories.items() if number in signs(texts)}
    expected = {Category(one) for one in COLUMNS[role].split()} - {Category.STAY}
    assert sees == expected & set(written.categories.values())
    missing = {number for number, category in written.categories.items() if category in expected} - signs(texts)
    assert missing == set(), "of a category all or nothing"


@pytest.mark.parametrize(("role", "surface"), ASKED)
def test_nothing_else_that_is_opened_shows_more(stage: Stage, written: Written, role: str, surface: str) -> None:
    """The case and all about it, lists, notices, exports, the auditor's pages and tables."""
    actor, kinds = stage.inside[role], ("signed_in", "role", "case")
    asked = [row for row in table().of(surface, *kinds) if not row.writes]
    texts = [ask(stage, row, actor).body.decode(errors="replace") for row in asked]
    allowed = {Category(one) for one in COLUMNS[role].split()}
    assert {written.categories[number] for number in signs(texts)} <= allowed


def signs(texts: list[str]) -> set[str]:
    """The numbers of the canaries that stand in texts."""
    return {number for text in texts for number in SIGN.findall(text)}


def test_there_is_a_canary_in_every_field(written: Written, reached: Reached) -> None:
    fields, forms = len(written.categories), len(written.records)
    reached("S6", f"{fields} fields of {forms} forms × {len(ASKED)} roles and surfaces: shown by their category")
    assert len(written.categories) > 200
