"""Run by the concurrency tests in processes of its own: adds to one case's version and history.

Arguments: address, key file, how many units, seconds of the fixed clock.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import update

from nrm.records.keys import KeyRing
from nrm.records.tables.case import Case
from nrm.records.unit import Database
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.clock import MovableClock


def main(url: str, key_file: str, units: int) -> None:
    """Read the version, add one, write it and an entry; as often as asked, never trying again."""
    database = Database(url, clock=MovableClock(datetime(2026, 3, 2, tzinfo=UTC)),
                        keys=KeyRing.read(Path(key_file)), durable=False)
    actor = Actor(user_id="u", agency_id="a", roles=frozenset())
    for _ in range(units):
        with database.unit(actor) as unit:
            version = unit.lock_case("case-N-0001").version
            unit.conn.execute(update(Case).where(Case.id == "case-N-0001").values(version=version + 1))
            unit.append(chain="case-N-0001", act="count", object="case", payload={"version": version + 1})
            unit.append(chain="installation", act="count", object="case")
    database.dispose()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
