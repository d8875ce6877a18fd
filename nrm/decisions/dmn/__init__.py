"""DMN: decision models read from XML, decided with reasons in words, checked before they are used."""

from nrm.decisions.dmn.check import check_table
from nrm.decisions.dmn.decided import Decided
from nrm.decisions.dmn.explaining import explained, recorded
from nrm.decisions.dmn.main import MainDecision
from nrm.decisions.dmn.model import Model
from nrm.decisions.dmn.reading import namespace_of, read_decisions, read_model
from nrm.decisions.dmn.tables import DecisionTable, InputColumn, OutputColumn, Rule, TableRefused

__all__ = [
    "Decided", "DecisionTable", "InputColumn", "MainDecision", "Model", "OutputColumn", "Rule", "TableRefused",
    "check_table", "explained", "namespace_of", "read_decisions", "read_model", "recorded",
]
