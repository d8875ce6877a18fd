"""Mail on pages: what did not arrive and what becomes of it, and who wants no ordinary mail."""

from __future__ import annotations

from html import unescape

import pytest
from sqlalchemy import select

from nrm.commands.accounts import create_user
from nrm.commands.send_outbox import send_outbox
from nrm.notices.channels import NotDelivered
from nrm.notices.letters import Letter
from nrm.records.grants import ACCOUNT
from nrm.records.outgoing import add_outgoing
from nrm.records.tables.account import User
from nrm.records.tables.notice import Outbox
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.mail import Weight
from tests.web.conftest import PASSWORD, Browser, Installation

ADDRESS = "somebody@velmara.example"


@pytest.fixture
def admin(installation: Installation) -> Browser:
    """An administrator, signed in."""
    create_user(
        installation.system, SYSTEM, login="adm", name="Adam Invented", agency_id="national_unit", roles=["ADMIN"],
        password=PASSWORD,
    )
    return installation.browser("adm")


def fail(installation: Installation, *logins: str, failure: NotDelivered) -> None:
    """Letters to people that are not delivered."""
    def refuse(_: Letter) -> None:
        raise failure

    with installation.system.database.unit(SYSTEM) as unit:
        for login in logins:
            ACCOUNT.change(unit, User.login == login, email=ADDRESS)
            add_outgoing(unit, user_id=f"u-{login}", weight=Weight.SAFETY, next_at=unit.now)
    send_outbox(installation.system, channel=refuse)


REFUSED = NotDelivered("refused 550", final=True)


def statuses(installation: Installation) -> list[str]:
    """What became of the letters."""
    with installation.system.database.reader() as unit:
        return sorted(unit.conn.execute(select(Outbox.status)).scalars())


def test_whose_letter_did_not_arrive_and_why(installation: Installation, admin: Browser) -> None:
    assert "No dead letters" in admin.get("/letters").get_data(as_text=True)
    fail(installation, "ana", failure=REFUSED)
    fail(installation, "bo", failure=NotDelivered("no answer", nobody_there=True))
    text = unescape(admin.get("/letters").get_data(as_text=True))
    dead, retrying = text.split('id="retrying"')
    assert "Ana Invented" in dead
    assert "The mail server refused it with 550." in dead
    assert "Bo Invented" in retrying
    assert "The mail server did not answer." in retrying
    assert ADDRESS not in text


@pytest.mark.parametrize(("act", "said", "after"), [
    ("retry", "sent within a minute", ["failed", "waiting"]), ("discard", "Thrown away", ["dropped", "failed"]),
])
def test_one_letter(installation: Installation, admin: Browser, act: str, said: str, after: list[str]) -> None:
    fail(installation, "ana", "bo", failure=REFUSED)
    with installation.system.database.reader() as unit:
        first = unit.conn.execute(select(Outbox.id)).scalars().first()
    admin.get("/letters")
    answer = admin.post(f"/letters/{act}", {"id": first}, follow=True)
    assert said in answer.get_data(as_text=True)
    assert statuses(installation) == after


@pytest.mark.parametrize(("act", "after"), [("retry", "waiting"), ("discard", "dropped")])
def test_all_letters(installation: Installation, admin: Browser, act: str, after: str) -> None:
    fail(installation, "ana", "bo", failure=REFUSED)
    admin.get("/letters")
    assert admin.post(f"/letters/{act}").status_code == 303
    assert statuses(installation) == [after] * 2


def test_a_letter_that_is_gone_meanwhile_is_not_there(admin: Browser) -> None:
    admin.get("/letters")
    assert admin.post("/letters/retry", {"id": "nothing"}).status_code == 404


def test_ones_own_mail_is_muted_and_wanted_again(installation: Installation) -> None:
    ana = installation.browser("ana")
    assert "What can wait comes in one mail a day at 08:00." in ana.text
    for fields, said in (({"muted": "yes"}, "You get no ordinary mail."), ({}, "Send me no ordinary mail")):
        answer = ana.post("/notices/mail", fields, follow=True)
        assert said in answer.get_data(as_text=True)


def test_the_acts_stand_in_the_installations_history(installation: Installation, admin: Browser) -> None:
    fail(installation, "ana", failure=REFUSED)
    admin.get("/letters")
    admin.post("/letters/retry")
    text = installation.browser("ada").get("/audit/installation").get_data(as_text=True)
    assert "Let mail be sent again" in text
