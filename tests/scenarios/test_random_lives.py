"""Lives nobody drew: random people give random answers, time passes, somebody changes their mind; the tables agree."""

from __future__ import annotations

import random
from contextlib import suppress
from datetime import timedelta

import pytest
from sqlalchemy import select

from nrm.commands.complete_task import complete_task
from nrm.commands.open_task import look_at_answers, open_task
from nrm.commands.start_run import start_run
from nrm.commands.sweep import sweep
from nrm.commands.withdraw_consent import withdraw_consent
from nrm.diagrams.forms import Form
from nrm.records.tables.consent import Consent
from nrm.records.tables.run import Incident
from nrm.vocabulary.clock_words import LateReason
from nrm.vocabulary.errors import CaseClosed, Conflict, ConsentMissing, InvalidInput
from tests.fault.agreement import disagreements, disagreements_everywhere
from tests.support.driving import Drive
from tests.support.filling import fill
from tests.support.long import LONG

SEEDS = range(200 if LONG else 4)
STEPS = 120 if LONG else 45
BY_HAND = ("risk_review", "missing_person", "consent_change", "detention_hold")
PROVIDERS = ("lantern", "mission", "health_centre")


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_people_answer_the_tables_agree(drive: Drive, seed: int) -> None:
    dice = random.Random(seed)
    case_id = drive.open_case({"is_child": dice.choice(["no", "yes", "in_doubt", "unknown"])})
    for step in range(STEPS):
        chance = dice.random()
        if chance < 0.06:
            _start(drive, case_id, dice.choice(BY_HAND))
        elif chance < 0.1:
            _withdraw(drive, case_id, dice)
        elif chance < 0.2 or not drive.tasks(case_id):
            drive.clock.advance(timedelta(hours=dice.choice([1, 24, 24 * 40])))
            assert sweep(drive.system).failed == 0
        else:
            _complete(drive, case_id, dice)
        if step % 15 == 0:
            drive.reload()
            assert disagreements(drive, case_id) == []
    assert disagreements_everywhere(drive) == []
    assert drive.rows(select(Incident.sentence).where(Incident.kind == "sweep_failed")) == []


def _complete(drive: Drive, case_id: str, dice: random.Random) -> None:
    task = dice.choice(drive.tasks(case_id))
    actor = drive.of(task, dice.choice([1, 2]))
    page = open_task(drive.system, actor, task_id=task.id)
    if page.separated is not None:
        actor = drive.of(task, 2 if actor.user_id.endswith("1") else 1)
    answers = fill(page.form, {}, _anything(page.form, dice, page.answers), page.answers)
    with suppress(InvalidInput, ConsentMissing):
        looked = look_at_answers(drive.system, actor, task_id=task.id, answers=answers)
        complete_task(
            drive.system, actor, task_id=task.id, answers=looked.answers, seen_version=page.version,
            late_reason=LateReason.WORKLOAD,
        )
        assert drive.any_task(task.id).status == "done"
        return
    assert drive.any_task(task.id) == task, "what was refused has changed nothing"


def _anything(form: Form, dice: random.Random, known: object) -> dict[str, object]:
    """A random option wherever there is a choice; rows of a plan as the form was filled with."""
    chosen: dict[str, object] = {}
    for key, asked in form.fields.items():
        if asked.type in ("radio", "select") and asked.options and dice.random() < 0.8:
            chosen[key] = dice.choice(asked.options).value
        elif asked.source == "agencies":
            chosen[key] = dice.choice(PROVIDERS)
    rows = known.get("lines") if isinstance(known, dict) else None
    if form.act == "plan":
        chosen["lines"] = [
            {"need": "Invented need", "service": dice.choice(["legal", "medical", "material"]),
             "agency": dice.choice(PROVIDERS), "urgent": dice.random() < 0.5} for _ in range(dice.randint(1, 3))
        ]
    elif form.act == "plan_agree" and rows:
        chosen["lines"] = [{"no": row["no"], **dice.choice(AGREEING)} for row in rows]
    elif form.act == "plan_approve" and rows:
        chosen["lines"] = [{"no": row["no"], **dice.choice(APPROVING)} for row in rows]
    return chosen


AGREEING: list[dict[str, object]] = [
    {"answer": "agreed", "may_share": "yes"}, {"answer": "agreed", "may_share": "no"}, {"answer": "declined"},
]
APPROVING: list[dict[str, object]] = [
    {"decision": "approved"}, {"decision": "cut", "reason": "Invented reason"},
]


def _start(drive: Drive, case_id: str, process: str) -> None:
    with suppress(Conflict, CaseClosed):
        start_run(drive.system, drive.person("CM", "sa_norvale"), case_id=case_id, process=process)


def _withdraw(drive: Drive, case_id: str, dice: random.Random) -> None:
    given = drive.rows(select(Consent.id).where(Consent.case_id == case_id, Consent.status == "given"))
    if not given:
        return
    with suppress(CaseClosed):
        withdraw_consent(drive.system, drive.person("CM", "sa_norvale"), consent_id=dice.choice(given).id)
