"""``nrm verify``, ``nrm checkpoint``, ``nrm signing-key``: whether the history is intact, and what proves it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from time import perf_counter

import click
from sqlalchemy import func, select

from nrm.entrypoints.which_installation import DIR, system_of
from nrm.records.tables.case import Case
from nrm.records.tables.history import ChainHead
from nrm.records.tree_keys import PublicKeys, make_signing_key, public_file
from nrm.records.tree_verify import TreeFound, verify_tree
from nrm.records.unit import Unit
from nrm.records.verify import ChainsFound, sum_up
from nrm.records.verify import verify as verify_chains
from nrm.records.verify_together import Source, verify_together
from nrm.rules.notes import NAME, Note, NoteUnreadable, read_notes
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System

LARGE = 250_000
"""Entries: from here on other processes are worth their start."""


@click.command()
@DIR
@click.option("--case", "code", default=None, help="Only the case with this code, without tree and checkpoints.")
@click.option("--content/--no-content", default=True, help="Open sealed payloads and compare them too.")
@click.option("--against", "files", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False),
              help="A file with notes of checkpoints that somebody kept elsewhere.")
def verify(directory: Path | None, code: str | None, content: bool, files: tuple[Path, ...]) -> None:
    """Verify the history and what was signed of it. Exit 0 intact, 1 altered; names the first broken entry."""
    if code is not None and files:
        raise click.UsageError("A note speaks of the whole history: leave --case out.")
    kept = tuple(note for file in files for note in _notes(file))
    sys.exit(verify_installation(system_of(directory), code=code, content=content, kept=kept))


@click.command()
@DIR
def checkpoint(directory: Path | None) -> None:
    """Sign the history as it is now and print the note. Kept elsewhere, it shows later whether anything was changed."""
    from nrm.commands.checkpoints import take_checkpoint

    click.echo(take_checkpoint(system_of(directory)).note, nl=False)


@click.command("signing-key")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--for", "installation", required=True, help="The installation_id of the settings.")
def signing_key(path: Path, installation: str) -> None:
    """Make a key that signs checkpoints, and print its public half for whoever checks them."""
    origin = f"nrm/{installation}"
    if not NAME.fullmatch(origin):
        raise click.UsageError("The id is made of letters, digits, dots, dashes and underscores.")
    try:
        click.echo(make_signing_key(path, origin))
    except FileExistsError:
        raise click.UsageError("There is a key already; it is never overwritten. Move it away first.") from None


def verify_installation(system: System, *, code: str | None, content: bool, kept: Sequence[Note] = ()) -> int:
    """Verify one chain, or all with tree, checkpoints and notes kept elsewhere; says what was found.

    Returns the exit code: 0 intact, 1 altered. Raises NotFound for an unknown case.
    """
    began = perf_counter()
    source = _source(system, kept, content=content)
    if code is None and _entries(system) >= LARGE:
        chains, tree = verify_together(source, kept, os.cpu_count() or 1)
    else:
        chains, tree = _verify_here(system, source, kept, code)
    seconds = perf_counter() - began
    _say_chains(system, chains)
    if code is None:
        _say_tree(tree, kept)
    click.echo(f"{chains.entries} entries in {seconds:.1f} seconds, {chains.entries / seconds:,.0f} a second.")
    _say_what_is_not_shown(tree, kept, is_whole=code is None)
    return 1 if chains.broken or (tree is not None and not tree.ok) else 0


def _source(system: System, kept: Sequence[Note], *, content: bool) -> Source:
    """Say where everything is that a check needs; UsageError for notes where there is nothing to check them with."""
    settings = system.settings
    public = None if settings.signing_key_file is None else public_file(settings.signing_key_file)
    if public is not None and not public.is_file():
        public = None
    if kept and public is None:
        raise click.UsageError("Nothing signs this history: there is no signing key to check the notes with.")
    return Source(settings.database_url, settings.kek_file if content else None, settings.is_demo, public)


def _entries(system: System) -> int:
    """How many entries there are, as the chains have registered them."""
    with system.database.reader(SYSTEM) as unit:
        return unit.conn.execute(select(func.coalesce(func.sum(ChainHead.seq), 0))).scalar_one()


def _verify_here(
    system: System, source: Source, kept: Sequence[Note], code: str | None
) -> tuple[ChainsFound, TreeFound | None]:
    """Check one chain, or all and the tree, in this process."""
    keys = None if source.kek_file is None else system.keys
    with system.database.reader(SYSTEM) as unit:
        chain = None if code is None else _case_of(unit, code)
        chains = sum_up(verify_chains(unit.conn, keys, chain))
        if code is not None or source.public_keys is None:
            return chains, None
        return chains, verify_tree(unit.conn, PublicKeys.read(source.public_keys), kept)


def _case_of(unit: Unit, code: str) -> str:
    """The chain of a case, or NotFound."""
    case_id = unit.conn.execute(select(Case.id).where(Case.code == code.strip().upper())).scalar()
    if case_id is None:
        raise NotFound(f"There is no case with the code {code}.")
    return case_id


def _say_chains(system: System, found: ChainsFound) -> None:
    """Say which chains are altered, by the codes of their cases."""
    with system.database.reader(SYSTEM) as unit:
        names = [result.chain for result in found.broken]
        codes = {row.id: row.code for row in unit.conn.execute(select(Case.id, Case.code).where(Case.id.in_(names)))}
    for result in found.broken:
        click.echo(f"{codes.get(result.chain, result.chain)}: {result.sentence}")
    click.echo(
        f"{found.chains} chains, {found.entries} entries: "
        + (f"{len(found.broken)} altered." if found.broken else "intact.")
    )


def _say_tree(found: TreeFound | None, kept: Sequence[Note]) -> None:
    """Say what the tree and its checkpoints show."""
    if found is None:
        click.echo("Nothing signs this history: there are no checkpoints.")
        return
    for fault in found.faults:
        click.echo(fault)
    many = f"{found.entries} entries in the tree, {found.checkpoints} checkpoints"
    many += f", {found.kept} of {len(kept)} notes kept elsewhere fit: " if kept else ": "
    click.echo(many + ("intact." if found.ok else "altered."))
    if found.last_good is not None and not found.ok:
        click.echo(f"Up to place {found.last_good.size} ({_said(found.last_good.at)}) nothing was changed.")


def _say_what_is_not_shown(tree: TreeFound | None, kept: Sequence[Note], *, is_whole: bool) -> None:
    """Say the limits: what no check of this kind can find."""
    click.echo("Not shown by this:")
    click.echo("- acts that were never recorded;")
    if not is_whole:
        click.echo("- the tree and the checkpoints: verify without --case;")
    if tree is None:
        click.echo("- a history that was computed anew as a whole, or cut together with its registered ends.")
        return
    after = tree.unsigned + tree.unplaced
    click.echo(f"- changes among the {after} entries after the last checkpoint that fits;")
    newest = max((note.checkpoint.at for note in kept), default=None)
    if newest is None:
        click.echo("- a history computed anew and signed anew by whoever has the signing key, or set back to an")
        click.echo("  earlier state: compare with a note that somebody else keeps (--against FILE).")
    else:
        click.echo(f"- changes to what was written after {_said(newest)}, the newest note kept elsewhere, by whoever")
        click.echo("  has the signing key.")


def _notes(file: Path) -> tuple[Note, ...]:
    try:
        found = read_notes(file.read_text(encoding="utf-8"))
    except (NoteUnreadable, UnicodeDecodeError) as wrong:
        raise click.UsageError(f"{file.name} does not hold notes of checkpoints: {wrong}.") from None
    if not found:
        raise click.UsageError(f"{file.name} is empty.")
    return found


def _said(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}Z"
