"""What a form lets leave: for each agency what it will be told, on which basis; and that nothing leaves unseen.

Wherever a form sends a referral, or lets the engine send one in a later step without anybody looking again, it carries
the mark of what was shown. A mark that does not fit any more is refused, and the new preview stands in its place.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Row

from nrm.commands.form_acts.form_act import FormAct
from nrm.commands.plan_lines import lines_of
from nrm.commands.referral_rows import NAMED, SHARED, draft_of, referral_of
from nrm.diagrams.forms import Form
from nrm.queries.case_reader import CaseReader
from nrm.queries.referral_minimum import minimum_of
from nrm.queries.referrals import opened_words
from nrm.records.tables.referral import PlanLine
from nrm.records.tables.run import Run
from nrm.records.types import canonical_json
from nrm.rules.consent import Consent, Recipient, covers
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput

SHOWN = "shown"
"""The field of a form, or of a row of its lines, that holds the mark of what was shown."""
NOT_SHOWN = "Look at what this agency will be told before it leaves: it was not shown yet, or it has changed."
CONSENT, LAW, ASKED_HERE, SECOND_PERSON, ASKED_NEXT = "consent", "law", "asked_here", "second_person", "asked_next"
"""On what it rests: a consent, a confirmed legal basis, the person's answer in this form, a legal basis that a second
person has to confirm first; or nothing yet, and the person is asked before it is sent."""
AHEAD = {
    "plan_approve": ("agreed",), "plan_agree": ("proposed", "agreed", "declined", "approved", "returned"),
}
"""States of plan lines that a form may still send on their way."""
LETS_GO = {"plan_approve": ("decision", ("approved", "reduced")), "plan_agree": ("answer", ("agreed",))}
"""Which answer to a line sends it on its way."""


@dataclass(frozen=True, slots=True)
class ReferralPreview:
    """What one agency would be told. ``mark`` stands for all of it: who sends it sends the mark back."""

    line_no: int
    """The line of the plan; 0 where it is about none."""
    service: str
    urgency: str
    agency_name: str
    minimum: Mapping[str, object] = field(hash=False)
    """What it sees before it answers: ``age_band``, ``district``, ``needs``, ``language``, ``sex``, as far as known."""
    fields: tuple[str, ...]
    """The dictionary elements that it sees once it has accepted, as far as they are answered and consent lasts."""
    categories: tuple[str, ...]
    """The data categories that are opened to it."""
    basis: str
    """consent, law, asked_here, second_person or asked_next."""
    basis_at: datetime | None
    """Since when the consent or the legal basis holds."""
    at_once: bool
    """It is told everything at once: a place that was found on the telephone has said yes already."""
    mark: str


@dataclass(frozen=True, slots=True)
class _Telling:
    """What is to be told to whom. ``basis``: where the form itself says on what it rests or will rest."""

    agency_id: str
    service: str
    urgency: str
    basis: str = ""
    line: Row[Any] | None = None
    referral: Row[Any] | None = None
    """What was prepared or sent before: it names the fields."""
    categories: Sequence[Category] = ()
    minimum: Mapping[str, object] | None = None
    """As it was taken down; None: as it is now."""
    at_once: bool = False


Tellings = Iterator[_Telling]


def previews(reader: CaseReader, form: Form, run_id: str, answers: Mapping[str, object]) -> tuple[ReferralPreview, ...]:
    """Return what a form with these answers lets leave; nothing for forms that have no place for the mark.

    Forms of versions from before there was a preview do not ask for its mark.
    """
    telling = _TELLING.get(form.act)
    if telling is None or _place_of_mark(form) is None:
        return ()
    visible = form.visible(answers)
    said = {key: value for key, value in answers.items() if key in visible}
    return tuple(_preview(reader, one) for one in telling(reader, form.act, run_id, said))


def with_marks(form: Form, answers: Mapping[str, object], told: Sequence[ReferralPreview]) -> dict[str, object]:
    """Return the answers with the marks of what is shown now, whatever mark stood there before."""
    place = _place_of_mark(form)
    if place is None:
        return dict(answers)
    marks = {one.line_no: one.mark for one in told}
    if place == SHOWN:
        rest = {key: value for key, value in answers.items() if key != SHOWN}
        return rest | ({SHOWN: told[0].mark} if told else {})
    rows = answers.get(place)
    return {**answers, place: [_marked(row, marks) for row in rows]} if isinstance(rows, list) else dict(answers)


def require_seen(act: FormAct) -> None:
    """Refuse to let go of what was not shown, or not as it is now. Raises InvalidInput at the marks."""
    place = _place_of_mark(act.form)
    if place is None:
        return
    reader = CaseReader(act.case.system, act.case.unit, act.case.standing)
    told = previews(reader, act.form, act.run.id, act.answers)
    if place == SHOWN:
        wrong = [SHOWN] if told and act.answers.get(SHOWN) != told[0].mark else []
    else:
        marks = {one.line_no: one.mark for one in told}
        key, going = LETS_GO[act.form.act]
        wrong = [
            f"{place}[{number}].{SHOWN}" for number, row in enumerate(act.answers.get(place) or ())
            if row.get(key) in going and marks.get(_number(row), row.get(SHOWN)) != row.get(SHOWN)
        ]
    if wrong:
        raise InvalidInput(fields={name: [NOT_SHOWN] for name in wrong})


def asks_for_marks(form: Form) -> bool:
    """Whether a form has a place for the mark of what was shown."""
    return _place_of_mark(form) is not None


def _place_of_mark(form: Form) -> str | None:
    """The field that holds the mark, or the list whose rows do."""
    if SHOWN in form.fields:
        return SHOWN
    lines = form.fields.get("lines")
    return "lines" if form.act in LETS_GO and lines is not None and SHOWN in lines.answered() else None


def _marked(row: object, marks: Mapping[int, str]) -> object:
    if not isinstance(row, Mapping):
        return row
    mark = marks.get(_number(row))
    return {key: value for key, value in row.items() if key != SHOWN} | ({SHOWN: mark} if mark else {})


def _number(row: Mapping[str, object]) -> int:
    text = str(row.get("no") or 0)
    return int(text) if text.isdecimal() else 0


def _preview(reader: CaseReader, one: _Telling) -> ReferralPreview:
    unit, case = reader.unit, reader.standing.case
    minimum = one.minimum
    if minimum is None:
        minimum = minimum_of(unit, reader.system.library, case, service=one.service)
    fields = NAMED if one.referral is None else tuple(one.referral.fields)
    categories = one.categories or (
        SHARED if one.referral is None else tuple(map(Category, one.referral.shared_categories))
    )
    basis, relied_on = _basis(reader, one, categories)
    told = canonical_json([
        reader.case_id, one.line.id if one.line is not None else "", one.service, one.urgency, one.agency_id, minimum,
        list(fields), sorted(map(str, categories)), basis, [[row.id, row.version] for row in relied_on],
    ])
    return ReferralPreview(
        one.line.no if one.line is not None else 0, one.service, one.urgency, reader.agencies.name(one.agency_id),
        minimum, fields, tuple(map(str, categories)), basis, max((row.from_at for row in relied_on), default=None),
        one.at_once, hashlib.sha256(told.encode()).hexdigest()[:16],
    )


def _basis(
    reader: CaseReader, one: _Telling, categories: Sequence[Category]
) -> tuple[str, tuple[Consent, ...]]:
    """On what it rests now, and the answers relied on; else what the form says it will rest on (table:D-05)."""
    standing = reader.standing
    covered = covers(
        standing.consents, Recipient(one.agency_id, reader.agencies.kind(one.agency_id)), "referral", categories,
        standing.now, child=standing.treated_as_child,
    )
    if not covered.allowed:
        return one.basis or ASKED_NEXT, ()
    relied_on = sorted((row for row in standing.consents if row.id in covered.used), key=lambda row: row.id)
    return LAW if covered.rule.endswith("=override") else CONSENT, tuple(relied_on)


# -- what each form lets leave ----------------------------------------------------------------------


def _lines(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """Lines that are approved go out in the same act; urgent ones as soon as the person agrees."""
    asks = ASKED_HERE if act == "plan_agree" else ""
    for line in lines_of(reader.unit, reader.case_id):
        if line.agency_id is not None and line.status in AHEAD[act]:
            yield _of_line(reader, line, str(line.agency_id), asks)


def _asked_again(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """The line whose provider the person is asked about: with their yes it is sent at once."""
    line = _line(reader, run_id)
    if line is not None and line.agency_id is not None:
        yield _of_line(reader, line, str(line.agency_id), ASKED_HERE)


def _other_provider(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """Another provider of a line: sent at once where a consent covers it, else once the person was asked."""
    line, agency = _line(reader, run_id), _agency(reader, answers.get("agency"))
    if line is not None and agency:
        yield _of_line(reader, line, agency, "")


def _found_place(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """A place that said yes on the telephone: it is told at once, and nothing where the person says no."""
    agency, child = _agency(reader, answers.get("place_agency")), reader.standing.treated_as_child
    if not agency or (not child and answers.get("person_agrees") == "no"):
        return
    by_law = child and answers.get("basis") != "consent"
    yield _Telling(
        agency, "accommodation", "1h", SECOND_PERSON if by_law else ASKED_HERE,
        categories=_chosen(answers), at_once=True,
    )


def _onward(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """The onward provider after a negative finding: it is asked in the same act."""
    agency = _agency(reader, answers.get("onward_agency"))
    if agency and answers.get("person_agrees") == "yes":
        yield _Telling(
            agency, str(answers.get("onward_service") or "other"), str(answers.get("urgency") or "7d"), ASKED_HERE,
            categories=_chosen(answers),
        )


def _answered_question(reader: CaseReader, act: str, run_id: str, answers: Mapping[str, Any]) -> Tellings:
    """The same provider is asked again: with what was taken down when it was asked first, and the answer."""
    referral = referral_of(reader.unit, run_id)
    if referral is not None:
        yield _Telling(
            str(referral.to_agency), str(referral.service), str(referral.urgency), referral=referral,
            minimum=dict(opened_words(reader.unit, referral).get("minimum") or {}),
        )


def _of_line(reader: CaseReader, line: Row[Any], agency_id: str, basis: str) -> _Telling:
    draft = draft_of(reader.unit, str(line.id), agency_id)
    return _Telling(
        agency_id, str(line.service), "1d" if line.urgent else "7d", basis, line=line, referral=draft,
    )


def _line(reader: CaseReader, run_id: str) -> Row[Any] | None:
    return reader.unit.conn.execute(
        select(PlanLine).join(Run, Run.item == PlanLine.id).where(Run.id == run_id)
    ).first()


def _chosen(answers: Mapping[str, Any]) -> tuple[Category, ...]:
    """The categories the person agreed to in the form; the usual ones where it was not asked."""
    chosen = answers.get("shared_categories")
    named = [one for one in chosen if isinstance(one, str)] if isinstance(chosen, list | tuple) else []
    return tuple(one for one in Category if str(one) in named) or SHARED


def _agency(reader: CaseReader, answer: object) -> str:
    """The agency an answer names, if it takes part; answers that are only looked at may be anything."""
    return answer if isinstance(answer, str) and answer in reader.agencies.active_ids else ""


_TELLING: Mapping[str, Callable[[CaseReader, str, str, Mapping[str, Any]], Tellings]] = {
    "plan_approve": _lines, "plan_agree": _lines, "referral_consent": _asked_again, "line_provider": _other_provider,
    "place": _found_place, "onward_referral": _onward, "referral_question": _answered_question,
}
