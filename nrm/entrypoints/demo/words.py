"""The words people of the demo write into forms: a small bank, by field key (``answers.yaml``)."""

from __future__ import annotations

import random
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml


class _Open(dict[str, str]):
    """Placeholders nobody gave stay out of the sentence instead of failing the demo."""

    def __missing__(self, key: str) -> str:
        return "…"


class Words:
    """A bank with three parts: ``texts`` (sentences), ``choices`` (options), ``days`` (dates from today).

    Keys are field keys, or ``form.field`` where one form wants its own.
    """

    def __init__(self, bank: Mapping[str, Mapping[str, Any]]) -> None:
        self._texts, self._choices, self._days = bank["texts"], bank["choices"], bank["days"]

    def text(self, form_id: str, key: str, rng: random.Random, about: Mapping[str, str]) -> str | None:
        """Return a sentence for a field, with the person's circumstances filled in; None where there is none."""
        found = self._of(self._texts, form_id, key)
        if not found:
            return None
        return str(rng.choice(found)).format_map(_Open(about))

    def choice(self, form_id: str, key: str, rng: random.Random) -> Any:
        """Return an option, a number or a list of options; a list of lists is chosen from."""
        found = self._of(self._choices, form_id, key)
        if isinstance(found, dict):
            return rng.choice(found["one_of"])
        return found

    def days(self, form_id: str, key: str) -> int | None:
        """Return how many days from today a date lies; None for a date nobody enters."""
        found = self._of(self._days, form_id, key)
        return None if found is None else int(found)

    @staticmethod
    def _of(part: Mapping[str, Any], form_id: str, key: str) -> Any:
        return part.get(f"{form_id}.{key}", part.get(key))


@cache
def bank() -> Words:
    """Return the shipped bank."""
    text = files("nrm.entrypoints.demo").joinpath("answers.yaml").read_text("utf-8")
    return Words(yaml.safe_load(text))
