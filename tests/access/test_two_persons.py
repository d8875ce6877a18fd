"""goal:S21: what one person asks another allows, on both surfaces; every act that weighs much is accounted for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, update

from nrm.records import grants
from nrm.records.tables.account import User
from nrm.records.tables.base import Base
from nrm.records.tables.bundle import BundleDraft
from nrm.records.tables.deadline import ClockRequest
from nrm.records.tables.erasure import Erasure
from nrm.records.tables.factor import Recovery
from nrm.records.tables.run import Incident
from nrm.records.tables.two_persons import ExportRequest, RoleGrant
from nrm.vocabulary.actor import SYSTEM
from nrm_api.signing import WEIGHTY_ATTRIBUTE
from nrm_web.blueprint import found_rules
from tests.access.asking import ask
from tests.access.stage import Stage
from tests.access.table import table
from tests.support.goals import Reached


@dataclass(frozen=True)
class Act:
    """What a second person decides. ``asked``: the table and its column of who asked; ``row``: what else it says."""

    role: str
    asked: tuple[type[Base], str]
    api: str
    page: str
    row: Mapping[str, Any]
    key: str = ""
    """The stage's id of a row that is there; empty: a row about the account of the stage is made."""


ACTS = {
    "publish a diagram": Act(
        "NCU", (BundleDraft, "author_id"), "POST /drafts/<draft_id>/publish", "POST /drafts/<draft_id>/publish",
        {"status": "review"}, "draft_id",
    ),
    "a large export": Act(
        "AUD", (ExportRequest, "asked_by"), "POST /exports/<export_id>/allow", "POST /exports/<export_id>/allow",
        {}, "export_id",
    ),
    "an erasure": Act(
        "NCU", (Erasure, "proposed_by"), "POST /erasures/<erasure_id>/approve",
        "POST /retention/<code>/erasures/<erasure_id>/approve", {}, "erasure_id",
    ),
    "a role that reaches far": Act(
        "ADMIN", (RoleGrant, "asked_by"), "POST /users/<user_id>/roles/confirm",
        "POST /users/<user_id>/roles/confirm", {"roles": ["COORD"]},
    ),
    "a recovery": Act(
        "ADMIN", (Recovery, "asked_by"), "POST /users/<user_id>/recovery/approve",
        "POST /users/<user_id>/recovery/approve", {},
    ),
    "a change of a clock": Act(
        "NCU", (ClockRequest, "asked_by"), "POST /clock-changes/<request_id>/grant",
        "POST /clock-changes/<request_id>/decide", {}, "request_id",
    ),
    "a path of a stopped process": Act(
        "NCU", (Incident, "proposed_by"), "POST /incidents/<incident_id>/confirm",
        "POST /incidents/<incident_id>/confirm",
        {"status": "waiting_second", "proposal": {"flow": "x", "reason": "words"}}, "incident_id",
    ),
}

# Why one person may press what weighs much. Nothing stands here as "alone": each is one of these.
SECOND, FIRST, USES = "the second person's word", "asks; nothing follows alone", "uses up what two people decided"
COUNTED = "one case of it; more than fifty a day need a second person"
COVERED = "one case, under the person's word or a legal basis that two people entered"
REVIEWED = "in danger; told at once, and another person reviews it"
OWN = "one's own account"
BACK = "goes back to what two people published"
SAFER = "holds nothing of a case: what is stopped or ended"
ACCOUNT = "gives no role that reaches far"
ACCOUNTED: Mapping[str, str] = {
    "POST /emergencies": REVIEWED, "POST /emergency": REVIEWED,
    "GET /audit/cases/<case>/history.csv": COUNTED, "GET /audit/cases/<case>/bundle.zip": COUNTED,
    "POST /audit/cases/<code>/export": COUNTED, "POST /audit/cases/<code>/proof": COUNTED,
    "POST /deadlines/export": COUNTED,
    "POST /cases/<case>/disclosures": COVERED, "POST /cases/<code>/disclose": COVERED,
    "POST /overrides/<override_id>/confirm": SECOND, "POST /cases/<code>/overrides/<consent_id>/confirm": SECOND,
    "POST /drafts/<draft_id>/publish": SECOND, "POST /exports/<export_id>/allow": SECOND,
    "POST /erasures/<erasure_id>/approve": SECOND, "POST /retention/<code>/erasures/<erasure_id>/approve": SECOND,
    "POST /users/<user_id>/roles/confirm": SECOND, "POST /users/<user_id>/recovery/approve": SECOND,
    "POST /exports": FIRST, "POST /cases/<case>/erasures": FIRST, "POST /retention/<code>/propose": FIRST,
    "POST /users/<user_id>/recovery": FIRST,
    "POST /audit/bundle.zip": USES, "POST /audit/proof": USES, "POST /users/<user_id>/recovery/finish": USES,
    "POST /processes/<process>/withdraw": BACK, "POST /processes/<process_id>/withdraw": BACK,
    "POST /users": ACCOUNT, "PUT /users/<user_id>": ACCOUNT, "POST /users/new": ACCOUNT,
    "POST /users/<user_id>": ACCOUNT, "POST /users/<user_id>/invitation": ACCOUNT, "POST /tokens": ACCOUNT,
    "POST /api-tokens": ACCOUNT, "POST /users/<user_id>/reset-password": ACCOUNT,
    "POST /users/<user_id>/password": ACCOUNT,
    "POST /users/<user_id>/person": SAFER, "POST /holds/<hold_id>/lift": SAFER,
    "POST /retention/<code>/holds/<hold_id>/lift": SAFER,
}
OWN_PAGES = ("/security/",)
"""Below these addresses people look after their own sign-in."""


