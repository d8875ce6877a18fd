"""``nrm export``: a history as a bundle that is checked without NRM."""

from __future__ import annotations

from pathlib import Path

import click
from sqlalchemy import select

from nrm.commands.export_bundle import export_at_the_machine
from nrm.entrypoints.which_installation import DIR, system_of
from nrm.records.tables.case import Case
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System


@click.command()
@DIR
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--case", "code", default=None, help="Only the case with this code.")
@click.option("--entry", "entries", multiple=True, type=int, help="Of the case only this entry: a receipt. May repeat.")
@click.option("--held", multiple=True, type=int, help="The size of a checkpoint that somebody keeps. May repeat.")
@click.option("--language", default=None, help="Of the paper to read; else the installation's own.")
def export(
    directory: Path | None, file: Path, code: str | None, entries: tuple[int, ...], held: tuple[int, ...],
    language: str | None,
) -> None:
    """Write the history with its proof into a new ZIP file; verify.py checks it. The export is an entry too."""
    if entries and code is None:
        raise click.UsageError("--entry asks for --case: entries are numbered within a case.")
    if file.exists():
        raise click.UsageError(f"{file} exists already; nothing was written over it.")
    system = system_of(directory)
    if language is not None and language not in system.configuration.product.languages:
        raise click.UsageError(f"Languages here: {', '.join(system.configuration.product.languages)}.")
    case_id = None if code is None else _case_of(system, code)
    part = file.with_name(f"{file.name}.part")
    try:
        part.touch(0o600)
        with part.open("wb") as target:
            export_at_the_machine(system, target, case_id=case_id, seqs=entries, held=held, language=language)
        part.rename(file)
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"Written to {file}. Check it elsewhere: python -I verify.py {file.name} --anchor NOTE")


def _case_of(system: System, code: str) -> str:
    with system.database.reader(SYSTEM) as unit:
        found = unit.conn.execute(select(Case.id).where(Case.code == code.strip().upper())).scalar()
    if found is None:
        raise NotFound(f"There is no case with the code {code}.")
    return found
