"""``nrm health``: how the work of the workers stands, for a terminal or a monitoring program."""

from __future__ import annotations

import json
from dataclasses import asdict

import click

from nrm.queries.work_health import SENTENCES, work_counts
from nrm.vocabulary.actor import SYSTEM
from nrm.wiring.system import System


def tell_work(system: System, *, as_json: bool) -> int:
    """Print the numbers and what must not stay so. Returns the exit code: 1 where there is an alarm."""
    counts = work_counts(system, SYSTEM)
    if as_json:
        click.echo(json.dumps(asdict(counts)))
    else:
        for name, number in asdict(counts).items():
            if name != "alarms":
                click.echo(f"{name:20}{number}")
        for alarm in counts.alarms:
            click.echo(SENTENCES[alarm])
    return 1 if counts.alarms else 0
