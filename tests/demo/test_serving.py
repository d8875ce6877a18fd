"""``nrm serve`` says in a sentence why it cannot, and a demo leaves real installations alone."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from nrm.deployment.settings import Settings
from nrm.entrypoints.demo.running import demo_settings, run_demo
from nrm.entrypoints.installing import make_keys
from nrm.entrypoints.server import how_many, serve_with_gunicorn
from nrm.records import schema
from nrm.vocabulary.errors import ConfigurationRefused


def test_a_database_without_schema_is_refused_with_what_to_do(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    make_keys(settings)
    with pytest.raises(ConfigurationRefused, match="nrm db upgrade"):
        serve_with_gunicorn(settings, host="127.0.0.1", port=0)


def test_a_port_that_is_taken_is_refused_before_anything_starts(tmp_path: Path) -> None:
    settings = Settings.read(tmp_path, {})
    make_keys(settings)
    schema.upgrade(settings.database_url)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(ConfigurationRefused, match="--port"):
            serve_with_gunicorn(settings, host="127.0.0.1", port=taken.getsockname()[1])


def test_sqlite_is_served_by_two_processes(tmp_path: Path) -> None:
    assert how_many(Settings.read(tmp_path, {})) == 2


def test_a_demo_is_not_made_over_a_real_installation(tmp_path: Path) -> None:
    (tmp_path / "real.key").write_text("x", "utf-8")
    (tmp_path / "real.key").chmod(0o600)
    (tmp_path / "settings.yaml").write_text(
        "mode: production\nkek_file: real.key\nsecret_file: real.key\n", "utf-8",
    )
    with pytest.raises(ConfigurationRefused, match="real installation"):
        demo_settings(tmp_path)


def test_running_it_again_keeps_the_demo_and_fresh_makes_a_new_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*, fresh: bool) -> str:
        run_demo(tmp_path / "site", port=0, cases=1, serve=False, seed=1, fresh=fresh)
        return " ".join(capsys.readouterr().out.split())  # a narrow console breaks lines anywhere

    assert "1 cases" in run(fresh=False)
    stamp = (tmp_path / "site" / "nrm.db").stat().st_ino
    again = run(fresh=False)
    assert "is there already" in again
    assert "invented-ana" in again
    assert (tmp_path / "site" / "nrm.db").stat().st_ino == stamp
    assert "1 cases" in run(fresh=True)
