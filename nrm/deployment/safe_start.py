"""What keeps an installation with real people in it from starting: each reason with what to do about it."""

from __future__ import annotations

import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from nrm.deployment.anchors import THIS_MACHINE, too_few
from nrm.deployment.settings import DEMO_KEY, DEMO_SECRET, Mode, Settings
from nrm.vocabulary.errors import NrmError

DEBUGGING = ("FLASK_DEBUG", "PYTHONDEVMODE")
"""Variables that open a program to whoever can reach it, or make it tell too much."""
CHECKED_TLS = frozenset({"verify-ca", "verify-full"})
OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason not to start: a stable code, what is so, and what to do."""

    code: str
    sentence: str
    remedy: str


class UnsafeStart(NrmError):
    """Production is not started as it stands; ``fields`` hold every reason with its remedy."""

    code = "unsafe_start"
    title = "This installation is not started: it is not safe for real people as it stands"


def require_safe(settings: Settings, environ: Mapping[str, str], *, processes: int = 1) -> None:
    """Refuse to start an unsafe installation. Raises UnsafeStart. A demo starts: it holds invented people only."""
    if settings.mode is not Mode.PRODUCTION:
        return
    found = unsafe(settings, environ, processes=processes)
    if found:
        raise UnsafeStart(fields={one.code: [one.sentence, one.remedy] for one in found})


def unsafe(settings: Settings, environ: Mapping[str, str], *, processes: int = 1) -> tuple[Reason, ...]:
    """Return everything that speaks against starting as production, whatever the mode says.

    ``processes``: how many would serve or work at the same time on this machine.
    """
    return (
        *_debugging(environ), *_keys(settings), *_database(settings, processes), *_way_in(settings), *_proof(settings),
        *_backups(settings),
    )


def _debugging(environ: Mapping[str, str]) -> Iterator[Reason]:
    for name in DEBUGGING:
        if environ.get(name, "") not in ("", "0"):
            yield Reason("debug", f"{name} is set: errors would tell what they met.", f"Unset {name}.")


def _keys(settings: Settings) -> Iterator[Reason]:
    for name, path in (("kek_file", settings.kek_file), ("secret_file", settings.secret_file)):
        if not path.is_file():
            yield Reason(f"{name}_missing", f"The file named by {name} does not exist.", f"Make one for {name}.")
            continue
        if path.stat().st_mode & OTHERS:
            yield Reason(f"{name}_readable", f"The file named by {name} can be read by others.", "chmod 400 it.")
        if path.name in (DEMO_KEY, DEMO_SECRET):
            yield Reason(f"{name}_demo", f"{name} is a demo's.", "Make a new one; a demo's key is known to many.")
        if _lies_with_data(path, settings):
            yield Reason(
                f"{name}_with_data", f"The file named by {name} lies with the data: who copies one has both.",
                "Move it to a folder of its own, in another backup.",
            )


def _database(settings: Settings, processes: int) -> Iterator[Reason]:
    if settings.on_sqlite:
        if processes > 2:
            yield Reason("sqlite_processes", "SQLite has one writer at a time, and more than two are to serve.",
                         "Use PostgreSQL, or serve with two.")
        file = _database_file(settings)
        if file.is_file() and file.stat().st_mode & file.parent.stat().st_mode & OTHERS:
            yield Reason("database_readable", "The database file can be read by others.", "chmod 700 its folder.")
        return
    address = urlsplit(settings.database_url)
    mode = parse_qs(address.query).get("sslmode", [""])[0]
    if address.hostname and address.hostname not in THIS_MACHINE and mode not in CHECKED_TLS:
        yield Reason(
            "database_in_the_clear", "The database is on another machine, and its certificate is not checked.",
            "Add ?sslmode=verify-full (and sslrootcert) to database_url.",
        )


def _way_in(settings: Settings) -> Iterator[Reason]:
    if not settings.base_url.startswith("https://"):
        yield Reason("no_https", "base_url does not begin with https://: what people type could be read on the way.",
                     "Put a proxy with TLS in front and set base_url to its address.")
    if not settings.trusted_proxies:
        yield Reason(
            "no_proxy", "trusted_proxies is not set: everybody would seem to come from the proxy in front.",
            "Set trusted_proxies to the number of proxies that requests pass (usually 1).",
        )


def _proof(settings: Settings) -> Iterator[Reason]:
    if not settings.needs_factor:
        yield Reason("no_second_factor", "A password alone opens an account.", "Set second_factor: required.")
    if settings.signing_key_file is None:
        yield Reason("no_signing_key", "The history is not signed: whoever holds the database could write it anew.",
                     "Make one as the operator's guide says, and name it in signing_key_file.")
    few = too_few(settings.anchors)
    if few:
        yield Reason("no_second_anchor", few, "Name two places under different control in anchors.")


def _backups(settings: Settings) -> Iterator[Reason]:
    if not settings.backup_recipients:
        yield Reason(
            "no_backup_recipients", "Backups open with the key file: who copies this machine reads every one of them.",
            "Run `nrm backup-key new FILE` on another machine, keep FILE there, and name the public key it prints in "
            "backup_recipients.",
        )


def _database_file(settings: Settings) -> Path:
    return Path(urlsplit(settings.database_url).path.removeprefix("/"))


def _lies_with_data(path: Path, settings: Settings) -> bool:
    folders = [settings.dir, *([_database_file(settings).parent] if settings.on_sqlite else [])]
    return any(path.resolve().is_relative_to(folder.resolve()) for folder in folders)
