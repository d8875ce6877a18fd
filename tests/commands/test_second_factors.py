"""Second factors: codes that are good once, throttled, and a way in that nobody is shut out of (goal:S10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pyotp
import pytest
from sqlalchemy import select

from nrm.commands.accounts import change_password
from nrm.commands.factors import begin_app, begun_app, confirm_app, remove_factor
from nrm.commands.proving import Proof
from nrm.commands.sign_in import Halfway, SignedIn, finish_sign_in, session_actor, sign_in
from nrm.commands.stepping_up import step_up
from nrm.deployment.settings import SecondFactor
from nrm.queries.notices import notices
from nrm.queries.own_security import own_security
from nrm.records.grants import ACCOUNT
from nrm.records.tables.account import User
from nrm.records.tables.factor import Factor
from nrm.records.tables.notice import Outbox
from nrm.vocabulary.actor import SYSTEM, Actor
from nrm.vocabulary.errors import Conflict, InvalidInput, NotAllowed, NotFound, NotSignedIn, TooManyTries
from nrm.vocabulary.mail import Weight
from nrm.wiring.secrets import CHEAP_PASSWORDS
from nrm.wiring.system import System
from nrm.wiring.totp import STEP_S
from tests.support.driving import Drive
from tests.support.goals import Reached

PASSWORD = "four invented words here"
HERE = "192.0.2.1"
STEP = timedelta(seconds=STEP_S)


class Owner:
    """Somebody with a password, who signs in and sets an app up."""

    def __init__(self, drive: Drive, *, required: bool = False) -> None:
        self.drive = drive
        self.actor = drive.person("CM", "sa_norvale")
        with drive.system.database.unit(SYSTEM) as unit:
            ACCOUNT.change(unit, User.id == self.actor.user_id, password_hash=CHEAP_PASSWORDS.hash(PASSWORD))
        if required:
            drive.system = with_required(drive.system)
        self.secret = ""

    @property
    def system(self) -> System:
        return self.drive.system

    def signs_in(self, *, known: str = "", password: str = PASSWORD, network: str = HERE) -> SignedIn | Halfway:
        return sign_in(self.system, login=self.actor.user_id, password=password, network=network, known=known)

    def begins(self) -> SignedIn:
        signed = self.signs_in()
        assert isinstance(signed, SignedIn)
        return signed

    def sets_up(self, token: str) -> SignedIn:
        self.secret = begin_app(self.system, self.actor).secret
        return confirm_app(self.system, self.actor, token=token, code=self.code(), name="Work phone")

    def code(self, off: timedelta = timedelta()) -> str:
        return pyotp.TOTP(self.secret).at(self.drive.clock.now() + off)

    def finishes(self, halfway: SignedIn | Halfway, code: str, *, known: str = "", network: str = HERE) -> SignedIn:
        assert isinstance(halfway, Halfway)
        return finish_sign_in(self.system, token=halfway.token, proof=Proof(code), network=network, known=known)


def with_required(system: System) -> System:
    """The same installation, in which everybody needs a second factor."""
    return replace(system, settings=replace(system.settings, second_factor=SecondFactor.REQUIRED))


@pytest.fixture
def owner(any_drive: Drive) -> Owner:
    """A case manager with a password."""
    return Owner(any_drive)


def test_setting_up_an_app_renews_the_session_and_ends_the_others(owner: Owner) -> None:
    here, elsewhere = owner.begins(), owner.begins()
    renewed = owner.sets_up(here.token)
    assert renewed.token not in (here.token, elsewhere.token)
    assert [session_actor(owner.system, one.token) is None for one in (here, elsewhere, renewed)] == [True, True, False]
    mine = own_security(owner.system, owner.actor, token=renewed.token)
    assert [(one.kind, one.name) for one in mine.factors] == [("totp", "Work phone")]
    assert [one.is_this for one in mine.sessions] == [True]


def test_the_owner_is_told_at_once_by_every_channel(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    assert [line.text_key for line in notices(owner.system, owner.actor).items] == ["factor_added"]
    letter = owner.drive.one(select(Outbox).where(Outbox.user_id == owner.actor.user_id))
    assert (letter.weight, letter.params) == (Weight.SAFETY, {})


def test_the_secret_is_sealed_where_it_is_kept(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    row = owner.drive.one(select(Factor))
    assert owner.secret.encode() not in row.secret_sealed


def test_with_a_factor_the_password_is_half_of_it(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(STEP)
    halfway = owner.signs_in()
    assert isinstance(halfway, Halfway)
    assert session_actor(owner.system, halfway.token) is None
    signed = owner.finishes(halfway, owner.code())
    present = session_actor(owner.system, signed.token)
    assert present is not None
    assert present.is_fresh(owner.drive.clock.now())
    with pytest.raises(NotSignedIn):
        owner.finishes(halfway, owner.code(STEP))


@pytest.mark.parametrize(("off", "fits"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_may_be_one_step_off(owner: Owner, off: int, fits: bool) -> None:
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(10 * STEP)
    code = owner.code(off * STEP)
    if fits:
        owner.finishes(owner.signs_in(), code)
    else:
        with pytest.raises(NotSignedIn, match="does not fit"):
            owner.finishes(owner.signs_in(), code)


@pytest.mark.parametrize("off", [0, -1])
def test_a_code_is_good_once_and_so_are_those_before_it(owner: Owner, off: int) -> None:
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(10 * STEP)
    owner.finishes(owner.signs_in(), owner.code())
    with pytest.raises(NotSignedIn):
        owner.finishes(owner.signs_in(), owner.code(off * STEP))
    owner.finishes(owner.signs_in(), owner.code(STEP))


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "١٢٣٤٥٦", "000000\n"])
def test_what_is_no_code_is_refused_alike(owner: Owner, code: str) -> None:
    owner.sets_up(owner.begins().token)
    with pytest.raises(NotSignedIn, match="does not fit"):
        owner.finishes(owner.signs_in(), code)


def test_a_sign_in_waits_five_minutes_for_the_second_step(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    halfway = owner.signs_in()
    owner.drive.clock.advance(timedelta(minutes=5))
    with pytest.raises(NotSignedIn, match="too long"):
        owner.finishes(halfway, owner.code())


def closed(owner: Owner) -> None:
    with owner.system.database.unit(SYSTEM) as unit:
        ACCOUNT.change(unit, User.id == owner.actor.user_id, status="disabled")


def new_password(owner: Owner) -> None:
    change_password(owner.system, owner.actor, old=PASSWORD, new="other invented words")


@pytest.mark.parametrize("what", [closed, new_password])
def test_what_ends_sessions_ends_half_begun_sign_ins(owner: Owner, what: Callable[[Owner], None]) -> None:
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(STEP)
    halfway = owner.signs_in()
    what(owner)
    with pytest.raises(NotSignedIn, match="too long"):
        owner.finishes(halfway, owner.code())


# -- guessing ------------------------------------------------------------------------------------------------------


def guess(owner: Owner, tries: int, *, known: str = "") -> int:
    """Try wrong passwords; return how many were evaluated."""
    evaluated = 0
    for number in range(tries):
        try:
            owner.signs_in(password=f"wrong {number}", known=known, network=f"192.0.2.{number % 250}")
        except NotSignedIn:
            evaluated += 1
        except TooManyTries:
            continue
    return evaluated


def test_of_a_thousand_guesses_ten_are_looked_at(drive: Drive, reached: Reached) -> None:
    evaluated = guess(Owner(drive), 1000)
    reached("S10", f"{evaluated} of 1,000 guesses at one account were evaluated in 15 minutes")
    assert evaluated == 10


def test_nobody_shuts_the_owner_out_of_a_browser_they_have_used(drive: Drive) -> None:
    owner = Owner(drive)
    known = owner.begins().known
    guess(owner, 30)
    with pytest.raises(TooManyTries):
        owner.signs_in()
    assert isinstance(owner.signs_in(known=known), SignedIn)


@pytest.mark.parametrize("forged", ["", "x", "0" * 32, f"{'0' * 32}.{'0' * 32}", "a.b.c.d.e.f"])
def test_a_forged_device_is_a_strange_one(drive: Drive, forged: str) -> None:
    owner = Owner(drive)
    guess(owner, 10)
    with pytest.raises(TooManyTries):
        owner.signs_in(known=forged)


def test_a_device_known_to_one_is_strange_to_another(drive: Drive) -> None:
    owner = Owner(drive)
    known = owner.begins().known
    guess(owner, 12)
    other = known.split(".")[0] + "." + "f" * 32
    with pytest.raises(TooManyTries):
        owner.signs_in(known=other)


def test_a_known_device_may_be_stolen_so_its_tries_are_counted_too(drive: Drive) -> None:
    owner = Owner(drive)
    assert guess(owner, 50, known=owner.begins().known) == 10


def test_codes_cannot_be_guessed_either(drive: Drive) -> None:
    owner = Owner(drive)
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(STEP)
    halfway, evaluated = owner.signs_in(), 0
    for number in range(40):
        try:
            owner.finishes(halfway, f"{number:06}", network=f"192.0.2.{number}")
        except NotSignedIn:
            evaluated += 1
        except TooManyTries:
            pass
    assert evaluated == 10


# -- removing, requiring -------------------------------------------------------------------------------------------


def test_a_factor_that_is_removed_is_not_asked_for(owner: Owner) -> None:
    renewed = owner.sets_up(owner.begins().token)
    factor = own_security(owner.system, owner.actor, token=renewed.token).factors[0]
    remove_factor(owner.system, owner.actor, factor_id=factor.id)
    assert isinstance(owner.signs_in(), SignedIn)
    assert {line.text_key for line in notices(owner.system, owner.actor).items} == {"factor_removed", "factor_added"}


def test_nobody_removes_the_factor_of_somebody_else(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    stranger = owner.drive.person("COORD", "sa_norvale")
    with pytest.raises(NotFound):
        remove_factor(owner.system, stranger, factor_id=owner.drive.one(select(Factor)).id)


def test_where_a_factor_is_required_it_comes_first_and_the_last_one_stays(drive: Drive) -> None:
    owner = Owner(drive, required=True)
    begun = owner.begins()
    present = session_actor(owner.system, begun.token)
    assert present is not None
    assert present.must_enrol
    renewed = session_actor(owner.system, owner.sets_up(begun.token).token)
    assert renewed is not None
    assert not renewed.must_enrol
    with pytest.raises(NotAllowed):
        remove_factor(owner.system, owner.actor, factor_id=drive.one(select(Factor)).id)


def test_an_app_that_was_never_confirmed_is_good_for_nothing(owner: Owner) -> None:
    begun = owner.begins()
    owner.secret = begin_app(owner.system, owner.actor).secret
    assert begun_app(owner.system, owner.actor).secret == owner.secret
    with pytest.raises(InvalidInput):
        confirm_app(owner.system, owner.actor, token=begun.token, code="000000")
    assert isinstance(owner.signs_in(), SignedIn)
    again = begin_app(owner.system, owner.actor).secret
    assert again != owner.secret
    with pytest.raises(InvalidInput):
        confirm_app(owner.system, owner.actor, token=begun.token, code=owner.code())


def test_nothing_is_confirmed_that_was_not_begun(owner: Owner) -> None:
    with pytest.raises(Conflict):
        confirm_app(owner.system, owner.actor, token="", code="123456")


# -- step-up -------------------------------------------------------------------------------------------------------


def is_fresh(owner: Owner, token: str) -> bool:
    present = session_actor(owner.system, token)
    assert present is not None
    return present.is_fresh(owner.drive.clock.now())


def test_a_proof_is_fresh_for_five_minutes_and_then_asked_again(owner: Owner) -> None:
    token = owner.begins().token
    assert is_fresh(owner, token)
    owner.drive.clock.advance(timedelta(minutes=5))
    assert not is_fresh(owner, token)
    step_up(owner.system, owner.actor, token=token, proof=Proof(), password=PASSWORD)
    assert is_fresh(owner, token)


def test_who_has_a_factor_cannot_step_up_with_the_password(owner: Owner) -> None:
    token = owner.sets_up(owner.begins().token).token
    owner.drive.clock.advance(timedelta(minutes=6))
    with pytest.raises(InvalidInput) as refused:
        step_up(owner.system, owner.actor, token=token, proof=Proof(), password=PASSWORD)
    assert list(refused.value.fields) == ["code"]
    assert not is_fresh(owner, token)
    step_up(owner.system, owner.actor, token=token, proof=Proof(owner.code()))
    assert is_fresh(owner, token)
    assert acts(owner.drive)[-2:] == [("stepped_up", "refused"), ("stepped_up", "ok")]


def test_a_code_that_let_somebody_in_does_not_step_up(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    owner.drive.clock.advance(STEP)
    code = owner.code()
    signed = owner.finishes(owner.signs_in(), code)
    with pytest.raises(InvalidInput):
        step_up(owner.system, owner.actor, token=signed.token, proof=Proof(code))


def test_stepping_up_is_throttled(drive: Drive) -> None:
    owner = Owner(drive)
    token = owner.begins().token
    for _ in range(10):
        with pytest.raises(InvalidInput):
            step_up(owner.system, owner.actor, token=token, proof=Proof(), password="wrong")
    with pytest.raises(TooManyTries):
        step_up(owner.system, owner.actor, token=token, proof=Proof(), password=PASSWORD)


def acts(drive: Drive) -> list[tuple[str, str]]:
    """What the installation's history says was done, and how it ended."""
    return [(row.act, row.outcome) for row in drive.history("installation")]


def test_every_step_stands_in_the_history(owner: Owner) -> None:
    owner.sets_up(owner.begins().token)
    with pytest.raises(NotSignedIn):
        owner.finishes(owner.signs_in(), "000000")
    said = acts(owner.drive)
    assert said[-3:] == [("signed_in", "ok"), ("factor.added", "ok"), ("factor.refused", "refused")]


def test_a_stranger_is_nobody(owner: Owner) -> None:
    assert own_security(owner.system, Actor("nobody", "nobody", frozenset()), token="x").sessions == ()
