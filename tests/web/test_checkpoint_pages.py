"""The auditor's page of checkpoints: what was signed, who keeps it, the keys, and the note to take away."""

from __future__ import annotations

from datetime import timedelta

import pytest

from nrm.commands.anchoring import give_to_anchors
from nrm.commands.checkpoints import take_checkpoint
from nrm.rules.notes import read_note
from tests.support.signing import sign_with_new_key
from tests.web.conftest import Installation


def test_the_page_says_who_has_what_and_gives_the_note(installation: Installation) -> None:
    keys = sign_with_new_key(installation.system, "file:kept.txt", "file:away/kept.txt")
    installation.open_case()
    note = take_checkpoint(installation.system).note
    give_to_anchors(installation.system)
    text = installation.browser("ada").get("/audit/checkpoints").get_data(as_text=True)
    for words in ("Has the newest", "Not reached", "The file could not be written.", str(keys.keys[0]),
                  "The signed checkpoints go to one place only"):
        assert words.replace("+", "&#43;") in text or words in text
    answer = installation.browser("ada").get("/audit/checkpoints/1/note")
    assert answer.get_data(as_text=True) == note
    keys.require(read_note(note))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="checkpoint-1.txt"'
    assert installation.browser("ada").get("/audit/checkpoints/99/note").status_code == 404


def test_where_nothing_signs_the_page_says_what_is_missing(installation: Installation) -> None:
    text = installation.browser("ada").get("/audit/checkpoints").get_data(as_text=True)
    for words in ("Nobody outside", "No key", "Nothing signed yet", "name two under anchors"):
        assert words in text


def test_more_than_a_page_is_paged(installation: Installation) -> None:
    sign_with_new_key(installation.system)
    for _ in range(27):
        take_checkpoint(installation.system)
        installation.clock.advance(timedelta(days=1))
    browser = installation.browser("ada")
    text = browser.get("/audit/checkpoints").get_data(as_text=True)
    assert "/audit/checkpoints/27/note" in text
    assert "/audit/checkpoints/2/note" not in text
    assert "after=" in text


@pytest.mark.parametrize("login", ["ana", "cora", "nils"])
def test_it_is_the_auditors_alone(installation: Installation, login: str) -> None:
    assert installation.browser(login).get("/audit/checkpoints").status_code == 403
    assert "Checkpoints" in installation.browser("ada").get("/audit/checkpoints").get_data(as_text=True)
