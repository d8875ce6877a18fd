"""``nrm backup``, ``nrm backup-key``, ``nrm restore`` and ``nrm keys``: for whoever runs the installation."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import click

from nrm.entrypoints.which_installation import DIR, settings_of, system_of
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import Conflict
from nrm.wiring.system import System

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@DIR
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def backup(directory: Path | None, folder: Path) -> None:
    """Write a sealed backup into FOLDER, with the ledger of erasures beside it; old backups are deleted there.

    It opens with the offline keys named in backup_recipients; without any with the key file, which is for demos.
    """
    from nrm.commands.backup import make_backup

    path, manifest = make_backup(system_of(directory), folder)
    click.echo(f"{path.name}: {manifest.cases} cases, {manifest.entries} entries of history, {manifest.size} bytes.")
    opens = ", ".join(manifest.sealed_to) or "the key file of the installation"
    click.echo(f"It opens with {opens}.")


@click.group("backup-key")
def backup_key() -> None:
    """The offline key that opens backups."""


@backup_key.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def new(file: Path) -> None:
    """Make an offline key: FILE holds its private half, and the public half is printed.

    Do it on a machine that is not the server, and keep FILE, with a copy, where the server cannot read.
    """
    from nrm.deployment.offline_keys import make_key

    try:
        public = make_key(file)
    except FileExistsError:
        raise Conflict("There is a file of that name, and a key file is never overwritten.") from None
    click.echo(public)


@click.command()
@click.argument("file", type=FILE)
@click.option("--dir", "directory", required=True, type=click.Path(path_type=Path, file_okay=False),
              help="The folder of the new installation; its settings say which database.")
@click.option("--erasures", required=True, type=FILE, help="The newest ledger of erasures: erasures.jsonl.")
@click.option("--key", type=FILE, default=None, help="The key file, where the settings do not name it.")
@click.option("--backup-key", "offline_key", type=FILE, default=None,
              help="The private half of an offline key that the backup is sealed to.")
def restore(file: Path, directory: Path, erasures: Path, key: Path | None, offline_key: Path | None) -> None:
    """Restore a backup into an empty installation, erase again what was erased since, and verify the history.

    Until all of it is done the installation cannot be served.
    """
    from nrm.commands.restore import restore_backup

    settings = settings_of(directory)
    settings = settings if key is None else replace(settings, kek_file=key)
    done = restore_backup(settings, file, erasures, offline_key=offline_key)
    click.echo(
        f"Restored the state of {done.manifest.made_at}: {done.manifest.cases} cases. {done.erased} of them were "
        f"erased since then and are erased again. {done.entries} entries in {done.chains} chains are whole."
    )
    click.echo("What was done after that instant is lost; tell everybody who worked since.")


@click.group()
def keys() -> None:
    """The keys of the key file: what wraps the keys of all cases, and what makes the search index."""


@keys.command()
@DIR
@click.option("--json", "as_json", is_flag=True, help="As JSON, for programs.")
def status(directory: Path | None, as_json: bool) -> None:
    """Say how many keys of cases, and hashes of the search index, are under which key of the key file."""
    from nrm.commands.rotation import key_state
    from nrm.commands.search_keys import search_key_state

    system = system_of(directory)
    found, hashes = key_state(system, SYSTEM), search_key_state(system)
    if as_json:
        click.echo(json.dumps({"keys": [asdict(one) for one in found], "search": [asdict(one) for one in hashes]}))
        return
    for one in found:
        words = "wraps new keys" if one.wraps else "only opens" if one.is_known else "not in the key file"
        click.echo(f"{one.kek_id}  {one.count} keys  {words}")
    for one_hash in hashes:
        words = "makes new ones" if one_hash.writes else "is only asked" if one_hash.is_known else "not in the key file"
        click.echo(f"{one_hash.key_id}  {one_hash.count} hashes of the search index  {words}")


@keys.command()
@DIR
@click.option("--to", "path", required=True, type=click.Path(path_type=Path, dir_okay=False),
              help="The new key file: made by the first call, used by the second.")
@click.option("--index", "of_index", is_flag=True, help="The key of the search index in place of the wrapping key.")
def rotate(directory: Path | None, path: Path, *, of_index: bool) -> None:
    """Change a key, in two calls: the first makes the new key file, the second wraps or indexes everything anew.

    Between them NRM_KEK_FILE is set to the new file and every process is started again, so that all know the new key.
    The second call may be interrupted and made again.
    """
    from nrm.commands.rotation import begin_rotation
    from nrm.commands.search_keys import begin_search_rotation

    system = system_of(directory)
    if path.exists() and path.samefile(system.settings.kek_file):
        (_index_anew if of_index else _wrap_anew)(system)
        return
    (begin_search_rotation if of_index else begin_rotation)(system, path)
    click.echo(f"Made {path.name}; it opens everything that the present file opens. Now set kek_file (NRM_KEK_FILE) to "
               "it, start every process again, and call this once more.")


def _wrap_anew(system: System) -> None:
    from nrm.commands.rotation import key_state
    from nrm.commands.rotation import rotate as wrap_anew

    waiting = sum(one.count for one in key_state(system, SYSTEM) if one.is_known and not one.wraps)
    with click.progressbar(length=waiting, label="Wrapping keys anew") as bar:
        done = wrap_anew(system, told=bar.update)
    click.echo(f"{done} keys are under the new key. The old `kek` lines can be taken out of the file when no backup "
               "from before today is kept any more.")


def _index_anew(system: System) -> None:
    from nrm.commands.search_keys import rebuild_index

    done = rebuild_index(system, told=lambda count: click.echo(f"{count} cases", err=True))
    click.echo(f"{done.cases} cases are indexed anew. The old `search` line can be taken out of the file when no "
               "backup from before today is kept any more.")
    if done.left:
        raise Conflict(f"{done.left} cases could not be: something in them does not open. `nrm verify` says more.")
