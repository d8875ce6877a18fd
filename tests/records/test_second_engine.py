"""A process that opens a SQLite file twice keeps its locks: they are the process's, and go with any closed handle."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from nrm.records.connection import open_engine

VISIT = "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('SELECT * FROM said').fetchall(); c.close()"


@pytest.mark.parametrize("read_only", [False, True])
def test_who_else_opens_and_closes_the_file_does_not_take_it_for_abandoned(tmp_path: Path, read_only: bool) -> None:
    file = tmp_path / "nrm.db"
    engine = open_engine(f"sqlite:///{file}")
    with engine.connect() as conn:
        conn.exec_driver_sql("CREATE TABLE said (words TEXT)")
        conn.exec_driver_sql("INSERT INTO said VALUES ('invented')")
        conn.commit()
        again = open_engine(f"sqlite:///{file}", read_only=read_only)
        # The last one to close a file that nobody holds takes its journal away.
        subprocess.run([sys.executable, "-c", VISIT, str(file)], check=True)
        assert file.with_name("nrm.db-wal").exists()
        again.dispose()
    engine.dispose()


def test_a_new_file_is_its_owners_only_and_so_is_one_that_was_anybodys(tmp_path: Path) -> None:
    open_engine(f"sqlite:///{tmp_path / 'new.db'}").dispose()
    old = tmp_path / "old.db"
    old.touch(0o644)
    open_engine(f"sqlite:///{old}").dispose()
    assert [path.stat().st_mode & 0o777 for path in sorted(tmp_path.glob("*.db"))] == [0o600, 0o600]
