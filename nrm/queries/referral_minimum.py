"""What a provider is told before it has taken somebody on: enough to say yes or no, and nothing that names the person.

Taken down at the moment of sending and kept with the referral, so that a later answer adds nothing to it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.queries.known import shown
from nrm.records.facts import current_facts
from nrm.records.sealing import read_many
from nrm.records.tables.record import Record
from nrm.records.unit import Unit
from nrm.vocabulary.categories import Category
from nrm.wiring.library import Library

LANGUAGE, INTERPRETER, SEX = "person.language", "person.interpreter", "person.sex"
SEX_MATTERS = frozenset({"accommodation", "medical"})
"""Services that are given in places or by people of one sex."""
AGE_BANDS = {"no": "adult", "yes": "child", "in_doubt": "age_in_doubt"}
NEEDS = {"access_needed": "accessible_place", "family_with_children": "children_with_them"}
"""Facts that say what a place must have, and the code a provider reads."""


def minimum_of(unit: Unit, library: Library, case: Row[Any], *, service: str) -> dict[str, object]:
    """Return the minimum: ``age_band``, ``district``, ``needs``; ``language``, and ``sex`` where the service asks.

    Values are codes, and the texts of answers that were chosen from a list.
    """
    facts = {name: value for name, (value, _) in current_facts(unit.conn, str(case.id)).items()}
    wanted = {LANGUAGE, INTERPRETER} | ({SEX} if service in SEX_MATTERS else set())
    told = dict(_chosen(unit, library, str(case.id), wanted))
    needs = [code for fact, code in NEEDS.items() if facts.get(fact) == "yes"]
    if told.pop(INTERPRETER, "") == "Yes":
        needs.insert(0, "interpreter")
    found: dict[str, object] = {
        "age_band": AGE_BANDS.get(str(facts.get("is_child")), "unknown"), "district": case.district, "needs": needs,
    }
    return found | {name: told[element] for name, element in (("language", LANGUAGE), ("sex", SEX)) if element in told}


def _chosen(unit: Unit, library: Library, case_id: str, wanted: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield the answers to questions with a list of options, the newest last: never what somebody typed."""
    rows = unit.conn.execute(
        select(Record.id, Record.form, Record.bundle).where(Record.case_id == case_id, Record.bundle.is_not(None))
        .order_by(Record.entered_at, Record.version)
    ).all()
    parts = read_many(unit, [row.id for row in rows], [Category.IDENTITY])
    for row in rows:
        answers = parts.get(row.id, {}).get(Category.IDENTITY, {})
        form = library.published(unit.conn, row.bundle).form(row.form) if answers else None
        for key, field in form.fields.items() if form is not None else ():
            if field.element in wanted and field.options and answers.get(key):
                yield field.element, shown(field, answers[key])
