"""Sends requests made from the OpenAPI document as several kinds of people and keeps where the API broke its word."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import FlakyStrategyDefinition
from hypothesis.stateful import get_state_machine_test
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.core.failures import FailureGroup
from schemathesis.core.parameters import ParameterLocation

from nrm.vocabulary.actor import Actor
from tests.access.stage import Stage
from tests.access.table import Row, table
from tests.access.ways import Way, actor_of, way_of
from tests.access.what_is_sent import BODIES, WITH_FILE

SEED = 4
NOBODY, ELSEWHERE = "nobody", "CM elsewhere"
KINDS = ("CM", "COORD", "AUD")
"""Of the case: a caseworker of its team, a coordinator, an auditor. Beside them a foreign caseworker and nobody."""
CONFIG: Mapping[str, Any] = {
    "generation": {"database": "none", "with-security-parameters": False},
    "checks": {
        "ignored_auth": {"enabled": True},
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
    sequences: int = 0
    """Journeys that were begun."""

    def __post_init__(self) -> None:
        config = schemathesis.Config.from_dict({**CONFIG})
        self.schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", self.stage.app, config=config)
        self.operations = [found.ok() for found in self.schema.get_all_operations()]
        self._rows = {_label(row): row for row in table().of("api", "anyone", "signed_in", "role", "case")}
        self._ways = {label: way_of(self.stage, row) for label, row in self._rows.items()}

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
        headers = _headers(actor)
        answer = case.call(headers=headers)
        if self._judge(case, answer, who, headers) and case.method != "GET":
            self.stage.reset()

    def journeys(self, sequences: int, steps: int) -> None:
        """Follow so many sequences of operations, each fed by the answers before it, as one kind of person each."""
        label = next(iter(self._rows))
        everybody = cycle(one for one in self._people(self._rows[label]) if one[1] is not None)
        fuzz = self

        class Journey(self.schema.as_state_machine()):  # type: ignore[misc]
            def setup(self) -> None:
                fuzz.stage.reset()
                fuzz.sequences += 1
                self.who, self.actor = next(everybody)

            def get_call_kwargs(self, case: Case) -> dict[str, Any]:
                return {"headers": _headers(self.actor)}

            def validate_response(self, response: Any, case: Case, **_: Any) -> None:
                fuzz._judge(case, response, self.who, _headers(self.actor))

        for number in count(SEED):
            if self.sequences >= sequences:
                break
            left = settings(ONCE, max_examples=sequences - self.sequences, stateful_step_count=steps)
            # The same choice can lead elsewhere than before, as cases move on: then the rest begins anew.
            with suppress(FlakyStrategyDefinition):
                seed(number)(get_state_machine_test(Journey, settings=left))()
        self.stage.reset()

    def _judge(self, case: Case, answer: Any, who: str, headers: dict[str, str]) -> bool:
        """Hold an answer against the document; whether it is what was wished."""
        label = case.operation.label
        self.asked[label] += 1
        try:
            case.validate_response(answer, headers=headers)
        except FailureGroup as failed:
            for one in failed.exceptions:
                self.broken.setdefault((label, f"{one.title}: {one.message}"), f"{who}: {case.as_curl_command()}")
        is_wished = 200 <= answer.status_code < 300
        if is_wished:
            self.succeeded.add(label)
        return is_wished

    @property
    def kinds(self) -> tuple[str, ...]:
        """Who asks, in words."""
        return (NOBODY, ELSEWHERE, *KINDS, "who else may")

    @property
    def never(self) -> set[str]:
        """Operations that were asked, and answered nobody as they wished."""
        return set(self.asked) - self.succeeded

    def _people(self, row: Row) -> Iterator[tuple[str, Actor | None]]:
        yield NOBODY, None
        yield ELSEWHERE, self.stage.foreign["CM"]
        roles = row.team | row.everywhere
        able = () if row.kind in ("anyone", "signed_in") or roles & set(KINDS) else sorted(roles)[:1]
        for role in (*KINDS, *able):
            yield role, self.stage.inside[role]
        one = actor_of(self.stage, self._ways[_label(row)])
        if one is not None and one not in {self.stage.inside[role] for role in (*KINDS, *able)}:
            yield "who else may", one

    def _at_bounds(self, operation: APIOperation) -> Iterator[Case]:
        """Requests at the limits of the document, and with methods it does not know; for what there is."""
        for case in self.schema.iter_coverage_cases(
            operation, generation_modes=list(GenerationMode), generation_config=self.schema.config.generation,
        ):
            if case.path_parameters and not (case.meta and case.meta.is_negative_at(ParameterLocation.PATH)):
                case.path_parameters.update(self._there(operation))
            yield case

    def _cases(self, operation: APIOperation, row: Row) -> st.SearchStrategy[Case]:
        """Requests that fit the document and ones that do not; for what there is, and for anything.

        The first way is what one example of an operation is made by: what means something here, where we know it.
        """
        there, way = self._there(operation), self._ways[operation.label]
        fitting = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there)
        ways = [fitting]
        if row.writes:
            ways.insert(0, fitting.map(lambda case: _with_body(case, _sent(row, way))))
        if way.asks:
            asked = operation.as_strategy(GenerationMode.POSITIVE, path_parameters=there, query=dict(way.asks))
            ways.insert(0, asked)
        if there:
            ways += [operation.as_strategy(GenerationMode.POSITIVE), operation.as_strategy(GenerationMode.NEGATIVE)]
        if [*operation.query, *operation.headers, *operation.body]:
            ways.append(operation.as_strategy(GenerationMode.NEGATIVE, path_parameters=there))
        return st.one_of(ways)


    def _there(self, operation: APIOperation) -> dict[str, str]:
        """What there is in the state in which an operation succeeds, by placeholder."""
        ids = {**self.stage.ids, **self._ways[operation.label].of}
        return {one.name: ids[one.name] for one in operation.path_parameters}


def _headers(actor: Actor | None) -> dict[str, str]:
    return {"Authorization": f"Bearer token-{actor.user_id}"} if actor else {}


def _label(row: Row) -> str:
    return re.sub(r"<(.+?)>", r"{\1}", f"{row.method} /api/v1{row.path}")


def _sent(row: Row, way: Way) -> dict[str, Any]:
    """A body that means something in that state."""
    file = {"file": b"plain words"} if row.route in WITH_FILE else {}
    return {**BODIES.get(row.route, {}), **WITH_FILE.get(row.route, {}), **way.says, **file}


def _with_body(case: Case, sent: Mapping[str, Any]) -> Case:
    """The request with words that mean something here, beside what was made up, and without a condition."""
    if isinstance(case.body, dict):
        case.body = {**case.body, **sent}
    if case.headers:
        case.headers.pop("If-Match", None)
    return case
