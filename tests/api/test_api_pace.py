"""A program that writes without pause is told to wait; what it reads, and everybody else, is not kept waiting."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.support.calling import Api

MOST = 5


def test_the_sixth_act_of_a_minute_waits_for_the_next(api: Api) -> None:
    api.drive.system.settings = replace(api.drive.system.settings, writes_per_minute=MOST)
    manager, other = api.drive.person("CM", "sa_norvale"), api.drive.person("CM", "sa_norvale", number=2)
    search = {"names": {"person.family_name": "Invented"}}
    assert [api.post("/cases/search", manager, search).status_code for _ in range(MOST)] == [200] * MOST
    answer = api.post("/cases/search", manager, search)
    assert answer.status_code == 429
    assert answer.get_json()["code"] == "too_many_tries"
    wait = int(answer.headers["Retry-After"])
    assert 0 < wait <= 60
    assert api.get("/tasks", manager).status_code == 200
    assert api.post("/cases/search", other, search).status_code == 200
    api.drive.clock.advance(timedelta(seconds=wait))
    assert api.post("/cases/search", manager, search).status_code == 200
