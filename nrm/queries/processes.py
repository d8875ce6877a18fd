"""The published processes: what is in force, the versions before, and one version as a picture and a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from nrm.diagrams.equal_list import equal_list
from nrm.diagrams.forms import Form
from nrm.queries.case_process import ProcessRow
from nrm.queries.scope import reaches_cases, require_role
from nrm.records.tables.account import User
from nrm.records.tables.bundle import BundleDraft, BundleRow
from nrm.records.tables.run import Run
from nrm.records.unit import Unit
from nrm.rules.limits import TimeLimit
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import NotFound
from nrm.vocabulary.permissions import Permission
from nrm.wiring.library import Published
from nrm.wiring.system import System

OPEN_DRAFTS = ("draft", "review")


@dataclass(frozen=True, slots=True)
class ProcessLine:
    """One process as it is in force."""

    process: str
    title: str
    documentation: str
    owner: str
    legal_basis: str
    digest: str
    number: int
    published_at: datetime
    open_runs: int | None
    """None for whoever reaches no case: from day to day few come and go."""
    open_drafts: int


@dataclass(frozen=True, slots=True)
class VersionLine:
    """One version of a process. ``status``: current, earlier, withdrawn."""

    digest: str
    process: str
    number: int
    status: str
    author_name: str
    approver_name: str
    published_at: datetime
    note: str | None
    changes: tuple[str, ...]
    open_runs: int | None
    """None for whoever reaches no case: from day to day few come and go."""


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form of a version."""

    id: str
    title: str
    category: str
    questions: int


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version of a process: its picture, its equal list, its forms, tables and limits."""

    version: VersionLine
    title: str
    documentation: str
    owner: str
    legal_basis: str
    starts: tuple[str, ...]
    start_roles: tuple[str, ...]
    diagram: str
    rows: tuple[ProcessRow, ...]
    forms: tuple[FormLine, ...]
    tables: tuple[str, ...]
    limits: tuple[TimeLimit, ...]


def processes_list(system: System, actor: Actor) -> tuple[ProcessLine, ...]:
    """List the processes in force, by id. Raises NotAllowed."""
    _allow(system, actor)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(
            select(BundleRow.digest, BundleRow.process, BundleRow.number, BundleRow.published_at)
            .where(BundleRow.status == "current").order_by(BundleRow.process)
        ).all()
        runs, drafts = _open_runs(system, actor, unit, Run.process), _drafts(unit)
        return tuple(
            _process_line(row, system.library.published(unit.conn, row.digest), runs, drafts) for row in rows
        )


def versions(system: System, actor: Actor, *, process: str) -> tuple[VersionLine, ...]:
    """List the versions of a process, the newest first. Raises NotAllowed, NotFound for an unknown process."""
    _allow(system, actor)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(
            _versions().where(BundleRow.process == process).order_by(BundleRow.number.desc())
        ).all()
        if not rows:
            raise NotFound
        runs = _open_runs(system, actor, unit, Run.bundle)
        return tuple(_version(row, runs) for row in rows)


def process_version(system: System, actor: Actor, *, digest: str) -> VersionView:
    """Return one version. Raises NotAllowed, NotFound."""
    _allow(system, actor)
    with system.database.reader(actor) as unit:
        row = unit.conn.execute(_versions().where(BundleRow.digest == digest)).first()
        if row is None:
            raise NotFound
        published = system.library.published(unit.conn, digest)
        return _view(published, _version(row, _open_runs(system, actor, unit, Run.bundle)))


def version_form(system: System, actor: Actor, *, digest: str, form: str) -> Form:
    """Return one form of a version, for its preview. Raises NotAllowed, NotFound."""
    return _published(system, actor, digest).form(form)


def version_file(system: System, actor: Actor, *, digest: str, name: str) -> bytes:
    """Return one file of a version, for its download. Raises NotAllowed, NotFound."""
    return _published(system, actor, digest).bundle.file(name)


def _published(system: System, actor: Actor, digest: str) -> Published:
    _allow(system, actor)
    with system.database.reader(actor) as unit:
        return system.library.published(unit.conn, digest)


def _allow(system: System, actor: Actor) -> None:
    require_role(actor, Permission.PROCESSES_READ, system.configuration.policy)


def _process_line(
    row: Row[*tuple[Any, ...]], published: Published, runs: dict[str, int] | None, drafts: dict[str, int]
) -> ProcessLine:
    process = published.process
    return ProcessLine(
        row.process, process.title, process.documentation, process.owner, process.legal_basis, row.digest,
        row.number, row.published_at, None if runs is None else runs.get(row.process, 0), drafts.get(row.process, 0),
    )


def _versions() -> Select[*tuple[Any, ...]]:
    author, approver = aliased(User), aliased(User)
    return (
        select(
            BundleRow.digest, BundleRow.process, BundleRow.number, BundleRow.status, BundleRow.published_at,
            BundleRow.note, BundleRow.changes, author.name.label("author"), approver.name.label("approver"),
        )
        .outerjoin(author, author.id == BundleRow.author_id)
        .outerjoin(approver, approver.id == BundleRow.approver_id)
    )


def _version(row: Row[*tuple[Any, ...]], runs: dict[str, int] | None) -> VersionLine:
    return VersionLine(
        row.digest, row.process, row.number, row.status, row.author or "", row.approver or "", row.published_at,
        row.note, tuple(str(change) for change in row.changes or ()), None if runs is None else runs.get(row.digest, 0),
    )


def _open_runs(system: System, actor: Actor, unit: Unit, column: Any) -> dict[str, int] | None:
    if not reaches_cases(actor, Permission.PROCESSES_READ, system.configuration.policy):
        return None
    rows = unit.conn.execute(
        select(column, func.count()).where(Run.status.in_(("open", "incident"))).group_by(column)
    )
    return {row[0]: row[1] for row in rows}


def _drafts(unit: Unit) -> dict[str, int]:
    rows = unit.conn.execute(
        select(BundleDraft.process, func.count()).where(BundleDraft.status.in_(OPEN_DRAFTS))
        .group_by(BundleDraft.process)
    )
    return {row[0]: row[1] for row in rows}


def _view(published: Published, version: VersionLine) -> VersionView:
    bundle, process = published.bundle, published.process
    return VersionView(
        version, process.title, process.documentation, process.owner, process.legal_basis, process.starts,
        process.start_roles, bundle.file(bundle.diagram_name).decode(), plain_rows(published),
        tuple(_form(published.form(form_id)) for form_id in bundle.form_ids), bundle.table_ids,
        tuple(published.limits[key] for key in sorted(published.limits)),
    )


def plain_rows(published: Published) -> tuple[ProcessRow, ...]:
    """Return the equal list of a version that no run is looked at in."""
    return tuple(
        ProcessRow(
            row.step, row.element, row.title, str(row.kind), row.role, row.lane, row.form, row.limits,
            tuple(way.title for way in row.before),
            tuple(f"{way.title} ({way.when})" if way.when else way.title for way in row.next),
            "", 0, None, "", None,
        )
        for row in equal_list(published.process)
    )


def _form(form: Form) -> FormLine:
    return FormLine(form.id, form.title, str(form.category), len(form.fields))
