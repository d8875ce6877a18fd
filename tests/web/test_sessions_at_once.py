"""One account has ten sessions at once at most: whoever begins one more ends the one that was quiet for longest."""

from __future__ import annotations

from datetime import timedelta

from nrm.commands.sessions import MOST_AT_ONCE
from tests.web.conftest import Installation


def test_of_eleven_sessions_the_quietest_ends(installation: Installation) -> None:
    browsers = [installation.browser("ana") for _ in range(MOST_AT_ONCE)]
    installation.clock.advance(timedelta(minutes=5))
    for browser in (*browsers[:3], *browsers[4:]):
        browser.get("/notices")
    newest = installation.browser("ana")
    assert [browsers.index(one) for one in browsers if one.get("/tasks").status_code != 200] == [3]
    assert newest.get("/tasks").status_code == 200
