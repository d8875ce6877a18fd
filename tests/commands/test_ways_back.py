"""Invitations and recoveries: a link that is good once, and a way back that nobody opens alone (goal:S8, S21)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from nrm.commands.accounts import create_user, reset_password
from nrm.commands.factors import begin_app, confirm_app
from nrm.commands.invitations import VALID, accept_invitation, invite, invited
from nrm.commands.recovery import approve_recovery, ask_recovery, finish_recovery, stop_recovery
from nrm.commands.send_outbox import send_outbox
from nrm.commands.sign_in import SignedIn, session_actor, sign_in
from nrm.deployment.settings import Invitations, Mode, SecondFactor
from nrm.notices.letters import Letter
from nrm.queries.notices import notices
from nrm.queries.own_security import account_security
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.factor import Invitation
from nrm.records.tables.notice import Outbox
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn, TooManyTries
from nrm.wiring.secrets import CHEAP_PASSWORDS, token_hash
from tests.support.driving import Drive

PASSWORD, CHOSEN = "four invented words here", "four other invented words"
HERE = "192.0.2.1"
AGENCY = "sa_norvale"


class Office:
    """Two coordinators of an agency, and a colleague whose account they manage."""

    def __init__(self, drive: Drive) -> None:
        self.drive = drive
        self.one, self.two = drive.person("COORD", AGENCY, 1), drive.person("COORD", AGENCY, 2)
        self.owner = drive.person("CM", AGENCY)
        with drive.system.database.unit(SYSTEM) as unit:
            ACCOUNT.change(unit, User.id == self.owner.user_id, password_hash=CHEAP_PASSWORDS.hash(PASSWORD))

    def newcomer(self, email: str | None = None) -> tuple[str, str]:
        """An account without a password, and its link."""
        user_id, first = create_user(
            self.drive.system, self.one, login="new.colleague", name="New Invented", agency_id=AGENCY, roles=["CM"],
            unit_name="casework", invited=True, email=email,
        )
        assert first == ""
        return user_id, invite(self.drive.system, self.one, user_id=user_id)

    def accepts(self, token: str, password: str = CHOSEN) -> SignedIn:
        return accept_invitation(self.drive.system, token=token, password=password, network=HERE)

    def signs_in(self, login: str, password: str) -> object:
        return sign_in(self.drive.system, login=login, password=password, network=HERE)

    def told(self) -> set[str]:
        """What the owner of the account was told."""
        return {line.text_key for line in notices(self.drive.system, self.owner).items}


@pytest.fixture
def office(any_drive: Drive) -> Office:
    """People of an agency, on SQLite and on PostgreSQL."""
    return Office(any_drive)


# -- invitations ---------------------------------------------------------------------------------------------------


def test_who_is_invited_chooses_a_password_once(office: Office) -> None:
    user_id, token = office.newcomer()
    assert invited(office.drive.system, token=token, network=HERE).login == "new.colleague"
    signed = office.accepts(token)
    assert session_actor(office.drive.system, signed.token) is not None
    assert signed.actor.user_id == user_id
    with pytest.raises(NotFound):
        office.accepts(token, "somebody else came later")
    assert isinstance(office.signs_in("new.colleague", CHOSEN), SignedIn)


def test_the_link_itself_is_kept_nowhere(office: Office) -> None:
    _, token = office.newcomer()
    assert office.drive.one(select(Invitation.token_hash)).token_hash == token_hash(token)


def used(office: Office, user_id: str, token: str) -> str:
    office.accepts(token)
    return token


def too_old(office: Office, user_id: str, token: str) -> str:
    office.drive.clock.advance(VALID)
    return token


def replaced(office: Office, user_id: str, token: str) -> str:
    invite(office.drive.system, office.one, user_id=user_id)
    return token


def closed(office: Office, user_id: str, token: str) -> str:
    with office.drive.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == user_id, status="disabled")
    return token


def guessed(office: Office, user_id: str, token: str) -> str:
    return token[:-1] + ("A" if token[-1] != "A" else "B")


@pytest.mark.parametrize("what", [used, too_old, replaced, closed, guessed])
def test_a_link_that_is_no_longer_good_is_not_there(office: Office, what: Callable[[Office, str, str], str]) -> None:
    link = what(office, *office.newcomer())
    for act in (lambda: invited(office.drive.system, token=link, network=HERE), lambda: office.accepts(link)):
        with pytest.raises(NotFound) as refused:
            act()
        assert refused.value.sentence == NotFound.title


def test_links_are_not_tried_by_the_thousand(drive: Drive) -> None:
    for number in range(100):
        with pytest.raises(NotFound):
            invited(drive.system, token=f"guess-{number}", network=HERE)
    with pytest.raises(TooManyTries):
        invited(drive.system, token="guess", network=HERE)


def test_an_account_in_use_is_not_invited_again(office: Office) -> None:
    with pytest.raises(NotAllowed, match="Two administrators"):
        invite(office.drive.system, office.one, user_id=office.owner.user_id)


def test_an_easy_password_leaves_the_link_good(office: Office) -> None:
    _, token = office.newcomer()
    for easy in ("short", "passwordpassword", "new.colleague12345"):
        with pytest.raises(InvalidInput):
            office.accepts(token, easy)
    office.accepts(token)


def test_nobody_signs_in_with_an_account_that_was_never_opened(office: Office) -> None:
    office.newcomer()
    for password in ("", "anything at all"):
        with pytest.raises(NotSignedIn):
            office.signs_in("new.colleague", password)


# -- recoveries ----------------------------------------------------------------------------------------------------


def with_factor(office: Office) -> str:
    """The owner sets an app up; returns their session's token."""
    signed = office.signs_in(office.owner.user_id, PASSWORD)
    assert isinstance(signed, SignedIn)
    secret = begin_app(office.drive.system, office.owner).secret
    code = pyotp.TOTP(secret).at(office.drive.clock.now())
    return confirm_app(office.drive.system, office.owner, token=signed.token, code=code).token


