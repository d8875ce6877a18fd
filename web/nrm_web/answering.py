"""Reading what pages post: answers of a form, the moment something happened, the lists a form offers."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time

from flask import request

from nrm.diagrams.forms import Form, Option
from nrm.diagrams.forms.model import everything
from nrm.vocabulary.actor import Actor
from nrm.vocabulary.errors import InvalidInput
from nrm.wiring.system import System
from nrm_web.words import Words

NOT_A_DAY = "Write a day and, if you know it, a time."


def posted_answers(form: Form) -> dict[str, object]:
    """Return the answers of this request for a form."""
    lists = request.form.lists()
    return form.from_post({name: values for name, values in lists if name != "csrf_token"})


def posted_version() -> int:
    """Return the version of a draft that the page was made from; 0, which is never one, where none was sent."""
    given = request.form.get("version", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else 0


def happened_at(words: Words) -> datetime | None:
    """Return when it happened, or None for now. Raises InvalidInput."""
    on, at = request.form.get("_happened_on", ""), request.form.get("_happened_time", "")
    if not on and not at:
        return None
    try:
        local = datetime.combine(date.fromisoformat(on), time.fromisoformat(at or "00:00"), words.zone)
    except ValueError:
        raise InvalidInput(fields={"_happened_on": [NOT_A_DAY]}) from None
    return local.astimezone(UTC)


def own_values() -> Mapping[str, str]:
    """Return what was typed into the page's own fields (those that begin with ``_``)."""
    return {name: value for name, value in request.form.items() if name.startswith("_")}


def offered(system: System, actor: Actor, form: Form) -> Form:
    """Return the form with the deployment's lists filled in: agencies, districts."""
    if not any(field.source for field in everything(form.components)):
        return form
    with system.database.reader(actor) as unit:
        agencies = system.agencies(unit)
    return form.with_lists({
        "agencies": [Option(agency.id, agency.name) for agency in agencies.active],
        "districts": [Option(code, name) for code, name in system.configuration.districts.items()],
    })

