"""Every route × role × {former member, kept away, emergency over}: the case is not there; and what each consent shows.

goal:S5: body, headers, lists, counts and errors tell nothing of a case that is not one's own any more.
goal:S6: an expired, withdrawn or narrower consent shows nothing; an emergency shows what the configuration lists.
The full product runs under NRM_TEST_LONG=1; a push takes six roles with each relation on one of the surfaces.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from nrm.commands.conflicts import note_conflict
from nrm.commands.withdraw_consent import record_consent, withdraw_consent
from nrm.records.consents import follow
from nrm.records.grants import EMERGENCY, SEAT
from nrm.records.tables.case import TeamMember
from nrm.records.tables.consent import Consent
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.categories import Category
from tests.access.asking import ask, send
from tests.access.stage import HOMES, Stage
from tests.access.table import table
from tests.access.test_many_eyes_on_one_case import SURFACES, columns, found_by, newest_consent
from tests.support.goals import Reached
from tests.support.granting import grant
from tests.support.long import LONG

OUTSIDE = table().outside
SEATED = tuple(sorted(set(HOMES) - OUTSIDE - table().oversight - {"FR", "COORD", "SUP"}))
"""Who has a case by their seat alone: a first responder's task and a coordinator's agency are ties of their own."""


def former_member(stage: Stage, role: str) -> Actor:
    """Their seat, and that of everybody with the role, has ended."""
    with stage.drive.system.database.unit(SYSTEM) as unit:
        SEAT.change(unit, TeamMember.role == role, to_at=unit.now)
    return stage.inside[role]


def kept_away(stage: Stage, role: str) -> Actor:
    """They have a seat, and a conflict of interest."""
    actor, by = stage.inside[role], stage.inside["NCU" if role == "SUP" else "SUP"]
    note_conflict(stage.drive.system, by, case_id=stage.ids["case"], user_id=actor.user_id, reason="known")
    return actor


def emergency_over(stage: Stage, role: str) -> Actor:
    """They opened the case in an emergency that has ended."""
    return in_emergency(stage, stage.foreign[role], hours=-1)


def in_emergency(stage: Stage, actor: Actor, *, hours: int, stay: bool = False) -> Actor:
    """Somebody foreign to the case has opened it in an emergency, for so many hours from now."""
    with stage.drive.system.database.unit(SYSTEM) as unit:
        grant(unit, EMERGENCY, [{
            "id": f"emergency-{actor.user_id}", "case_id": stage.ids["case"], "user_id": actor.user_id,
            "agency_id": actor.agency_id, "reason": "danger_to_life", "sealed": None, "stay": stay,
            "from_at": unit.now - timedelta(hours=2), "until_at": unit.now + timedelta(hours=hours),
        }])
    return actor


GONE: dict[Callable[[Stage, str], Actor], tuple[str, ...]] = {
    former_member: SEATED,
    kept_away: tuple(sorted(set(HOMES) - OUTSIDE)),
    emergency_over: tuple(sorted(set(HOMES) - OUTSIDE - table().oversight)),
}
BOTH = ("api", "pages")
PRODUCT = [(surface, relation, role) for relation, roles in GONE.items() for role in roles for surface in BOTH]
FEW = ("AUD", "CM", "COORD", "NCU", "POL", "SHEL")
ASKED = PRODUCT if LONG else [
    one for one in PRODUCT if one[2] in FEW and one[0] == BOTH[(FEW.index(one[2]) + list(GONE).index(one[1])) % 2]
]


@pytest.fixture(autouse=True)
def as_it_was(stage: Stage) -> Iterator[None]:
    """Each test finds the stage as it was set."""
    yield
    stage.reset()


@pytest.mark.parametrize(("surface", "relation", "role"), ASKED, ids=lambda one: getattr(one, "__name__", str(one)))
def test_a_case_that_is_not_ones_own_any_more_is_a_missing_one(
    stage: Stage, surface: str, relation: Callable[[Stage, str], Actor], role: str
) -> None:
    actor, told = relation(stage, role), []  # what a former member was told while they were one stays theirs
    for row in table().of(surface, "case"):
        found, missing = ask(stage, row, actor), ask(stage, row, actor, missing=True)
        if found != missing or b"canary" in found.body:
            told.append((row.route, found.status, missing.status))
    for row in table().of(surface, "role", "signed_in"):
        if not row.writes and (relation is not former_member or row.path != "/notices"):
            text = ask(stage, row, actor).body.decode(errors="replace")
            if any(one in text for one in found_by(stage)):
                told.append((row.route, "names the case"))
    assert told == []


def test_the_product_of_what_is_lost_is_large(reached: Reached) -> None:
    """Counted from the table, since the tests may run in several processes."""
    reading = {one: sum(not row.writes for row in table().of(one, "role", "signed_in")) for one in BOTH}
    asked = sum(2 * len(table().of(surface, "case")) + reading[surface] for surface, _, _ in ASKED)
    reached("S5", f"{asked:,} requests of people to whom the case is lost: 0 leaks")
    assert asked >= (4_000 if LONG else 500)


def expire(stage: Stage) -> None:
    """The period of the consent that was recorded last ended an hour ago."""
    with stage.drive.system.database.unit(SYSTEM) as unit:
        follow(unit, Consent.id == newest_consent(stage), until_at=unit.now - timedelta(hours=1))


@SURFACES
@pytest.mark.parametrize(("how", "sees"), [
    ("agreed", {"identity", "narrative"}), ("expired", set()), ("withdrawn", set()), ("another purpose", set()),
    ("one category", {"identity"}), ("another agency", set()),
])
def test_a_consent_shows_what_it_covers_while_it_lasts(stage: Stage, surface: str, how: str, sees: set[str]) -> None:
    system, manager, police = stage.drive.system, stage.inside["CM"], stage.inside["POL"]
    record_consent(
        system, manager, case_id=stage.ids["case"], answer="given",
        purpose="referral" if how == "another purpose" else "police",
        recipients=["health_centre" if how == "another agency" else "police"],
        categories=["identity"] if how == "one category" else ["identity", "narrative"],
    )
    if how == "withdrawn":
        withdraw_consent(system, manager, consent_id=newest_consent(stage))
    if how == "expired":
        expire(stage)
    assert columns(stage, surface, police) == sees


@SURFACES
@pytest.mark.parametrize("stay", [False, True])
@pytest.mark.parametrize("role", ["CM", "SHEL", "POL", "NCU", "AUD"])
def test_an_emergency_shows_what_the_configuration_lists(stage: Stage, surface: str, role: str, stay: bool) -> None:
    listed = {str(one) for one in stage.drive.system.configuration.policy.glass[role]}
    actor = in_emergency(stage, stage.foreign[role], hours=1, stay=stay)
    assert columns(stage, surface, actor) == (listed if stay else listed - {str(Category.STAY)})
    page = send(stage, surface, "GET", stage.address("/cases/<code>"), actor)
    assert page.status_code == 200