def test_two_administrators_and_a_wait_lead_back_in(office: Office) -> None:
    system, owner = office.drive.system, office.owner.user_id
    session = with_factor(office)
    ask_recovery(system, office.one, user_id=owner)
    approve_recovery(system, office.two, user_id=owner)
    with pytest.raises(Conflict, match="waiting period"):
        finish_recovery(system, office.one, user_id=owner)
    assert account_security(system, office.one, user_id=owner).factors == 1
    office.drive.clock.advance(timedelta(hours=24))
    link = finish_recovery(system, office.one, user_id=owner)
    assert session_actor(system, session) is None
    with pytest.raises(NotSignedIn):
        office.signs_in(owner, PASSWORD)
    office.accepts(link)
    assert isinstance(office.signs_in(owner, CHOSEN), SignedIn), "the lost factor is gone"
    assert office.told() == {"factor_added", "recovery_asked", "recovery_approved", "recovery_done"}


def the_same(office: Office) -> Actor:
    return office.one


def their_other_account(office: Office) -> Actor:
    with office.drive.system.database.unit(SYSTEM) as unit:
        address = unit.conn.execute(select(User.email).where(User.id == office.one.user_id)).scalar()
        ACCOUNT.change(unit, User.id == office.two.user_id, email=str(address).upper())
    return office.two


@pytest.mark.parametrize("second", [the_same, their_other_account])
def test_nobody_recovers_an_account_alone(office: Office, second: Callable[[Office], Actor]) -> None:
    ask_recovery(office.drive.system, office.one, user_id=office.owner.user_id)
    with pytest.raises(NotAllowed, match="Another administrator"):
        approve_recovery(office.drive.system, second(office), user_id=office.owner.user_id)
    with pytest.raises(Conflict):
        finish_recovery(office.drive.system, office.one, user_id=office.owner.user_id)


@pytest.mark.parametrize("act", [ask_recovery, approve_recovery, finish_recovery])
def test_nobody_recovers_their_own_account(office: Office, act: Callable[..., object]) -> None:
    ask_recovery(office.drive.system, office.two, user_id=office.one.user_id)
    with pytest.raises(NotAllowed, match="Somebody else"):
        act(office.drive.system, office.one, user_id=office.one.user_id)


@pytest.mark.parametrize(("role", "agency"), [("COORD", "sa_midmar"), ("CM", "sa_norvale"), ("AUD", "national_unit")])
def test_who_does_not_manage_the_account_recovers_nothing(office: Office, role: str, agency: str) -> None:
    with pytest.raises(NotAllowed):
        ask_recovery(office.drive.system, office.drive.person(role, agency, 2), user_id=office.owner.user_id)


