"""DMN decision tables: read from XML, decided on facts with reasons in words, checked before they are
used.
"""

from nrm.decisions.dmn.check import check_table
from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.model import DecisionTable, InputColumn, OutputColumn, Rule, TableRefused
from nrm.decisions.dmn.reading import read_decisions

__all__ = [
    "Decided", "DecisionTable", "InputColumn", "OutputColumn", "Rule", "TableRefused", "check_table",
    "read_decisions",
]
