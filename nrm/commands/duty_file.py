"""Rosters as a file: one line for each turn, with local times, out and in again."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select

from nrm.commands.duty import Turn, add_duties
from nrm.documents.sheets import as_csv
from nrm.queries.duty import DutyLine
from nrm.records.tables.account import User
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.phrases import Phrase
from nrm.wiring.system import System

COLUMNS = ("role", "district", "login", "from", "to")
LARGEST = 500_000
_MOMENT = "%Y-%m-%d %H:%M"


def turns_as_csv(system: System, actor: Actor, lines: Iterable[DutyLine], zone: ZoneInfo) -> str:
    """Return turns as CSV with a first line of names; an empty district is the whole country."""
    lines = list(lines)
    with system.database.reader(actor) as unit:
        rows = unit.conn.execute(select(User.id, User.login).where(User.id.in_({line.user_id for line in lines})))
        logins = {row.id: row.login for row in rows}
    return as_csv([COLUMNS, *(
        (line.role, line.district or "", logins.get(line.user_id, ""), *(
            at.astimezone(zone).strftime(_MOMENT) for at in (line.from_at, line.to_at)
        )) for line in lines
    )])


def import_duties(system: System, actor: Actor, *, data: bytes, zone: ZoneInfo) -> int:
    """Put the turns of a file on their rosters, all or none; returns how many came. Raises InvalidInput, NotAllowed."""
    rows = _rows(data)
    with system.database.reader(actor) as unit:
        wanted = {row["login"].strip().lower() for row in rows}
        ids = {row.login: row.id for row in unit.conn.execute(
            select(User.id, User.login).where(User.login.in_(wanted))
        )}
    return add_duties(system, actor, [
        Turn(
            row["role"].strip(), row["district"].strip() or None, ids.get(row["login"].strip().lower(), ""),
            _moment(row["from"], zone, place), _moment(row["to"], zone, place),
        )
        for place, row in enumerate(rows, start=1)
    ])


def _rows(data: bytes) -> list[dict[str, str]]:
    if len(data) > LARGEST:
        raise _wrong("The file is too large.")
    try:
        rows = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True))
    except (UnicodeDecodeError, csv.Error):
        raise _wrong("This is no CSV file in UTF-8.") from None
    if not rows or any(row.get(name) is None for row in rows for name in COLUMNS):
        raise _wrong("The file needs the columns role, district, login, from and to, and at least one line.")
    return rows


def _moment(text: str, zone: ZoneInfo, place: int) -> datetime:
    try:
        return datetime.strptime(text.strip(), _MOMENT).replace(tzinfo=zone)
    except ValueError:
        raise _wrong(Phrase("Turn {number}: {sentence}", number=place,
                            sentence="Write a day and a time such as 2026-03-02 17:00.")) from None


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput(fields={"file": [sentence]})
