"""New passwords: none that is commonly used, however it is made longer, and none of what everybody knows here."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select
from zxcvbn.frequency_lists import FREQUENCY_LISTS

from nrm.commands.install import install
from nrm.commands.new_passwords import context_words, new_password_problem
from nrm.deployment.settings import Settings
from nrm.entrypoints.installing import make_keys
from nrm.records.tables.account import User
from nrm.rules.passwords import EASY
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.secrets import readable_password
from nrm.wiring.system import build_system
from tests.support.driving import Drive
from tests.support.goals import Reached
from tests.support.long import LONG

LISTED: list[str] = FREQUENCY_LISTS["passwords"] if isinstance(FREQUENCY_LISTS["passwords"], list) else (
    FREQUENCY_LISTS["passwords"].split(",")
)
MANY = 3000
LOOKED_AT = LISTED[:MANY] if LONG else LISTED[:MANY:20]
LENGTH = 15


def problem(drive: Drive, password: str) -> str | None:
    return new_password_problem(drive.system, password, login="ana.case", name="Ana Invented-Montrose")


def test_the_commonest_are_refused_however_they_are_made_long_enough(drive: Drive, reached: Reached) -> None:
    longer = [(one * LENGTH)[: max(LENGTH, len(one))] for one in LOOKED_AT]
    longer += [(one + "123456789012345")[: max(LENGTH, len(one))] for one in LOOKED_AT]
    assert [one for one in longer if problem(drive, one) is None] == []
    reached("S10", f"{len(longer)} passwords made of the {MANY} commonest, all refused")


@pytest.mark.parametrize(("password", "is_taken"), [
    ("quiet river stone lamp", True),
    ("Ana măr pere prune", True),
    ("كلمات كثيرة مخترعة هنا", True),
    ("norvale-southport-1", False),
    ("Velmara Social Office 1", False),
    ("montrose-montrose!", False),
    ("caseway caseway 26", False),
    ("river of Norvale in early march", True),
])
def test_what_everybody_knows_here_counts_for_nothing(drive: Drive, password: str, *, is_taken: bool) -> None:
    assert problem(drive, password) == (None if is_taken else EASY)


def test_the_words_are_those_of_the_installation(drive: Drive) -> None:
    words = context_words(drive.system)
    assert {"norvale", "southport", "velmara", "caseway"} <= set(words)
    assert all(len(one) > 3 for one in words)


def test_first_passwords_of_ours_are_taken(drive: Drive) -> None:
    assert problem(drive, readable_password()) is None


def test_a_new_installation_has_no_account(tmp_path: Path) -> None:
    """ASVS 6.3.2: so none whose password others know."""
    settings = Settings.read(tmp_path, {})
    make_keys(settings)
    system = build_system(settings, durable=False)
    install(system)
    with system.database.reader(SYSTEM) as unit:
        assert unit.conn.execute(select(User.login)).all() == []
    system.database.dispose()
