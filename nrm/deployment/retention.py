"""``config/retention.yaml``: how long each kind of data is kept, and what remains of an erased case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrm.deployment.reading import Item
from nrm.rules.retention import KeepingRule

CASE_FILE = "case_file"


@dataclass(frozen=True, slots=True)
class Retention:
    """The rules of keeping and erasing."""

    kept: Mapping[str, KeepingRule]
    facts: tuple[str, ...]
    """Names of the facts that remain of an erased case."""
    smallest_cell: int
    """A value that fewer cases share does not remain."""
    backup_days: int

    @property
    def case_file(self) -> KeepingRule:
        """The rule for cases."""
        return self.kept[CASE_FILE]


def read_retention(item: Item) -> Retention:
    """Read ``retention.yaml``; one without a rule for cases is refused."""
    fields = item.fields("kept statistics backups")
    kept: dict[str, KeepingRule] = {}
    for key, value in fields["kept"].entries():
        rule = value.fields("years source", "until_age")
        age = rule.get("until_age")
        kept[key.code()] = KeepingRule(
            rule["years"].integer(), None if age is None else age.integer(1), rule["source"].word(),
        )
    if CASE_FILE not in kept:
        fields["kept"].refuse(f"the rule {CASE_FILE!r} is missing")
    statistics = fields["statistics"].fields("facts smallest_cell")
    return Retention(
        MappingProxyType(kept), tuple(name.code() for name in statistics["facts"].items()),
        statistics["smallest_cell"].integer(2), fields["backups"].fields("days")["days"].integer(1),
    )
