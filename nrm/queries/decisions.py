"""The decisions in force: each table in words, with its tests, findings and versions, and tried on given inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from sqlalchemy import select

from nrm.checking.decision_tests import check_decision
from nrm.decisions.dmn import Decided, MainDecision
from nrm.decisions.dmn.proving import Proof, prove, read_tests
from nrm.decisions.dmn.wording import POLICY_WORDS
from nrm.decisions.feel.errors import suggestion
from nrm.diagrams.bundle import TESTS, Bundle
from nrm.diagrams.change import Change
from nrm.diagrams.compare_contents import tables as compare_tables
from nrm.queries.scope import require_role
from nrm.records.tables.bundle import BundleRow
from nrm.records.unit import Unit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput, NotFound
from nrm.vocabulary.facts import Dictionary, FactType, fact_value
from nrm.vocabulary.findings import Finding
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published
from nrm.wiring.system import System


@dataclass(frozen=True, slots=True)
class DecisionLine:
    """One decision in force in a list."""

    table: str
    name: str
    process: str
    process_title: str
    number: int
    hit_policy: str
    rules: int
    tests: int
    advises: bool
    """Whether people consult it; else the process itself decides by it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One fact that a decision asks for, so that it can be tried. ``values``: all it may be, where that is known."""

    name: str
    label: Mapping[str, str]
    kind: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DecisionVersion:
    """A version of the process that holds the decision. ``is_changed``: as no version before has it."""

    number: int
    digest: str
    status: str
    published_at: datetime
    is_changed: bool


@dataclass(frozen=True)
class DecisionView:
    """One decision of one version: its logic, what it asks, its tests as they go, what the analysis found."""

    table: str
    process: str
    process_title: str
    number: int
    decision: MainDecision
    asked: tuple[Asked, ...]
    proofs: tuple[Proof, ...]
    findings: tuple[Finding, ...]
    versions: tuple[DecisionVersion, ...]

    @property
    def failed(self) -> int:
        """How many of its tests do not hold."""
        return sum(not proof.ok for proof in self.proofs)


def decisions_list(system: System, actor: Actor) -> tuple[DecisionLine, ...]:
    """List the decisions in force, by their ids and processes. Raises NotAllowed."""
    with _reading(system, actor) as unit:
        rows = unit.conn.execute(
            select(BundleRow.digest, BundleRow.number).where(BundleRow.status == "current").order_by(BundleRow.process)
        ).all()
        current = [(row.number, system.library.published(unit.conn, row.digest)) for row in rows]
    lines = [_line(published, table, number) for number, published in current for table in published.bundle.table_ids]
    return tuple(sorted(lines, key=lambda line: (line.table, line.process)))


def decision_view(
    system: System, actor: Actor, *, process: str, table: str, number: int | None = None
) -> DecisionView:
    """Return one decision as it is in force, or of the version ``number``. Raises NotAllowed, NotFound."""
    with _reading(system, actor) as unit:
        versions = _versions(system, unit, process, table)
        chosen = _chosen(versions, number)
        bundle = system.library.published(unit.conn, chosen.digest).bundle
    return view_of(bundle, table, chosen.number, versions)


def view_of(
    bundle: Bundle, table: str, number: int, versions: tuple[DecisionVersion, ...] = ()
) -> DecisionView:
    """Return the view of a decision in a bundle, published or not. Raises NotFound, DocumentRefused."""
    decision = bundle.decision(table)
    tests = bundle.files.get(f"tables/{table}{TESTS}")
    return DecisionView(
        table, bundle.process_id, bundle.process().title, number, decision,
        tuple(asked_of(decision, bundle.dictionary())),
        prove(decision, read_tests(tests)) if tests is not None else (),
        tuple(check_decision(
            table, bundle.table(table), tests, f"tables/{table}", bundle.dictionary(), imported=bundle.imports,
        )), versions,
    )


def compare_decision(
    system: System, actor: Actor, *, process: str, table: str, before: int, after: int
) -> tuple[MainDecision, MainDecision, tuple[Change, ...]]:
    """Return a decision of two versions, and what changed between them, cell by cell. Raises NotAllowed, NotFound."""
    with _reading(system, actor) as unit:
        versions = _versions(system, unit, process, table)
        one, other = (
            system.library.published(unit.conn, _chosen(versions, number).digest) for number in (before, after)
        )
    changes = compare_tables(table, one.bundle, other.bundle)
    return one.decision(table), other.decision(table), tuple(changes)


def try_decision(
    system: System, actor: Actor, *, process: str, table: str, inputs: Mapping[str, object], number: int | None = None
) -> Decided:
    """Return what a published decision comes to on given facts; nothing is kept. What is missing is not known.

    Raises NotAllowed, NotFound, InvalidInput with a sentence per fact that does not fit.
    """
    with _reading(system, actor) as unit:
        chosen = _chosen(_versions(system, unit, process, table), number)
        published = system.library.published(unit.conn, chosen.digest)
    decision = published.decision(table)
    return decision.evaluate(facts_given(decision, published.dictionary, inputs), moment=system.clock.now())


def facts_given(decision: MainDecision, dictionary: Dictionary, inputs: Mapping[str, object]) -> dict[str, object]:
    """Return the inputs as facts of their types. Raises InvalidInput: unknown names, values of the wrong kind."""
    read: dict[str, object] = {}
    wrong: dict[str, list[str]] = {}
    for name, raw in inputs.items():
        fact = dictionary.get(name)
        if name not in decision.names or fact is None:
            wrong[name] = [f"The decision does not ask for this.{suggestion(name, sorted(decision.names))}"]
            continue
        try:
            read[name] = fact_value(fact, raw)
        except ValueError as misfit:
            wrong[name] = [str(misfit)]
    if wrong:
        raise InvalidInput(fields=wrong)
    return read


def asked_of(decision: MainDecision, dictionary: Dictionary) -> Iterator[Asked]:
    """Yield the facts that a decision asks for, in the order of its columns, then by name."""
    columns = [name for column in decision.inputs for name in sorted(column.expression.names)]
    for name in dict.fromkeys([*columns, *sorted(decision.names)]):
        fact = dictionary.get(name)
        if fact is not None and name in decision.names:
            yield Asked(name, fact.label or {"en": fact.title()}, fact.type, _values(fact))


def _values(fact: FactType) -> tuple[str, ...]:
    return ("yes", "no") if fact.type == "boolean" else fact.values


def _line(published: Published, table: str, number: int) -> DecisionLine:
    decision = published.decision(table)
    tests = published.bundle.files.get(f"tables/{table}{TESTS}")
    return DecisionLine(
        table, decision.name, published.bundle.process_id, published.process.title, number,
        POLICY_WORDS[decision.hit_policy], len(decision.rules), _number_of(tests) if tests else 0,
        table not in published.process.deciding,
    )


@lru_cache(maxsize=1024)
def _number_of(tests: bytes) -> int:
    """Count the tests of a file, once: reading all files of all processes takes seconds, and they do not change."""
    return len(read_tests(tests))


def _versions(system: System, unit: Unit, process: str, table: str) -> tuple[DecisionVersion, ...]:
    """Return the versions of the process that hold the table, the newest first. Raises NotFound."""
    rows = unit.conn.execute(
        select(BundleRow.digest, BundleRow.number, BundleRow.status, BundleRow.published_at)
        .where(BundleRow.process == process).order_by(BundleRow.number)
    ).all()
    found: list[DecisionVersion] = []
    before = b""
    for row in rows:
        files = system.library.published(unit.conn, row.digest).bundle.files
        data = files.get(f"tables/{table}.dmn", b"")
        if data:
            found.append(DecisionVersion(row.number, row.digest, row.status, row.published_at, data != before))
        before = data
    if not found:
        raise NotFound
    return tuple(reversed(found))


def _chosen(versions: tuple[DecisionVersion, ...], number: int | None) -> DecisionVersion:
    for one in versions:
        if one.status == "current" if number is None else one.number == number:
            return one
    raise NotFound


@contextmanager
def _reading(system: System, actor: Actor) -> Iterator[Unit]:
    require_role(actor, Permission.PROCESSES_READ, system.configuration.policy)
    with system.database.reader(actor) as unit:
        yield unit
