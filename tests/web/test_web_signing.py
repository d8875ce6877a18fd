"""Signing in and out, and what protects every form."""

from __future__ import annotations

from tests.web.conftest import Installation


def test_a_first_sight(installation: Installation) -> None:
    browser = installation.browser("ana")
    assert browser.get("/tasks").status_code == 200
