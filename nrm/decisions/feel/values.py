"""FEEL values: what stands for them in Python, and what equality, order and arithmetic mean on them.

Nothing here raises; null is ``None`` and stands for what cannot be.
"""

from nrm.decisions.feel.crossing import accepted, released
from nrm.decisions.feel.decimals import ARITHMETIC, Number, is_number, number_from_text, plain
from nrm.decisions.feel.kinds import FunctionValue, Interval, Parameter, Value, kind
from nrm.decisions.feel.literals import literal_from
from nrm.decisions.feel.operators import arithmetic, compared, equal, inside, negated, ordered
from nrm.decisions.feel.properties import property_of
from nrm.decisions.feel.temporal import Date, DateTime, DaysTime, Time, YearsMonths
from nrm.decisions.feel.texts import feel_text

__all__ = [
    "ARITHMETIC", "Date", "DateTime", "DaysTime", "FunctionValue", "Interval", "Number", "Parameter", "Time",
    "Value", "YearsMonths", "accepted", "arithmetic", "compared", "equal", "feel_text", "inside", "is_number",
    "kind", "literal_from", "negated", "number_from_text", "ordered", "plain", "property_of", "released",
]
