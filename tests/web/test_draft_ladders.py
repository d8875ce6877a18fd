"""The ladders of a draft: rungs added, removed, moved and saved without script; one that could not fire stays typed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import unescape

import pytest

from nrm.deployment.ladders import ladders_from_yaml
from nrm.rules.ladders import Effect, Ladder, When
from tests.web.conftest import Browser, Installation, hidden
from tests.web.test_coordinator_processes import begin, bundle_of

AT = "ladder.standard."


@pytest.fixture
def author(installation: Installation) -> Browser:
    """A coordinator on the page of a draft of their own."""
    browser = installation.browser("cora")
    begin(browser)
    return browser


def fields(text: str) -> dict[str, list[str]]:
    """Every named field of the page's ladders and limits, as a browser would post it."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name = re.search(r'name="((?:ladder|limit)\.[^"]+)"', tag)
        if name and ('type="checkbox"' not in tag or " checked" in tag):
            value = re.search(r'value="([^"]*)"', tag)
            found.setdefault(name[1], []).append(unescape(value[1]) if value else "")
    selects = re.findall(r'<select[^>]*name="((?:ladder|limit)\.[^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL)
    for name, options in selects:
        chosen = re.findall(r'value="([^"]*)" selected', options)
        found.setdefault(name, []).append(chosen[0] if chosen else "")
    return found


def post(browser: Browser, action: str, changed: Mapping[str, str | list[str]] | None = None) -> int:
    """Post the draft's form with some fields changed; an empty list takes a field away."""
    path = str(re.findall(r'action="(/drafts/[^"]+)" data-nrm-editor', browser.text)[0])
    sent = {**fields(browser.text), "version": hidden(browser.text, "version"), "xml": "", "note": "",
            "_action": action, **(changed or {})}
    answer = browser.post(path, {name: value for name, value in sent.items() if value != []})
    if answer.status_code == 303:
        browser.get(str(answer.location))
    return answer.status_code


def ladder(installation: Installation) -> Ladder:
    return ladders_from_yaml(bundle_of(installation).file("ladders.yaml"))["standard"]


def shown(browser: Browser) -> list[str]:
    """When the rungs of the standard ladder come, as the page has them now."""
    found = fields(browser.text)
    return [found[f"{AT}{no}.when"][0] for no in range(1, int(found[f"{AT}count"][0]) + 1)]


def test_saved_as_it_is_nothing_changes(author: Browser, installation: Installation) -> None:
    before = bundle_of(installation).file("ladders.yaml")
    assert post(author, "save") == 303
    assert bundle_of(installation).file("ladders.yaml") == before


def test_a_rung_is_changed(author: Browser, installation: Installation) -> None:
    changed = {f"{AT}3.length": "2", f"{AT}3.unit": "working_days", f"{AT}3.effect": "offer", f"{AT}3.mail": [],
               f"{AT}3.role": ["duty:COORD", "role:SUP", ""]}
    assert post(author, "save", changed) == 303
    rung = ladder(installation).rung(3)
    assert (rung.when, rung.length, str(rung.unit), rung.effect) == (When.AFTER, 2, "working_days", Effect.OFFER)
    assert (rung.tell, [str(one) for one in rung.channel]) == (("duty:COORD", "role:SUP"), ["notice"])
    assert "Team coordinator, on duty" in author.text


REARRANGED = [
    ("rung:up:standard:2", ["breach", "half", "after", "after", "after"]),
    ("rung:down:standard:1", ["breach", "half", "after", "after", "after"]),
    ("rung:remove:standard:2", ["half", "after", "after", "after"]),
    ("rung:add:standard", ["half", "breach", "after", "after", "after", "after"]),
    ("rung:up:standard:1", ["half", "breach", "after", "after", "after"]),
    ("rung:down:standard:5", ["half", "breach", "after", "after", "after"]),
    ("rung:remove:standard:77", ["half", "breach", "after", "after", "after"]),
    ("rung:remove:nothing:1", ["half", "breach", "after", "after", "after"]),
]


@pytest.mark.parametrize(("action", "expected"), REARRANGED)
def test_rungs_are_rearranged_and_nothing_is_saved_yet(
    author: Browser, installation: Installation, action: str, expected: list[str]
) -> None:
    before = bundle_of(installation).file("ladders.yaml")
    assert post(author, action, {f"{AT}1.level": "L4", f"{AT}1.length": "typed"}) == 200
    assert shown(author) == expected
    assert "typed" in [value for values in fields(author.text).values() for value in values], "what was typed stays"
    assert bundle_of(installation).file("ladders.yaml") == before


def test_every_rung_may_go(author: Browser, installation: Installation) -> None:
    for _ in range(5):
        assert post(author, "rung:remove:standard:1") == 200
    assert shown(author) == []
    assert post(author, "save") == 303
    assert ladder(installation).rungs == ()


FAULTY: list[tuple[dict[str, str | list[str]], int, str]] = [
    ({f"{AT}3.length": "soon"}, 3, "Write a whole number from 1 to 3650: how long before or after."),
    ({f"{AT}1.when": "never"}, 1, "Choose when this rung comes."),
    ({f"{AT}1.assignee": []}, 1, "Rung 1: it tells nobody."),
    ({f"{AT}5.role": [""]}, 5, "Rung 5: it is the last one and tells no role."),
    ({f"{AT}4.length": "1"}, 4, "Rung 4: it comes earlier than the rung before it."),
    ({f"{AT}1.effect": "escalate"}, 1, "Rung 1: before the limit is missed a rung reminds or offers, nothing more."),
    ({f"{AT}2.role": ["role:GUARD"]}, 2, "Rung 2: nobody fills the role “GUARD”."),
    ({f"{AT}2.role": ["role:KING"]}, 2, "Rung 2: there is no role “KING”."),
]


@pytest.mark.parametrize(("changed", "rung", "sentence"), FAULTY)
def test_a_ladder_that_could_not_fire_does_not_save(
    author: Browser, installation: Installation, changed: dict[str, str | list[str]], rung: int, sentence: str
) -> None:
    before = bundle_of(installation).file("ladders.yaml")
    assert post(author, "save", changed) == 422
    assert sentence in unescape(author.text)
    summary = re.findall(r'href="#([^"]+)"', author.text)
    assert [link for link in summary if f'id="{link}"' in author.text and f"standard-{rung}" in link.replace(".", "-")]
    assert bundle_of(installation).file("ladders.yaml") == before
