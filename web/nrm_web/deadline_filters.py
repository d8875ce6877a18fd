"""The filters of the deadlines pages, as they stand in the address; what is not known is left out."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.queries.deadlines_board import AGES, STATES, BoardFilter
from nrm_web.addresses import asked

HIGHEST_RUNG = 9


def read_filter() -> BoardFilter:
    """Return the filter of this address."""
    told = asked("rung") or ""
    state, age = asked("state"), asked("age")
    return BoardFilter(
        state=state if state in STATES else STATES[0], agency=asked("agency"), district=asked("district"),
        time_limit=asked("time_limit"), age=age if age in AGES else None,
        rung=int(told) if told.isascii() and told.isdigit() and int(told) <= HIGHEST_RUNG else None,
    )


def in_address(wanted: BoardFilter) -> Mapping[str, object]:
    """Return a filter as the parts of an address; what is not asked stays away."""
    parts = {
        "agency": wanted.agency, "district": wanted.district, "time_limit": wanted.time_limit, "rung": wanted.rung,
        "age": wanted.age,
    }
    return {name: value for name, value in parts.items() if value is not None}
