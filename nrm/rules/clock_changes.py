"""Which changes of a clock may be asked for, by what it is and how it stands."""

from __future__ import annotations

from nrm.vocabulary.clock_words import Change


def hindrance(change: Change, *, is_safety: bool, is_event: bool, stands_still: bool) -> tuple[str, str] | None:
    """Say why a change of a live clock is not possible, as a code and a sentence; None where it is."""
    if change is Change.EXTEND and is_safety:
        return "never_extended", "A safety limit is not given more time."
    if change is Change.WAIVE and is_event:
        return "never_waived", "The process waits for this clock: correct its start instead."
    if change in (Change.RESTART, Change.CORRECT_START) and stands_still:
        return "clock_paused", "This clock stands still: let it go on first."
    return None
