"""The states in which every route succeeds: a case that is closed, a clock that stands still, a draft under review."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
from sqlalchemy import insert, select, update

from nrm.commands.agencies import save_agency
from nrm.commands.case_life import close_case
from nrm.commands.checkpoints import take_checkpoint
from nrm.commands.claim_task import claim_task
from nrm.commands.clock_acts import pause_clock
from nrm.commands.duty import Turn, add_duty
from nrm.commands.emergencies import open_in_emergency
from nrm.commands.erasure import propose_erasure
from nrm.commands.factors import begin_app, begin_passkey
from nrm.commands.open_case import opening_form
from nrm.commands.overrides import ask_override
from nrm.commands.publishing import ask_review, publish_draft, save_process_draft, set_limit, start_draft
from nrm.commands.recovery import approve_recovery, ask_recovery
from nrm.commands.start_run import start_run
from nrm.commands.withdraw_consent import record_consent, withdraw_purposes
from nrm.diagrams.bundle import Bundle
from nrm.records.grants import ACCOUNT, FACTOR, SEAT, SESSION
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleDraft
from nrm.records.tables.consent import Disclosure
from nrm.records.tables.deadline import Deadline
from nrm.records.tables.factor import Recovery
from nrm.records.tables.notice import Outbox
from nrm.records.tables.record import Record
from nrm.records.tables.run import Incident
from nrm.records.tables.task import Task
from nrm.records.tables.two_persons import RoleGrant
from nrm.records.tables.work import BatchLine
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.wiring.passkeys import Site
from nrm.wiring.secrets import token_hash
from nrm_web.questions import flat, questions
from tests.access.stage import CSRF, MINE, Stage, stage_in
from tests.support.driving import START, Drive, user_id
from tests.support.filling import fill
from tests.support.granting import grant
from tests.support.passkeys import made_passkey

SITE = Site("localhost", "http://localhost")
PASSWORD = "several invented words"
TURN = {"role": "COORD", "district": "norvale", "user_id": user_id("COORD", MINE, 1)}
WEEK_BEFORE = datetime(2030, 2, 26, 9, tzinfo=UTC)


@contextmanager
def ready_in(installed_folder: Path, folder: Path) -> Iterator[Stage]:
    """Set the stage in a copy of an installation, on SQLite, with every state beside it."""
    with stage_in(installed_folder, folder) as stage:
        set_states(stage)
        stage.keep()
        yield stage


def set_states(stage: Stage) -> None:
    """Put a thing into each state that an act needs; ``stage.things`` then has their ids, and words to send."""
    for states in (_cases, _clocks, _taken_back, _stopped, _failed, _drafts, _accounts, _own, _answers):
        stage.things.update(states(stage))


def _cases(stage: Stage) -> dict[str, Any]:
    """A case beside, two that are closed (one is proposed for erasure), one that is nobody's here."""
    drive, manager = stage.drive, stage.inside["CM"]
    made = {name: _case(stage) for name in ("beside", "closed", "going")}
    for name in ("closed", "going"):
        close_case(drive.system, manager, case_id=made[name], reason="duplicate")
    erasure = propose_erasure(
        drive.system, stage.inside["COORD"], case_id=made["going"], basis="person_asked", reason="words",
    )
    start_run(drive.system, stage.inside["COORD"], case_id=made["beside"], process="transfer")
    drive.complete(made["beside"], "propose_transfer", {}, {
        "transfer_reason": "moves", "transfer_basis": "consent", "to_agency": "sa_midmar", "to_district": "midmar",
    })
    basis = ask_override(
        drive.system, manager, case_id=made["beside"], recipient="police", purpose="police", categories=["identity"],
        basis="court_order", reason="words",
    )
    far = drive.open_case(by=stage.foreign["CM"], district="midmar")
    opened = open_in_emergency(
        drive.system, stage.inside["SHEL"], code=drive.case(far).code, reason="danger_to_life", words="words",
    )
    codes = {f"{name}_code": drive.case(case_id).code for name, case_id in {**made, "far": far}.items()}
    return {**made, **codes, "going_erasure": erasure, "basis": basis, "emergency": opened.id}


def _case(stage: Stage) -> str:
    """A case with the same team."""
    case_id = stage.drive.open_case(by=stage.inside["CM"])
    with stage.drive.system.database.unit(SYSTEM) as unit:
        grant(unit, SEAT, [
            {
                "id": f"{case_id}-{role}", "case_id": case_id, "role": role, "agency_id": one.agency_id,
                "user_id": one.user_id, "from_at": unit.now, "basis": "invented", "named": role == "CM",
            } for role, one in stage.inside.items()
        ])
    return case_id


