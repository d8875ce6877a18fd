"""The person's own page on paper: what they agreed to, when they are expected, whom to call; safe to carry."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from nrm.commands.disclosing import Way, disclose_to_person
from nrm.commands.reading import Reading, reading
from nrm.queries.case_reader import CaseReader
from nrm.queries.known import readable_records
from nrm.rules.consent import GivenBy, in_force
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.permissions import Permission
from nrm.wiring.system import System

AGREED, EXPECTED, CALL = "agreed", "expected", "call"
PARTS = (AGREED, EXPECTED, CALL)
APPOINTMENT, LANGUAGE = "referral.appointment", "person.language"


@dataclass(frozen=True, slots=True)
class PersonSummary:
    """What stands on the page; a part that was not chosen is empty.

    It has no name, no code, no place, no agency and no kind of agency: whoever finds it learns nothing.
    """

    language: str
    purposes: tuple[str, ...] = ()
    expected: tuple[datetime, ...] = ()
    call: str = ""


def language_of_person(system: System, actor: Actor, *, case_id: str) -> str:
    """Return the person's language where it is known, the reader may see it and the product speaks it; else empty."""
    with reading(system, actor, Permission.CONSENT_RECORD, case_id, "summary") as read:
        return _language(read)


def write_summary(
    system: System, actor: Actor, *, case_id: str, language: str, parts: Collection[str]
) -> PersonSummary:
    """Put the page together; each time leaves an entry. Raises InvalidInput, NotFound, NotAllowed."""
    with reading(
        system, actor, Permission.CONSENT_RECORD, case_id, "summary", act="summary.printed", always=True
    ) as read:
        wrong = {}
        if language not in system.configuration.product.languages:
            wrong["language"] = ["Choose one of the listed languages."]
        if not parts or any(part not in PARTS for part in parts):
            wrong["parts"] = ["Choose what stands on it."]
        if wrong:
            raise InvalidInput(fields=wrong)
        summary = PersonSummary(
            language, _purposes(read) if AGREED in parts else (), _expected(read) if EXPECTED in parts else (),
            system.configuration.product.help_line if CALL in parts else "",
        )
    _enter_given(system, actor, case_id, summary)
    return summary


def _enter_given(system: System, actor: Actor, case_id: str, summary: PersonSummary) -> None:
    """Enter on paper what of the case the person carries, beside what agencies received (X1)."""
    given = [(Category.DECISION, summary.purposes), (Category.PLAN, summary.expected)]
    categories = [category for category, told in given if told]
    if categories:
        with system.database.unit(actor) as unit:
            disclose_to_person(system, unit, case_id, Way.LETTER, categories)


def _purposes(read: Reading) -> tuple[str, ...]:
    """The purposes the person, or whoever speaks for them, agreed to; what the law allows is not theirs.

    Empty for a reader who does not see the whole ledger.
    """
    if not CaseReader(read.system, read.unit, read.standing).sees_all(Category.DECISION):
        return ()
    return tuple(sorted({
        row.purpose for row in read.standing.consents
        if in_force(row, read.unit.now) and row.given_by is not GivenBy.OVERRIDE
    }))


def _expected(read: Reading) -> tuple[datetime, ...]:
    found = set()
    for field_value in _values(read, APPOINTMENT):
        try:
            at = datetime.fromisoformat(str(field_value))
        except ValueError:
            continue
        found.add(at)
    today = read.unit.now.date()
    return tuple(at for at in sorted(found, key=str) if at.date() >= today)


def _language(read: Reading) -> str:
    said = [str(value) for value in _values(read, LANGUAGE)]
    return said[-1] if said and said[-1] in read.system.configuration.product.languages else ""


def _values(read: Reading, element: str) -> list[object]:
    """Every answer to one element that the reader may see, the oldest first."""
    policy, library = read.system.configuration.policy, read.system.library
    found = []
    for record in readable_records(read.unit, library, read.standing, policy):
        form = library.published(read.unit.conn, record.bundle).form(record.form)
        found += [
            value for answers in record.answers.values() for key, value in answers.items()
            if value and (field := form.fields.get(key)) is not None and field.element == element
        ]
    return found
