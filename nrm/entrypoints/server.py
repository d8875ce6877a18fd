"""Serving with gunicorn: pages and API; for a demo also the ticker, in one process group that ends together."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from flask import Flask
from gunicorn.app.base import BaseApplication
from gunicorn.glogging import Logger

from nrm.commands.note_configuration import note_configuration
from nrm.deployment.safe_start import require_safe
from nrm.deployment.settings import LogFormat, Settings
from nrm.entrypoints.logs import Lines, keep_words_out, write_lines
from nrm.entrypoints.worker import tick_until
from nrm.records import schema
from nrm.vocabulary.errors import ConfigurationRefused
from nrm.wiring.system import build_system

ON_SQLITE = 2
"""SQLite has one writer at a time: more processes would only wait."""
MOST = 9
THREADS = 4
ENDING_S = 3


def serve_with_gunicorn(settings: Settings, *, host: str, port: int, workers: int = 0) -> None:
    """Serve an installation until told to stop.

    Args:
        workers: processes; 0 chooses: 2 on SQLite, else two per processor and one.

    Raises:
        ConfigurationRefused: the database is not up to date, or the port is taken.
        UnsafeStart: production, and not safe for real people as it stands.
    """
    processes = workers or how_many(settings)
    require_safe(settings, os.environ, processes=processes)
    keep_words_out()
    schema.check(settings.database_url)
    _require_free(host, port)
    write_lines(settings.log_format)
    _Served(settings, {
        "bind": f"{host}:{port}", "workers": processes, "worker_class": "gthread",
        "threads": THREADS, "loglevel": "warning", "graceful_timeout": ENDING_S, "timeout": 60,
        "control_socket_disable": True, "proc_name": "nrm", "logger_class": written_like_ours(settings.log_format),
    }).run()


def written_like_ours(form: LogFormat) -> type[Logger]:
    """Return the class of gunicorn's log, its lines written like ours."""

    class Written(Logger):  # type: ignore[misc]
        error_fmt, datefmt = "", None

        def setup(self, cfg: object) -> None:
            super().setup(cfg)
            for handler in self.error_log.handlers:
                handler.setFormatter(Lines(form))

    return Written


def serve_with_ticker(settings: Settings, *, host: str, port: int) -> None:
    """Serve a demo and let its clocks tick; both end with Ctrl-C. Raises ConfigurationRefused."""
    schema.check(settings.database_url)
    _require_free(host, port)
    with _ticker(settings):
        serve_with_gunicorn(settings, host=host, port=port, workers=ON_SQLITE)


def how_many(settings: Settings) -> int:
    """Return how many processes to serve with."""
    return ON_SQLITE if settings.on_sqlite else min(2 * (os.cpu_count() or 1) + 1, MOST)


def make_served_app(settings: Settings) -> Flask:
    """Return the application with, in a demo, the demo's own pages."""
    from nrm.entrypoints.wsgi import make_app

    system = build_system(settings)
    note_configuration(system)
    app = make_app(system)
    if settings.is_demo and "demo" not in app.blueprints:
        from nrm.entrypoints.demo.pages import make_demo_pages

        app.register_blueprint(make_demo_pages(system))
    return app


class _Served(BaseApplication):  # type: ignore[misc]
    """Gunicorn with our settings; each worker process builds its own application after the fork."""

    def __init__(self, settings: Settings, options: Mapping[str, object]) -> None:
        self._settings = settings
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        return make_served_app(self._settings)


@contextmanager
def _ticker(settings: Settings) -> Iterator[None]:
    """Run the ticker as a child that ends with us, however we end: it reads a pipe only we hold."""
    parent = os.getpid()
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "nrm.entrypoints.server", str(settings.dir)], stdin=subprocess.PIPE,
    )
    try:
        yield
    finally:
        # Gunicorn's workers are forks that leave through here too: the child is not theirs to end.
        if os.getpid() == parent:
            child.terminate()
            try:
                child.wait(ENDING_S)
            except subprocess.TimeoutExpired:
                child.kill()


def tick_until_the_parent_ends(directory: Path) -> None:
    """Tick until standard input ends or we are told to stop; Ctrl-C is the parent's to handle."""
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, on_signal)

    def watch() -> None:
        # Not sys.stdin: a thread that holds its lock would be in the way of the interpreter's end.
        while os.read(0, 1024):
            pass
        stop.set()

    threading.Thread(target=watch, daemon=True).start()
    tick_until(stop, build_system(Settings.read(directory, os.environ)))


def _require_free(host: str, port: int) -> None:
    """Refuse a port that somebody listens on, before anything is started."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise ConfigurationRefused(
                f"port {port} on {host} cannot be used ({error.strerror}); choose another with --port", file="server",
            ) from None


if __name__ == "__main__":
    tick_until_the_parent_ends(Path(sys.argv[1]))
