"""``nrm verify``: the history in plain words."""

from __future__ import annotations

import click
from sqlalchemy import select

from nrm.records.tables.case import Case
from nrm.records.verify import verify
from nrm.vocabulary.actor import SYSTEM
from nrm.vocabulary.errors import NotFound
from nrm.wiring.system import System


def verify_installation(system: System, *, code: str | None, content: bool) -> int:
    """Verify one chain or all; prints a line per broken chain and a summary. Returns the exit code."""
    with system.database.reader(SYSTEM) as unit:
        chain = None
        if code is not None:
            chain = unit.conn.execute(select(Case.id).where(Case.code == code.strip().upper())).scalar()
            if chain is None:
                raise NotFound(f"There is no case with the code {code}.")
        results = verify(unit.conn, keys=system.keys if content else None, chain=chain)
        codes = {row.id: row.code for row in unit.conn.execute(select(Case.id, Case.code))}
    broken = [result for result in results if not result.ok]
    for result in broken:
        click.echo(f"{codes.get(result.chain, result.chain)}: {result.sentence}")
    entries = sum(result.entries for result in results)
    click.echo(
        f"{len(results)} chains, {entries} entries: " + (f"{len(broken)} altered." if broken else "intact.")
    )
    click.echo("Not shown by this: acts that were never recorded, and chains cut before a head was kept elsewhere.")
    return 1 if broken else 0
