"""New passwords: long enough, and not of what everybody tries first."""

from __future__ import annotations

import pytest

from nrm.rules.passwords import password_problem

LONG, SHORT, EASY = "Use at most 128", "Use at least 15", "too easy"


@pytest.mark.parametrize(("password", "problem"), [
    ("fourteen signs", SHORT),
    ("fifteen signs !", None),
    ("correct horse battery staple", None),
    ("Ana măr pere prune", None),
    ("كلمات كثيرة مخترعة هنا", None),
    ("many invented words here " * 5, None),
    ("x" * 129, LONG),
    ("aaaaaaaaaaaaaaaaa", EASY),
    ("passwordpassword", EASY),
    ("Password12345678", EASY),
    ("P@ssw0rdP@ssw0rd", EASY),
    ("qwertyuiopasdfgh", EASY),
    ("Welcome2026Summer!", EASY),
    ("iloveyouprincess1", EASY),
    ("letmein-letmein-1", EASY),
    ("my name is ana.case and so", EASY),
])
def test_new_passwords(password: str, problem: str | None) -> None:
    found = password_problem(password, "ana.case", shortest=15)
    assert found is None if problem is None else found is not None and problem in found
