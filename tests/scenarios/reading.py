"""Reads scenario tables: several YAML documents per file, one scenario each, one act per row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
ROW_KEYS = frozenset({
    "do", "task", "call", "limit", "message", "action", "by", "facts", "answers", "action_facts", "outcome",
    "items", "open", "decided", "ended", "acted",
})
WAITS = ("task", "call", "limit", "message", "action")


@dataclass(frozen=True, slots=True)
class Row:
    """One act and what stands open after it. ``expects`` holds only what the row says."""

    number: int
    do: str
    element: str | None
    by: str | None
    facts: Mapping[str, object]
    answers: Mapping[str, object]
    outcome: str | None
    items: Mapping[str, Sequence[str]]
    action_facts: Mapping[str, Mapping[str, object]]
    expects: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One readable table."""

    process: str
    title: str
    rows: tuple[Row, ...]

    @property
    def name(self) -> str:
        """How the scenario is called in reports."""
        return f"{self.process}: {self.title}"


def scenarios() -> list[Scenario]:
    """Every scenario that stands beside a shipped process."""
    found = []
    for file in sorted(ROOT.glob("bpmn/*/scenarios/*.yaml")):
        for document in yaml.safe_load_all(file.read_text(encoding="utf-8")):
            if "journey" not in document:
                found.append(_scenario(file, document))
    return found


def on_postgres(found: Sequence[Scenario]) -> list[Scenario]:
    """The few that are worth a second database: those with the most registers beside the run."""
    return [s for s in found if s.process in ("service_referral", "monitoring", "reintegration_plan")][::3]


def _scenario(file: Path, document: Mapping[str, Any]) -> Scenario:
    assert set(document) == {"process", "scenario", "rows"}, f"{file.name}: {sorted(document)}"
    assert document["process"] == file.parents[1].name, f"{file}: a table stands beside its process"
    return Scenario(document["process"], document["scenario"], tuple(_rows(file, document["rows"])))


def _rows(file: Path, rows: Sequence[Mapping[str, Any]]) -> Iterator[Row]:
    for number, row in enumerate(rows, start=1):
        unknown = set(row) - ROW_KEYS
        assert not unknown, f"{file}, row {number}: {sorted(unknown)}"
        yield Row(
            number, row["do"], next((row[key] for key in WAITS if key in row), None), row.get("by"),
            row.get("facts", {}), row.get("answers", {}), row.get("outcome"), row.get("items", {}),
            row.get("action_facts", {}), {key: row[key] for key in ("open", "decided", "ended", "acted") if key in row},
        )
