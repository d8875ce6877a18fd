"""A private PostgreSQL server that keeps its promises: fsync and synchronous_commit are on."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.postgres import Server

SETTINGS = {
    "listen_addresses": "''", "fsync": "on", "synchronous_commit": "on", "full_page_writes": "on",
    "shared_buffers": "512MB", "max_connections": "50", "timezone": "UTC", "log_min_messages": "error",
    "max_wal_size": "4GB",
}


class DurableServer(Server):
    """As the tests' server, on a Unix socket in a temporary folder, with nothing of durability left out."""

    def start(self) -> None:
        """Make the cluster and start it."""
        if self.owner:
            shutil.chown(self.home, self.owner)
        self._run("initdb", "-D", str(self.data), "-A", "trust", "-E", "UTF8", "--locale=C")
        settings = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        self._run("pg_ctl", "-D", str(self.data), "-l", str(self.home / "log"), "-w", "-t", "60",
                  "-o", f"-k {self.home} {settings}", "start")


@contextmanager
def server() -> Iterator[DurableServer]:
    """Start a server for one run; stop and remove it at the end, whatever happens."""
    home = Path(tempfile.mkdtemp(prefix="nrm-bench-pg-"))
    home.chmod(0o755)
    running = DurableServer(home)
    try:
        running.start()
        yield running
    finally:
        running.stop()
