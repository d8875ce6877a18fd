"""How each route succeeds where the stage alone does not let it: who asks, of what, and with which words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from nrm.vocabulary.actor import Actor
from tests.access.stage import Stage
from tests.access.states import PASSWORD, TURN
from tests.access.table import Row


@dataclass(frozen=True)
class Way:
    """Who asks (a role of the team, or ``foreign ROLE``; empty: whoever may), of what, with which words.

    ``<name>`` in ids and words, alone, is the thing of that name: see :mod:`tests.access.states`.
    """

    by: str = ""
    of: Mapping[str, str] = field(default_factory=dict)
    """Placeholder of the address -> id."""
    says: Any = field(default_factory=dict)
    """A body or a form."""
    asks: Mapping[str, str] = field(default_factory=dict)
    """A query."""
    file: tuple[str, str] | None = None
    """The name of a file and its content."""


_NEW = "other invented words"
_CLOSED = {"case": "<closed>"}
_LATE, _RUNS, _STANDS, _MISSED = (
    {name: f"<{thing}>"} for name, thing in (
        ("task_id", "late_task"), ("deadline_id", "runs"), ("deadline_id", "stands"), ("deadline_id", "missed"),
    )
)
_ASKED, _WIPED, _RAISED = ({"user_id": f"<{name}>"} for name in ("asked", "wiped", "raised"))
_CHANGED, _REVIEW = {"draft_id": "<changed>"}, {"draft_id": "<review>"}
_WAYS_OUT, _CHOSEN = {"incident_id": "<ways>"}, {"incident_id": "<chosen>"}
_EMERGENCY = {"code": "<far_code>", "reason": "danger_to_life", "words": "words"}
_ERASURE = {"basis": "person_asked", "reason": "words"}
_ACCESS = {"begin": "2026-03-01T00:00:00+00:00", "until": "2026-03-03T00:00:00+00:00", "login": "cm-sa_norvale-1"}
_DAY = {"day": "2030-03-06", "change": "free", "name": "Bridge day"}
_REASSIGN = {"to_user_id": "fr-sa_norvale-1", "reason": "absence"}

_LINK = {"other_code": "<beside_code>", "kind": "family"}

_OF_BOTH: Mapping[str, Way] = {
    "POST /processes/<process>/withdraw": Way(of={"process": "transfer", "process_id": "transfer"}),
    "POST /drafts/<draft_id>/publish": Way("NCU", _REVIEW, {"digest": "<digest_of_review>"}),
    "POST /drafts/<draft_id>/send-back": Way("NCU", _REVIEW),
    "POST /users/<user_id>/recovery/approve": Way("foreign NCU", _ASKED),
    "POST /users/<user_id>/recovery/stop": Way("NCU", _ASKED),
    "POST /users/<user_id>/recovery/finish": Way("NCU", _WIPED),
    "POST /users/<user_id>/roles/confirm": Way("NCU", _RAISED),
    "POST /users/<user_id>/roles/refuse": Way("NCU", _RAISED),
    "POST /cases/<case>/reopen": Way("CM", {"case": "<closed>", "code": "<closed_code>"}),
    "POST /cases/<case>/transfer/withdraw": Way("CM", {"case": "<beside>", "code": "<beside_code>"}),
    "POST /tasks/<task_id>/release": Way("FR", _LATE),
    "POST /tasks/<task_id>/late-reason": Way("FR", _LATE),
    "POST /tasks/<task_id>/reassign": Way("COORD", says=_REASSIGN),
    "POST /deadlines/<deadline_id>/pause": Way("CM", _RUNS),
    "POST /deadlines/<deadline_id>/resume": Way("CM", _STANDS),
    "POST /deadlines/<deadline_id>/changes": Way("CM", _RUNS),
    "POST /deadlines/<deadline_id>/reason": Way("CM", _MISSED),
    "POST /incidents/<incident_id>/confirm": Way("COORD", _CHOSEN),
}
_API: Mapping[str, Way] = {
    "POST /cases/<case>/links": Way("CM", says=_LINK),
    "GET /deadlines/month": Way(asks={"month": "2026-03-01"}),
    "GET /deadlines/quarter": Way(asks={"quarter": "2026-Q1"}),
    "GET /duty": Way(asks={"begin": "2026-03-02T00:00:00+00:00"}),
    "GET /calendars/<calendar>/moves": Way("NCU", asks=_DAY),
    "POST /calendars/<calendar>/days": Way("NCU"),
    "GET /audit/access": Way(asks=_ACCESS),
    "GET /audit/growth": Way(asks={"first": "<size>", "second": "<size>"}),
    "GET /audit/cases/<case>/then": Way(asks={"at": "2026-03-02T09:00:00+00:00"}),
    "POST /recalls": Way("SHEL", says={"case": "<beside_code>", "answer": "erased"}),
    "POST /cases": Way("CM", says={"district": "norvale", "answers": "<opening>"}),
    "POST /drafts/<draft_id>/limit": Way("DES", _CHANGED, {
        "key": "<limit>", "length": 40, "unit": "hours", "source": "words", "version": "<changed_version>",
    }),
    "POST /drafts/<draft_id>/review": Way("DES", _CHANGED),
    "POST /agencies/<agency_id>/rehome": Way("NCU", {"agency_id": "<ending>"}),
    "DELETE /me/sessions/<session_id>": Way("MDT", {"session_id": "<elsewhere>"}),
    "POST /emergencies": Way("CM", says=_EMERGENCY),
    "DELETE /emergencies/<emergency_id>": Way("SHEL", {"emergency_id": "<emergency>"}),
    "POST /overrides/<override_id>/confirm": Way("COORD", {"override_id": "<basis>"}),
    "POST /overrides/<override_id>/revoke": Way("COORD", {"override_id": "<basis>"}),
    "POST /records/<record_id>/correct": Way("CM", {"record_id": "<record>"}, {
        "answers": "<opening>", "reason": "typing_mistake",
    }),
    "POST /tasks/<task_id>/complete": Way("FR", says={"answers": "<safety>"}),
    "PUT /tasks/<task_id>/draft": Way("FR", says={"answers": "<safety>"}),
    "POST /cases/<case>/erasures": Way("COORD", _CLOSED, _ERASURE),
    "POST /erasures/<erasure_id>/approve": Way("NCU", {"erasure_id": "<going_erasure>"}),
    "POST /incidents/<incident_id>/propose": Way("COORD", _WAYS_OUT, {"flow": "x", "reason": "words"}),
}
_PAGES: Mapping[str, Way] = {
    "POST /cases/<code>/link": Way("CM", says=_LINK),
    "POST /security/app/confirm": Way("MDT", says={"code": "<app_code>", "name": "words"}),
    "POST /security/marks": Way("MDT", says={"own": "12 Invented Street"}),
    "POST /security/recovery/stop": Way("MDT"),
    "POST /password": Way("MDT", says={"old": PASSWORD, "new": _NEW, "again": _NEW}),
    "POST /security/factors/<factor_id>/remove": Way("FAM", {"factor_id": "<factor>"}),
    "POST /security/sessions/<session_id>/end": Way("MDT", {"session_id": "<elsewhere>"}),
    "POST /security/app": Way("CM"),
    "POST /security/passkeys/new": Way("CM"),
    "POST /security/passkeys": Way("FAM", says={"passkey": "<passkey>", "name": "words"}),
    "POST /cases/new/form": Way("CM", says="<opening_form>"),
    "POST /records/<record_id>/correct": Way("CM", {"record_id": "<record>"}, "<corrected>"),
    "POST /drafts/<draft_id>/tables/<table_id>": Way("DES", says={"version": "1", "xml": "<table>"}),
    "POST /drafts/<draft_id>/tables/<table_id>/tests": Way("DES", says={"version": "1", "tests": "<tests>"}),
    "POST /drafts/<draft_id>/tables/<table_id>/files": Way(
        "DES", says={"version": "1"}, file=("D-01_elements.dmn", "<table>")),
    "POST /drafts/<draft_id>/files": Way("DES", says={"version": "1"}, file=("D-01_elements.dmn", "<table>")),
    "POST /drafts/<draft_id>/again": Way("foreign DES", {"draft_id": "<behind>"}),
    "POST /drafts/<draft_id>/files/remove": Way("DES", {"draft_id": "<spare>"}, {
        "version": "<spare_version>", "name": "tables/unused.dmn",
    }),
    "POST /agencies/<agency_id>/work": Way("NCU", {"agency_id": "<ending>"}),
    "POST /users/<user_id>/person": Way("ADMIN", says={"login": "coord-sa_midmar-2"}),
    "GET /calendars/<calendar_id>/edit": Way("NCU", asks=_DAY),
    "POST /duty": Way("COORD", says={**TURN, "from_at": "2030-03-05T17:00", "to_at": "2030-03-06T08:00"}),
    "POST /duty/copy": Way("COORD", says={"role": "COORD", "district": "norvale", "week": "2030-03-04"}),
    "POST /duty/file": Way("COORD", file=(
        "turns.csv",
        f"role,district,login,from,to\nCOORD,norvale,{TURN['user_id']},2030-03-05 17:00,2030-03-06 08:00\n")),
    "POST /access-signals/honey": Way("AUD", says={"case_code": "<far_code>", "on": "yes"}),
    "POST /emergency/<emergency_id>/end": Way("SHEL", {"emergency_id": "<emergency>"}),
    "POST /emergency": Way("CM", says=_EMERGENCY),
    "POST /to-give-back": Way("SHEL", says={"case": "<beside_code>", "answer": "erased"}),
    "POST /page-to-carry": Way("CM", says={"case": "<code>", "parts": "call", "language": "en"}),
    "POST /exports": Way("COORD", says={"what": "cases", "reason": "words"}),
    "POST /retention/<code>/propose": Way("COORD", {"code": "<closed_code>"}, _ERASURE),
    "POST /retention/<code>/erasures/<erasure_id>/approve": Way("NCU", {
        "code": "<going_code>", "erasure_id": "<going_erasure>",
    }),
    "POST /incidents/<incident_id>/facts": Way("COORD", _WAYS_OUT, {"fact-is_child": "no"}),
    "POST /incidents/<incident_id>/path": Way("COORD", _WAYS_OUT, {"flow": "x", "reason": "words"}),
}
_SAME = {"/cases/<code>": "/cases/<case>", "<process_id>": "<process>"}


def way_of(stage: Stage, row: Row) -> Way:
    """How a route of the table succeeds, with the things of a stage that has every state; empty: as it stands."""
    route = row.route
    for of_pages, of_both in _SAME.items():
        route = route.replace(of_pages, of_both)
    own = _API if row.surface == "api" else _PAGES
    way = own.get(row.route) or _OF_BOTH.get(route) or Way()
    file = way.file and (way.file[0], filled(stage, way.file[1]))
    return Way(way.by, filled(stage, way.of), filled(stage, way.says), filled(stage, way.asks), file)


def actor_of(stage: Stage, way: Way) -> Actor | None:
    """Who asks, where it has to be somebody."""
    if not way.by:
        return None
    role = way.by.removeprefix("foreign ")
    return stage.foreign[role] if way.by != role else stage.inside[role]


def file_of(way: Way) -> dict[str, tuple[BytesIO, str, str]]:
    """The file as a form sends it."""
    if way.file is None:
        return {}
    name, content = way.file
    return {"file": (BytesIO(content if isinstance(content, bytes) else content.encode()), name, "text/plain")}


def filled(stage: Stage, words: Any) -> Any:
    """What is sent, with ``<name>`` replaced by the thing of that name, at any depth."""
    if isinstance(words, Mapping):
        return {key: filled(stage, value) for key, value in words.items()}
    if isinstance(words, str) and words[:1] == "<" and words[1:-1] in (known := {**stage.ids, **stage.things}):
        return known[words[1:-1]]
    return words