def weighty(stage: Stage) -> Iterator[str]:
    """Every route, of both surfaces, that asks for a fresh proof of who acts."""
    weighs = {name for name, view in stage.app.view_functions.items() if getattr(view, WEIGHTY_ATTRIBUTE, False)}
    weighs |= {f"web.{name}" for name, rule in found_rules().items() if rule.fresh}
    for rule in stage.app.url_map.iter_rules():
        if rule.endpoint in weighs:
            path = re.sub(r"<\w+:(\w+)>", r"<\1>", rule.rule).removeprefix("/api/v1")
            yield from (f"{method} {path}" for method in (rule.methods or set()) - {"HEAD", "OPTIONS"})


KINDS = ("anyone", "signed_in", "role", "case")


def test_every_act_that_weighs_much_is_accounted_for(stage: Stage, reached: Reached) -> None:
    found = {route for route in weighty(stage) if not route.split(" ")[1].startswith(OWN_PAGES)}
    assert found - ACCOUNTED.keys() == set(), "say why one person may do it, or ask for a second"
    assert ACCOUNTED.keys() - found == set()
    reached("S21", f"{len(found)} weighty routes, 0 single-person paths among them")


@pytest.mark.parametrize("surface", ["api", "pages"])
@pytest.mark.parametrize("act", ACTS.values(), ids=ACTS.keys())
def test_it_takes_two_people_not_two_accounts(stage: Stage, surface: str, act: Act) -> None:
    route = next(row for row in table().of(surface, *KINDS) if row.route == (act.api if surface == "api" else act.page))
    first, second = stage.inside[act.role], stage.foreign[act.role]
    _asked(stage, act, first.user_id)
    assert ask(stage, route, first).status == 403, "who asked"
    _one_person(stage, first.user_id, second.user_id)
    assert ask(stage, route, second).status == 403, "another account of who asked"
    _asked(stage, act, second.user_id)
    assert ask(stage, route, first).status == 403, "and the other way round"
    stage.reset()
    _asked(stage, act, first.user_id)
    got = ask(stage, route, second)
    stage.reset()
    assert got.is_answered, "another person"


def _asked(stage: Stage, act: Act, by: str) -> None:
    """Let it be asked by somebody."""
    model, who = act.asked
    now = stage.drive.system.clock.now()
    with stage.drive.system.database.unit(SYSTEM) as unit:
        if act.key:
            mine: Any = model.id  # type: ignore[attr-defined]
            unit.conn.execute(update(model).where(mine == stage.ids[act.key]).values({who: by, **act.row}))
            return
        mine = model.user_id  # type: ignore[attr-defined]
        unit.conn.execute(model.__table__.delete().where(mine == stage.ids["user_id"]))  # type: ignore[attr-defined]
        unit.conn.execute(insert(model), [{
            "id": "asked-1", "user_id": stage.ids["user_id"], "status": "asked", who: by, "asked_at": now, **act.row,
        }])


def _one_person(stage: Stage, *accounts: str) -> None:
    """Let accounts have one address of mail."""
    with stage.drive.system.database.unit(SYSTEM) as unit:
        grants.ACCOUNT.change(unit, User.id.in_(accounts), email="one@person.invalid")
