"""Sends requests made from the OpenAPI document as several kinds of people and keeps where the API broke its word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation

from nrm.commands.open_case import opening_form
from nrm.vocabulary.actor import Actor
from tests.access.stage import Stage
from tests.access.table import Row, table
from tests.access.what_is_sent import BODIES, WITH_FILE
from tests.support.filling import fill

SEED = 4
NOBODY, ELSEWHERE = "nobody", "CM elsewhere"
QUERIES: Mapping[str, Mapping[str, str]] = {
    "GET /audit/access": {"begin": "2026-03-01T00:00:00+00:00", "until": "2026-03-03T00:00:00+00:00",
                          "login": "cm-sa_norvale-1"},
    "GET /audit/growth": {"first": "1", "second": "1"},
    "GET /calendars/<calendar>/moves": {"day": "2030-03-06", "change": "free"},
    "GET /deadlines/quarter": {"quarter": "2026-Q1"},
}
"""Queries of the routes that ask for one."""
KINDS = ("CM", "COORD", "AUD")
"""Of the case: a caseworker of its team, a coordinator, an auditor. Beside them a foreign caseworker and nobody."""
CONFIG: Mapping[str, Any] = {
    "generation": {"database": "none", "with-security-parameters": False},
    "checks": {
        "positive_data_acceptance": {"enabled": False},  # the state of a case may refuse what is well-formed
        "allow_header_conformance": {"enabled": False},  # /absences/preview is an {absence_id} to GET
    },
}
ONCE = settings(database=None, deadline=None, phases=[Phase.generate], suppress_health_check=list(HealthCheck))
"""Nothing is shrunk: a test goes on after a violation, and requests are not the same twice as cases move on."""


@dataclass
class Fuzz:
    """An installation that is asked whatever its document allows and forbids; ``broken`` is what came of it."""

    stage: Stage
    broken: dict[tuple[str, str], str] = field(default_factory=dict)
    """(operation, what it did) -> who asked, and how."""
    asked: Counter[str] = field(default_factory=Counter)
    """Operation -> requests."""
    succeeded: set[str] = field(default_factory=set)
    """Operations that somebody was answered by as they wished."""

    def __post_init__(self) -> None:
        config = schemathesis.Config.from_dict({**CONFIG})
        self.schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", self.stage.app, config=config)
        self.operations = [found.ok() for found in self.schema.get_all_operations()]
        self._rows = {_label(row): row for row in table().of("api", "anyone", "signed_in", "role", "case")}
        self._sent = {**BODIES, **_answers(self.stage)}

    def examine(self, operation: APIOperation, examples: int, *, bounds: bool = False) -> None:
        """Send so many generated requests to one operation, each as every kind of person.

        ``bounds``: also what lies at, and just beyond, each limit that the document names.
        """
        row = self._rows[operation.label]
        people = tuple(self._people(row))

        def send(case: Case) -> None:
            for who, actor in people:
                self.send(case, who, actor)

        for case in self._at_bounds(operation) if bounds else ():
            send(case)
        asking = given(case=self._cases(operation, row))(send)
        seed(SEED)(settings(ONCE, max_examples=examples)(asking))()

    def send(self, case: Case, who: str, actor: Actor | None) -> None:
        """Send a request as somebody and hold the answer against the document; what it wrote is undone."""
        label = case.operation.label
        headers = {"Authorization": f"Bearer token-{actor.user_id}"} if actor else {}
        answer = case.call(headers=headers)
        self.asked[label] += 1
        try:
            case.validate_response(answer, headers=headers)
        except FailureGroup as failed:
            for one in failed.exceptions:
                self.broken.setdefault((label, f"{one.title}: {one.message}"), f"{who}: {case.as_curl_command()}")
        if 200 <= answer.status_code < 300:
            self.succeeded.add(label)
            if case.method != "GET":
                self.stage.reset()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Who asks, in words."""
        return (NOBODY, ELSEWHERE, *KINDS, "who else may")

    def _people(self, row: Row) -> Iterator[tuple[str, Actor | None]]:
        yield NOBODY, None
        yield ELSEWHERE, self.stage.foreign["CM"]
        roles = row.team | row.everywhere
        able = () if row.kind in ("anyone", "signed_in") or roles & set(KINDS) else sorted(roles)[:1]
        for role in (*KINDS, *able):
            yield role, self.stage.inside[role]

    def _at_bounds(self, operation: APIOperation) -> Iterator[Case]:
        """Requests at the limits of the document, and with methods it does not know; for what there is."""
        for case in self.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=self.schema.config.generation,
        ):
            if case.path_parameters and not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
                case.path_parameters.update({name: self.stage.ids[name] for name in case.path_parameters})
            yield case

    def _cases(self, operation: APIOperation, row: Row) -> st.SearchStrategy[Case]:
        """Requests that fit the document and ones that do not; for what there is, and for anything.

        The first way is what one example of an operation is made by: what means something here, where we know it.
        """
        there = {one.name: self.stage.ids[one.name] for one in operation.path_parameters}
        fitting = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there)
        ways = [fitting]
        if row.route in self._sent:
            ways.insert(0, fitting.map(lambda case: _with_body(case, self._sent[row.route])))
        if row.route in QUERIES:
            asked = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there, query=QUERIES[row.route])
            ways.insert(0, asked)
        if there:
            ways += [operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE)]
        if [*operation.query, *operation.headers, *operation.body]:
            ways.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=there))
        return st.one_of(ways)


def _label(row: Row) -> str:
    return re.sub(r"<(.+?)>", r"{\1}", f"{row.method} /api/v1{row.path}")


def _answers(stage: Stage) -> dict[str, Mapping[str, Any]]:
    """Bodies that are a form's answers."""
    drive, manager = stage.drive, stage.inside["CM"]
    task = fill(drive.form(drive.any_task(stage.ids["task_id"])), {})
    case = fill(opening_form(drive.system, manager), {"is_child": "no"})
    return {
        "POST /cases": {"district": "norvale", "answers": case},
        "POST /tasks/<task_id>/complete": {"answers": task},
        "PUT /tasks/<task_id>/draft": {"answers": task},
        "POST /records/<record_id>/correct": {"answers": case, "reason": "typing_mistake"},
        "POST /cases/<case>/files": {**WITH_FILE["POST /cases/<case>/files"], "file": b"plain words"},
    }


def _with_body(case: Case, sent: Mapping[str, Any]) -> Case:
    """The request with words that mean something here, beside what was made up, and without a condition."""
    if isinstance(case.body, dict):
        case.body = {**case.body, **sent}
    if case.headers:
        case.headers.pop("If-Match", None)
    return case
