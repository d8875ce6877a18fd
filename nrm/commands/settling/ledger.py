"""The history entries of one act: the act itself and what followed from it, each under the rule that allowed it."""

from __future__ import annotations

from collections.abc import Mapping

from nrm.records.unit import Unit


class Ledger:
    """Appends to one chain (a case id, or ``installation``) and remembers the last number."""

    def __init__(self, unit: Unit, chain: str) -> None:
        self._unit = unit
        self._chain = chain
        self.last_seq = 0

    def enter(
        self, act: str, obj: str, *, outcome: str = "ok", rule: str | None = None, bundle: str | None = None,
        payload: Mapping[str, object] | None = None,
    ) -> int:
        """Append an entry and return its number. The payload is sealed under the chain's key; it may be None."""
        self.last_seq = self._unit.append(
            chain=self._chain, act=act, object=obj, outcome=outcome, rule=rule, bundle=bundle, payload=payload,
        )
        return self.last_seq
