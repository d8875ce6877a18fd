"""Roles that reach far are given by two administrators, by person and not by account (goal:S21)."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import and_, select

from nrm.commands.accounts import AT_THE_MACHINE, change_user, create_token, create_user
from nrm.commands.confirm_roles import confirm_roles, refuse_roles
from nrm.queries.people import user_view
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.history import INSTALLATION
from nrm.rules.far_roles import reaches_far
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed
from tests.support.driving import Drive

UNIT = "national_unit"


def admin(drive: Drive, no: int = 1) -> Actor:
    """An invented administrator."""
    return drive.person("ADMIN", UNIT, no)


def made(drive: Drive, *roles: str, agency_id: str = UNIT, by: Actor | None = None) -> str:
    """A new account, by an administrator."""
    return create_user(
        drive.system, by or admin(drive), login="nova", name="Nova Invented", agency_id=agency_id, roles=roles,
    )[0]


def changed(drive: Drive, user_id: str, *roles: str, agency_id: str = UNIT, **more: Any) -> None:
    change_user(
        drive.system, more.pop("by", admin(drive)), user_id=user_id, name="Nova Invented", agency_id=agency_id,
        roles=roles, **more,
    )


def roles_of(drive: Drive, user_id: str) -> list[str]:
    return list(drive.one(select(User.roles).where(User.id == user_id)).roles)


def waiting(drive: Drive, user_id: str) -> tuple[str, ...]:
    view = user_view(drive.system, admin(drive), user_id=user_id)
    return view.waiting.roles if view.waiting else ()


def test_which_roles_reach_far(drive: Drive) -> None:
    roles = drive.system.configuration.policy.roles
    assert {code for code, role in roles.items() if reaches_far(role)} == {
        "COORD", "SUP", "NCU", "AUD", "DPO", "ADMIN", "SYSTEM",
    }


@pytest.mark.parametrize("role", ["AUD", "NCU", "ADMIN", "DPO"])
def test_a_new_account_has_it_once_another_confirmed(any_drive: Drive, role: str) -> None:
    user_id = made(any_drive, role, "RAP")
    assert (roles_of(any_drive, user_id), waiting(any_drive, user_id)) == (["RAP"], (role,))
    with pytest.raises(NotAllowed, match="Another administrator"):
        confirm_roles(any_drive.system, admin(any_drive), user_id=user_id)
    confirm_roles(any_drive.system, admin(any_drive, 2), user_id=user_id)
    assert (sorted(roles_of(any_drive, user_id)), waiting(any_drive, user_id)) == (sorted({role, "RAP"}), ())
    assert any_drive.acts(INSTALLATION)[-3:] == ["user.created", "roles.asked", "roles.confirmed"]


def test_a_role_of_the_team_is_given_at_once(drive: Drive) -> None:
    user_id = made(drive, "CM", "FR", agency_id="sa_norvale")
    assert (roles_of(drive, user_id), waiting(drive, user_id)) == (["CM", "FR"], ())


def test_what_somebody_has_stays_when_the_account_is_saved_again(drive: Drive) -> None:
    user_id = made(drive, "AUD")
    confirm_roles(drive.system, admin(drive, 2), user_id=user_id)
    changed(drive, user_id, "AUD", "NCU", email="nova@unit.invalid")
    assert (roles_of(drive, user_id), waiting(drive, user_id)) == (["AUD"], ("NCU",))
    changed(drive, user_id, "AUD", "NCU")
    with pytest.raises(NotAllowed):
        confirm_roles(drive.system, admin(drive), user_id=user_id)
    changed(drive, user_id, "AUD")
    assert waiting(drive, user_id) == ()


def test_to_another_agency_it_goes_along_with_a_second_word(drive: Drive) -> None:
    user_id = made(drive, "COORD", agency_id="sa_norvale")
    confirm_roles(drive.system, admin(drive, 2), user_id=user_id)
    changed(drive, user_id, "COORD", agency_id="sa_midmar")
    assert (roles_of(drive, user_id), waiting(drive, user_id)) == ([], ("COORD",))


def test_two_accounts_of_one_person_are_not_two(drive: Drive) -> None:
    user_id, both = made(drive, "AUD"), (admin(drive).user_id, admin(drive, 2).user_id)
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id.in_(both), email="one@person.invalid")
    with pytest.raises(NotAllowed):
        confirm_roles(drive.system, admin(drive, 2), user_id=user_id)
    assert roles_of(drive, user_id) == []


def test_the_owner_does_not_confirm_it_with_another_account(drive: Drive) -> None:
    user_id = made(drive, "AUD")
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, and_(User.id.in_((user_id, admin(drive, 2).user_id))), email="one@person.invalid")
    with pytest.raises(NotAllowed):
        confirm_roles(drive.system, admin(drive, 2), user_id=user_id)


def test_refused_nothing_waits(drive: Drive) -> None:
    user_id = made(drive, "AUD")
    refuse_roles(drive.system, admin(drive, 2), user_id=user_id)
    assert (roles_of(drive, user_id), waiting(drive, user_id)) == ([], ())
    with pytest.raises(Conflict):
        confirm_roles(drive.system, admin(drive, 2), user_id=user_id)


def test_a_coordinator_confirms_in_their_own_agency_only(drive: Drive) -> None:
    cora, other = drive.person("COORD", "sa_norvale"), drive.person("COORD", "sa_midmar")
    user_id = made(drive, "SUP", agency_id="sa_norvale", by=cora)
    with pytest.raises(NotAllowed):
        confirm_roles(drive.system, other, user_id=user_id)
    confirm_roles(drive.system, drive.person("COORD", "sa_norvale", 2), user_id=user_id)
    assert roles_of(drive, user_id) == ["SUP"]


def test_at_the_machine_the_first_administrators_are_made(drive: Drive) -> None:
    assert roles_of(drive, made(drive, "ADMIN", by=SYSTEM)) == ["ADMIN"]


@pytest.mark.parametrize("role", ["AUD", "NCU", "COORD"])
def test_no_token_gives_an_administrator_alone_what_a_role_gives(drive: Drive, role: str) -> None:
    whose = drive.person(role, None if role == "COORD" else UNIT)
    with pytest.raises(InvalidInput) as wrong:
        create_token(drive.system, admin(drive), login=drive.one(select(User.login).where(
            User.id == whose.user_id)).login)
    assert wrong.value.fields == {"login": [AT_THE_MACHINE]}


def test_who_has_two_accounts_does_not_change_the_one_with_the_other(drive: Drive) -> None:
    both = (admin(drive).user_id, admin(drive, 2).user_id)
    with drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id.in_(both), email="one@person.invalid")
    with pytest.raises(NotAllowed, match="your own account"):
        changed(drive, both[1], "ADMIN", email="two@person.invalid", by=admin(drive))
