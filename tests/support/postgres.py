"""A private, throw-away PostgreSQL server for one test session, on a Unix socket in a temporary folder.

No port is opened and nothing of an installed server is touched. All xdist workers share one server: whoever
needs it first starts it under a file lock, the controlling process stops it. Durability is off.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

HOME_VARIABLE = "NRM_TEST_POSTGRES_HOME"
PREFIX = "nrm-pg-"
SETTINGS = {
    "listen_addresses": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    "timezone": "UTC",
    "log_min_messages": "error",
}


class ServerMissing(Exception):
    """There is no PostgreSQL server to start on this machine, and why."""


def programs() -> Path:
    """Return the folder with initdb and pg_ctl. Raises ServerMissing."""
    told = os.environ.get("NRM_TEST_POSTGRES_BIN")
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: -int(p.parent.name))
    on_path = shutil.which("pg_ctl")
    for folder in [*([Path(told)] if told else []), *versions, *([Path(on_path).parent] if on_path else [])]:
        if (folder / "initdb").exists() and (folder / "pg_ctl").exists():
            return folder
    raise ServerMissing("neither initdb nor pg_ctl was found (Debian: apt-get install postgresql)")


class Server:
    """One server in ``home``: ``start`` once, from any worker; ``stop`` once, from the controller."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.data = home / "data"

    @property
    def owner(self) -> str | None:
        """The account to run as: PostgreSQL refuses root."""
        if os.geteuid() != 0:
            return None
        for name in ("postgres", "nobody"):
            with contextlib.suppress(KeyError):
                return pwd.getpwnam(name).pw_name
        raise ServerMissing("PostgreSQL will not run as root, and there is no account postgres or nobody")

    def url(self, database: str) -> str:
        """Return the SQLAlchemy address of a database on this server."""
        user = self.owner or pwd.getpwuid(os.geteuid()).pw_name
        return f"postgresql+psycopg://{user}@/{database}?host={self.home}"

    def dsn(self, database: str) -> str:
        """Return the libpq connection string of a database on this server."""
        user = self.owner or pwd.getpwuid(os.geteuid()).pw_name
        return f"host={self.home} user={user} dbname={database}"

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock that the workers of one session share."""
        self.home.mkdir(parents=True, exist_ok=True)
        with (self.home.parent / f"{self.home.name}.lock").open("w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def start(self) -> None:
        """Start the server unless a worker of this session already did; call it under the lock."""
        if (self.data / "postmaster.pid").exists():
            return
        if self.owner:
            shutil.chown(self.home, self.owner)
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        settings = " ".join(f"-c {name}={value or repr('')}" for name, value in SETTINGS.items())
        options = f"-k {self.home} {settings}"
        log = str(self.home / "log")
        self._run("pg_ctl", "-D", str(self.data), "-l", log, "-w", "-t", "60", "-o", options, "start")

    def stop(self) -> None:
        """Stop the server, if it ran, and remove every trace of it."""
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", str(self.data), "-m", "immediate", "-w", "stop")
        shutil.rmtree(self.home, ignore_errors=True)
        (self.home.parent / f"{self.home.name}.lock").unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(programs() / program), *arguments]
        if self.owner:
            command = ["runuser", "-u", self.owner, "--", *command]
        done = subprocess.run(
            command, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True, check=False, timeout=120, env={**os.environ, "LC_ALL": "C"},
        )
        if done.returncode:
            log = self.home / "log"
            more = log.read_text(errors="replace") if log.exists() else ""
            raise ServerMissing(f"{program} failed: {done.stdout.strip()[-800:]} {more[-800:]}")


def choose_home() -> Path:
    """Return the folder of this session's server; the controller chooses, its workers inherit."""
    told = os.environ.get(HOME_VARIABLE)
    if told:
        return Path(told)
    # Short: the path of a Unix socket may have about a hundred characters.
    home = Path(tempfile.gettempdir()) / f"{PREFIX}{os.getpid()}"
    os.environ[HOME_VARIABLE] = str(home)
    return home


def sweep() -> None:
    """Stop and remove servers whose controlling process was killed."""
    for left in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        number = left.name.removeprefix(PREFIX)
        if left.is_dir() and number.isdigit() and not Path(f"/proc/{number}").exists():
            with contextlib.suppress(ServerMissing, OSError, subprocess.TimeoutExpired):
                Server(left).stop()