def _clocks(stage: Stage) -> dict[str, Any]:
    """A clock that runs and may stand still, one that does, and a task whose limit was missed."""
    drive = stage.drive
    late, early = _case(stage), _case(stage)
    runs = {"runs": _clock(stage, early), "stands": _clock(stage, late)}
    pause_clock(drive.system, stage.inside["CM"], deadline_id=runs["stands"], ground="missing")
    task = drive.task(late, "record_safety")
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Deadline).where(Deadline.task_id == task.id).values(breached_at=unit.now))
        unit.conn.execute(update(Task).where(Task.id == task.id).values(breached_at=unit.now))
        missed = unit.conn.execute(select(Deadline.id).where(Deadline.task_id == task.id)).scalars().first()
    claim_task(drive.system, stage.inside["FR"], task_id=task.id)
    return {**runs, "missed": missed, "late_task": task.id}


def _clock(stage: Stage, case_id: str) -> str:
    """A clock whose limit may stand still."""
    start_run(stage.drive.system, stage.inside["COORD"], case_id=case_id, process="transfer")
    task = stage.drive.task(case_id, "propose_transfer")
    return str(stage.drive.one(select(Deadline.id).where(Deadline.task_id == task.id)).id)


def _taken_back(stage: Stage) -> dict[str, Any]:
    """An agency received something of a case before the person took their word back."""
    drive, manager, case_id = stage.drive, stage.inside["CM"], stage.things["beside"]
    record_consent(drive.system, manager, case_id=case_id, purpose="referral", answer="given")
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Disclosure).values(
            id="disclosure-1", case_id=case_id, agency_id="harbour_house", way="read", purpose="referral",
            categories=["contact"], elements=[], at=unit.now, by_id=stage.inside["SHEL"].user_id,
        ))
    withdraw_purposes(drive.system, manager, case_id=case_id, purposes=["referral"])
    return {}


def _stopped(stage: Stage) -> dict[str, Any]:
    """Runs that stopped: one whose ways can be chosen from, one whose way somebody proposed."""
    run = stage.drive.run_of(stage.things["beside"], "case")
    row = {
        "case_id": run.case_id, "run_id": run.id, "element": "x", "kind": "no_route", "sentence": "words",
        "facts": ["is_child"], "flows": ["x"], "opened_at": START, "proposal": None, "proposed_by": None,
    }
    with stage.drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Incident), [
            {**row, "id": "ways", "status": "open"},
            {**row, "id": "chosen", "status": "waiting_second", "proposal": {"flow": "x"}, "proposed_by": "somebody"},
        ])
    return {"ways": "ways", "chosen": "chosen"}


def _failed(stage: Stage) -> dict[str, Any]:
    """A letter that could not be sent, a batch with a line that failed, a checkpoint that covers them."""
    by, now = stage.inside["COORD"].user_id, stage.drive.clock.now()
    with stage.drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(insert(Outbox), [{
            "id": "letter-1", "user_id": by, "template": "digest", "at": now, "status": "failed",
            "message_id": "letter-1",
        }])
        unit.conn.execute(insert(BatchLine), [{
            "id": "line-1", "batch_id": stage.ids["batch_id"], "case_id": stage.things["beside"], "status": "failed",
            "next_at": now,
        }])
    return {"size": str(take_checkpoint(stage.drive.system).size)}


def _drafts(stage: Stage) -> dict[str, Any]:
    """A draft that was changed, one under review, and a process with a version before this one."""
    drive, author = stage.drive, stage.inside["DES"]
    changed, review, published = (_changed(drive, author, process) for process in ("closure", "monitoring", "transfer"))
    for draft_id in (review, published):
        ask_review(drive.system, author, draft_id=draft_id)
    behind = start_draft(drive.system, stage.foreign["DES"], process="transfer")
    publish_draft(drive.system, stage.inside["NCU"], draft_id=published, digest=_draft(drive, published).digest)
    table = _draft(drive, stage.ids["draft_id"]).files
    spare = start_draft(drive.system, author, process="risk_review")
    save_process_draft(drive.system, author, draft_id=spare, version=_version(drive, spare), files={
        "tables/unused.dmn": table["tables/D-01_elements.dmn"].replace(b"D-01_elements", b"unused"),
    })
    return {
        "changed": changed, "changed_version": _version(drive, changed), "limit": min(_draft(drive, changed).limits),
        "review": review, "digest_of_review": _draft(drive, review).digest,
        "behind": behind, "spare": spare, "spare_version": str(_version(drive, spare)),
        "table": table["tables/D-01_elements.dmn"], "tests": table["tables/D-01_elements.tests.yaml"],
    }


