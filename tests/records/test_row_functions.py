"""Facts, read marks, repeats and notices: one query each, the same on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from threading import Barrier

import pytest
from sqlalchemy import func, insert, select, text

from nrm.records.facts import FactValue, current_facts, set_facts
from nrm.records.keys import KeyRing
from nrm.records.marks import drop_marks, mark_read
from nrm.records.notes import write_note
from nrm.records.outgoing import add_notice
from nrm.records.refusals import SchemaRuleError
from nrm.records.repeats import Replay, begin_once, finish_once, forget_old, release
from nrm.records.tables.fact import FactCurrent, FactVersion
from nrm.records.tables.notice import Notice
from nrm.records.tables.run import Run
from nrm.records.types import canonical_json, instant_text, text_instant
from nrm.records.unit import Database, Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.categories import Category
from nrm.vocabulary.clock import MovableClock
from nrm.vocabulary.errors import Conflict, InvalidInput


@pytest.fixture
def run_id(database: Database, actor: Actor, case_id: str) -> str:
    with database.unit(actor) as unit:
        unit.conn.execute(insert(Run).values(
            id="run-1", case_id=case_id, process="case", bundle="b", started_at=unit.now
        ))
    return "run-1"


def test_facts_newest_wins_and_the_run_shadows(
    database: Database, actor: Actor, case_id: str, run_id: str
) -> None:
    first: dict[str, FactValue] = {
        "is_child": True, "count": 3, "born_after": date(2010, 5, 1), "risk_level": "high", "asked": None,
    }
    with database.unit(actor) as unit:
        ids = set_facts(unit, case_id, first, source="form:F02")
        assert sorted(ids) == sorted(first)
        assert {name: value for name, (value, _) in current_facts(unit.conn, case_id).items()} == first
        assert set_facts(unit, case_id, {}) == {}
        again = set_facts(unit, case_id, {"risk_level": "low"})
        assert again["risk_level"] > max(ids.values())
        set_facts(unit, case_id, {"risk_level": "medium"}, run_id=run_id)
    with database.reader() as unit:
        assert current_facts(unit.conn, case_id)["risk_level"] == ("low", again["risk_level"])
        assert current_facts(unit.conn, case_id, run_id)["risk_level"][0] == "medium"
        assert current_facts(unit.conn, case_id, "another-run")["risk_level"][0] == "low"
        assert current_facts(unit.conn, case_id, run_id)["is_child"] == (True, ids["is_child"])
        assert current_facts(unit.conn, "nowhere") == {}
        # The projection is what the versions say.
        newest = (
            select(FactVersion.name, func.max(FactVersion.id)).group_by(FactVersion.name, FactVersion.run_id)
        )
        kept = select(FactCurrent.name, FactCurrent.version_id)
        assert sorted(unit.conn.execute(newest).all()) == sorted(unit.conn.execute(kept).all())
        same = select(func.count()).where(FactVersion.value == "high")
        assert unit.conn.execute(same).scalar_one() == 1
    with pytest.raises(SchemaRuleError, match="fact_version is refused"), database.unit(actor) as unit:
        unit.conn.execute(text("UPDATE fact_version SET value = 'false'"))


def test_one_mark_per_quarter_of_an_hour(
    database: Database, actor: Actor, case_id: str, clock: MovableClock
) -> None:
    asked = []
    for minutes in (0, 5, 9, 1, 14):
        clock.advance(timedelta(minutes=minutes))
        with database.unit(actor) as unit:
            asked.append(mark_read(unit, case_id, "task:t"))
    assert asked == [True, False, False, True, False]
    with database.unit(actor) as unit:
        assert mark_read(unit, case_id, "task:other")
        assert drop_marks(unit, clock.now()) == 1


def test_a_repeated_request_brings_the_same_answer(
    database: Database, actor: Actor, clock: MovableClock
) -> None:
    first = Replay(201, b"Ana Invented")
    with database.unit(actor) as unit:
        assert begin_once(unit, "complete", "k", b"payload") is None
        finish_once(unit, "complete", "k", first)
    with database.unit(actor) as unit:
        assert begin_once(unit, "complete", "k", b"payload") == first
        assert begin_once(unit, "claim", "k", b"other") is None, "another route"
        release(unit, "claim", "k")
        assert begin_once(unit, "claim", "k", b"payload") is None, "free again"
        finish_once(unit, "claim", "k", Replay(200, b"{}"))
    with pytest.raises(InvalidInput) as refused, database.unit(actor) as unit:
        begin_once(unit, "complete", "k", b"other")
    assert refused.value.code == "idempotency_key_reused"
    clock.advance(timedelta(hours=24))
    with database.unit(actor) as unit:
        assert begin_once(unit, "complete", "k", b"other") is None
        finish_once(unit, "complete", "k", first)
        assert forget_old(unit, unit.now) == 1


@pytest.mark.postgres
def test_who_waits_too_long_for_the_first_hears_that_it_is_in_flight(
    postgres_url: str, ring: KeyRing, actor: Actor, clock: MovableClock
) -> None:
    impatient = Database(postgres_url, clock=clock, keys=ring, lock_timeout_ms=50)
    try:
        with impatient.unit(actor) as first:
            begin_once(first, "claim", "k", b"payload")
            with pytest.raises(Conflict) as busy, impatient.unit(actor) as second:
                begin_once(second, "claim", "k", b"payload")
            assert busy.value.code == "in_flight"
            finish_once(first, "claim", "k", Replay(200, b"{}"))
        with impatient.unit(actor) as third:
            assert begin_once(third, "claim", "k", b"payload") == Replay(200, b"{}")
    finally:
        impatient.dispose()


def test_two_at_once_with_one_key_have_one_effect(database: Database, actor: Actor, case_id: str) -> None:
    gate = Barrier(2)

    def request() -> tuple[bool, bytes]:
        gate.wait()
        with database.unit(actor) as unit:
            replay = begin_once(unit, "note", "k", b"payload")
            if replay is not None:
                return True, replay.body
            note = write_note(unit, case_id=case_id, category=Category.RISK, text="x", agency_id="a").encode()
            finish_once(unit, "note", "k", Replay(201, note))
            return False, note

    with ThreadPoolExecutor(2) as pool:
        one, two = (future.result() for future in [pool.submit(request), pool.submit(request)])
    assert {one[0], two[0]} == {False, True}
    assert one[1] == two[1]


def test_a_failed_act_does_not_use_up_its_key(database: Database, actor: Actor) -> None:
    def act(unit: Unit) -> None:
        begin_once(unit, "complete", "k", b"payload")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), database.unit(actor) as unit:
        act(unit)
    with database.unit(actor) as unit:
        assert begin_once(unit, "complete", "k", b"payload") is None


def test_a_notice_is_unread_at_first(database: Database, actor: Actor) -> None:
    with database.unit(actor) as unit:
        add_notice(unit, user_id="u", kind="task", text_key="task.new", case_code="N-1")
    with database.reader(actor) as unit:
        assert unit.conn.execute(select(Notice.read_at)).scalar_one() is None


def test_instants_and_json_have_one_text() -> None:
    at = datetime.fromisoformat("2026-03-29T03:30:00.5+02:00")
    assert instant_text(at) == "2026-03-29T01:30:00.500000Z"
    assert text_instant(instant_text(at)) == at
    value = {"b": [1, None], "a": date(2026, 1, 1), "c": "ș"}
    assert canonical_json(value) == '{"a":"2026-01-01","b":[1,null],"c":"ș"}'
    with pytest.raises(ValueError, match="aware"):
        instant_text(datetime(2026, 1, 1))  # noqa: DTZ001 - that is what is refused
    for odd in (float("nan"), {1, 2}, b"x"):
        with pytest.raises((ValueError, TypeError)):
            canonical_json(odd)