def test_the_owner_stops_what_they_did_not_ask_for(office: Office) -> None:
    system, owner = office.drive.system, office.owner.user_id
    ask_recovery(system, office.one, user_id=owner)
    approve_recovery(system, office.two, user_id=owner)
    stop_recovery(system, office.owner, user_id=owner)
    office.drive.clock.advance(timedelta(days=2))
    with pytest.raises(Conflict):
        finish_recovery(system, office.one, user_id=owner)
    assert isinstance(office.signs_in(owner, PASSWORD), SignedIn)


def test_a_recovery_is_asked_for_once_at_a_time(office: Office) -> None:
    ask_recovery(office.drive.system, office.one, user_id=office.owner.user_id)
    with pytest.raises(Conflict):
        ask_recovery(office.drive.system, office.two, user_id=office.owner.user_id)
    stop_recovery(office.drive.system, office.two, user_id=office.owner.user_id)
    ask_recovery(office.drive.system, office.two, user_id=office.owner.user_id)


def test_where_a_factor_is_required_one_administrator_resets_nothing(drive: Drive) -> None:
    office = Office(drive)
    system = replace(drive.system, settings=replace(drive.system.settings, second_factor=SecondFactor.REQUIRED))
    with pytest.raises(NotAllowed, match="Two administrators"):
        reset_password(system, office.one, user_id=office.owner.user_id)
    assert isinstance(office.signs_in(office.owner.user_id, PASSWORD), SignedIn)


def test_production_asks_for_longer_passwords(drive: Drive) -> None:
    office = Office(drive)
    _, token = office.newcomer()
    drive.system.settings = replace(drive.system.settings, mode=Mode.PRODUCTION)
    with pytest.raises(InvalidInput) as refused:
        office.accepts(token, "fourteen signs")
    assert "15 characters" in refused.value.fields["new"][0]
    office.accepts(token, "fifteen signs !")


# -- by mail -------------------------------------------------------------------------------------------------------


@pytest.fixture
def mailing(any_drive: Drive) -> Office:
    """An office whose installation mails links."""
    any_drive.system.settings = replace(
        any_drive.system.settings, invitations=Invitations.BY_MAIL, base_url="https://nrm.example",
    )
    return Office(any_drive)


def sent(drive: Drive) -> list[Letter]:
    """What the outbox sends now."""
    letters: list[Letter] = []
    send_outbox(drive.system, channel=letters.append)
    return letters


def test_a_link_is_mailed_and_stands_nowhere_while_it_waits(mailing: Office) -> None:
    drive = mailing.drive
    _, token = mailing.newcomer(email="new@invented.example")
    waiting = drive.one(select(Outbox))
    assert (waiting.template, waiting.params) == ("invitation", {})
    assert token not in str(drive.rows(select(Outbox)) + drive.rows(select(Invitation)))
    letter = sent(drive)[0]
    assert letter.to == "new@invented.example"
    assert f"https://nrm.example/welcome/{token}\n" in letter.body
    assert "case" not in letter.body.lower()
    assert mailing.accepts(token).actor.user_id


def gone(mailing: Office, user_id: str, token: str) -> None:
    mailing.drive.clock.advance(VALID)


def used(mailing: Office, user_id: str, token: str) -> None:
    mailing.accepts(token)


@pytest.mark.parametrize("over", [gone, used])
def test_a_link_that_is_good_no_more_is_not_mailed(
    mailing: Office, over: Callable[[Office, str, str], None]
) -> None:
    over(mailing, *mailing.newcomer(email="new@invented.example"))
    assert sent(mailing.drive) == []


def test_of_two_invitations_both_letters_carry_the_newer_link(mailing: Office) -> None:
    user_id, _ = mailing.newcomer(email="new@invented.example")
    newer = invite(mailing.drive.system, mailing.one, user_id=user_id)
    assert [newer in letter.body for letter in sent(mailing.drive)] == [True, True]


def test_a_recovery_is_handed_over_and_never_mailed(mailing: Office) -> None:
    mailing.drive.system.settings = replace(mailing.drive.system.settings, recovery_wait=timedelta())
    who = mailing.owner.user_id
    ask_recovery(mailing.drive.system, mailing.one, user_id=who)
    approve_recovery(mailing.drive.system, mailing.two, user_id=who)
    finish_recovery(mailing.drive.system, mailing.one, user_id=who)
    assert "invitation" not in {row.template for row in mailing.drive.rows(select(Outbox.template))}