def _changed(drive: Drive, author: Actor, process: str) -> str:
    draft_id = start_draft(drive.system, author, process=process)
    limit = min(_draft(drive, draft_id).limits)
    set_limit(
        drive.system, author, draft_id=draft_id, version=_version(drive, draft_id), key=limit, length=30,
        unit_name="hours", source="words",
    )
    return draft_id


def _draft(drive: Drive, draft_id: str) -> Bundle:
    return Bundle.from_zip(drive.one(select(BundleDraft.files).where(BundleDraft.id == draft_id)).files)


def _version(drive: Drive, draft_id: str) -> int:
    return int(drive.one(select(BundleDraft.version).where(BundleDraft.id == draft_id)).version)


def _accounts(stage: Stage) -> dict[str, Any]:
    """Accounts that wait for another administrator, and an agency that ends."""
    drive, first, second = stage.drive, stage.inside["NCU"], stage.foreign["NCU"]
    asked, wiped, raised = user_id("FAM", MINE, 2), user_id("FR", MINE, 2), user_id("SUP", MINE, 2)
    for one in (asked, wiped):
        ask_recovery(drive.system, first, user_id=one)
    approve_recovery(drive.system, second, user_id=wiped)
    save_agency(
        drive.system, first, agency_id="closing_office", name="Closing office", kind="social_assistance",
        districts=["norvale"], serves=["LEG"], calendar="norvale", until=date(2030, 1, 1),
    )
    add_duty(drive.system, stage.inside["COORD"], Turn(
        **TURN, from_at=WEEK_BEFORE, to_at=WEEK_BEFORE + timedelta(hours=8),
    ))
    with drive.system.database.unit(SYSTEM) as unit:
        unit.conn.execute(update(Recovery).where(Recovery.user_id == wiped).values(ready_at=unit.now))
        unit.conn.execute(insert(RoleGrant), [{
            "id": "grant-1", "user_id": raised, "roles": ["COORD"], "status": "asked", "asked_by": "somebody",
            "asked_at": unit.now,
        }])
    return {"asked": asked, "wiped": wiped, "raised": raised, "ending": "closing_office"}


def _own(stage: Stage) -> dict[str, Any]:
    """Somebody with a password, a second session, an app, another half set up, and a recovery they did not ask for."""
    system, one, other = stage.drive.system, stage.inside["MDT"], stage.inside["FAM"]
    secret = begin_app(system, one).secret
    asked = begin_passkey(system, other, token=f"session-{other.user_id}", site=SITE)
    ask_recovery(system, stage.inside["NCU"], user_id=one.user_id)
    with system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == one.user_id, password_hash=system.passwords.hash(PASSWORD))
        grant(unit, SESSION, [{
            "token_hash": token_hash("elsewhere"), "user_id": one.user_id, "created_at": START, "last_seen_at": START,
            "expires_at": START + timedelta(hours=12), "csrf": CSRF,
        }])
        grant(unit, FACTOR, [{
            "id": "factor-1", "user_id": other.user_id, "kind": "totp", "name": "words", "made_at": START,
            "confirmed_at": START,
        }])
    return {
        "elsewhere": token_hash("elsewhere")[:16], "factor": "factor-1", "passkey": made_passkey(asked, SITE),
        "app_code": pyotp.TOTP(secret).at(stage.drive.clock.now()),
    }


def _answers(stage: Stage) -> dict[str, Any]:
    """The smallest answers of the forms."""
    drive = stage.drive
    form = opening_form(drive.system, stage.inside["CM"])
    opening = fill(form, {"is_child": "no"})
    opened = drive.one(select(Record.form).where(Record.id == stage.ids["record_id"])).form
    record = drive.one(select(Record.id).where(Record.case_id == stage.things["beside"], Record.form == opened)).id
    done = {"_action": "complete", "_shown": " ".join(one.name for one in flat(questions(form, opening)))}
    return {
        "opening": opening, "opening_form": {**opening, **done, "_district": "norvale"},
        "corrected": {**opening, **done, "_reason": "typing_mistake"}, "record": record,
        "safety": fill(drive.form(drive.any_task(stage.ids["task_id"])), {}),
    }
