"""What somebody with all rights on the database would do first."""

from __future__ import annotations

from sqlalchemy import Connection


def unguard(conn: Connection) -> None:
    """Drop every trigger that refuses a change."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("DROP FUNCTION nrm_refuse() CASCADE")
        return
    for (name,) in conn.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").all():
        conn.exec_driver_sql(f'DROP TRIGGER "{name}"')
