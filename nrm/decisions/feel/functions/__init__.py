"""The functions that expressions may call: these and no others (DMN 1.5, clause 10.3.4)."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.decisions.feel.functions.booleans import BOOLEANS
from nrm.decisions.feel.functions.contexts import CONTEXTS
from nrm.decisions.feel.functions.conversions import CONVERSIONS
from nrm.decisions.feel.functions.dates import DATES
from nrm.decisions.feel.functions.lists import LISTS
from nrm.decisions.feel.functions.numbers import NUMBERS
from nrm.decisions.feel.functions.places import PLACES
from nrm.decisions.feel.functions.ranges import RANGES
from nrm.decisions.feel.functions.signatures import Form, Function
from nrm.decisions.feel.functions.statistics import STATISTICS
from nrm.decisions.feel.functions.strings import STRINGS

__all__ = ["FUNCTIONS", "SEVERAL_WORDS", "Form", "Function"]

FUNCTIONS: Mapping[str, Function] = {
    each.name: each
    for family in (
        BOOLEANS, CONTEXTS, CONVERSIONS, DATES, LISTS, NUMBERS, PLACES, RANGES, STATISTICS, STRINGS
    )
    for each in family
}
SEVERAL_WORDS = frozenset(name for name in FUNCTIONS if " " in name)
"""Names that the lexer reads as one name."""
