"""Fill a form the way a colleague would: what the story says, what is known, then short believable words."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from nrm.diagrams.forms import Field, Form
from nrm.entrypoints.demo.words import Words

Answers = dict[str, Any]
ROUNDS = 8
"""A question may appear once another is answered; forms nest far less deep than this."""
UNKNOWABLE = ("yes", "no", "unknown", "not_asked")


class Filler:
    """Fills forms for one invented person. Deterministic for the same ``rng``."""

    def __init__(self, rng: random.Random, words: Words, about: Mapping[str, str]) -> None:
        self.rng = rng
        self.words = words
        self.about = about

    def fill(self, form: Form, wishes: Mapping[str, Any], known: Mapping[str, Any], now: datetime) -> Answers:
        """Return answers the form accepts.

        Args:
            wishes: field key -> answer the story wants, None to leave it out; what is not asked is dropped.
            known: what the page was filled with already (prefill, what is known of the person).
            now: the instant of filling; days are counted from it.
        """
        answers: Answers = {}
        asked: set[str] = set()
        for _ in range(ROUNDS):
            shown = form.visible(answers)
            fresh = [key for key in form.fields if key in shown and key not in asked]
            if not fresh:
                break
            for key in fresh:
                asked.add(key)
                value = self._answer(form, form.fields[key], wishes, known, now)
                if value is not None:
                    answers[key] = value
        shown = form.visible(answers)
        return {key: value for key, value in answers.items() if key in shown}

    def _answer(
        self, form: Form, field: Field, wishes: Mapping[str, Any], known: Mapping[str, Any], now: datetime
    ) -> Any:
        for source in (wishes, known):
            if source.get(field.key) not in (None, "", []) and _fits(field, source[field.key]):
                return self._completed(form, field, source[field.key], now)
        if field.readonly or field.type == "filepicker" or wishes.get(field.key, "") is None:
            return None
        if field.type == "dynamiclist":
            return [self._row(form, field, now)] if field.required else None
        return self._value(form.id, field, now)

    def _completed(self, form: Form, field: Field, value: Any, now: datetime) -> Any:
        """Return what is given; of rows that came with the page, also what has to be answered in each."""
        if field.type != "dynamiclist":
            return value
        required = {key for key, one in field.answered().items() if one.required}
        return [
            {**{key: said for key, said in self._row(form, field, now).items() if key in required}, **row}
            for row in value
        ]

    def _row(self, form: Form, listed: Field, now: datetime) -> Answers:
        row = {
            key: self._value(form.id, field, now) for key, field in listed.answered().items() if not field.readonly
        }
        return {key: value for key, value in row.items() if value is not None}

    def _value(self, form_id: str, field: Field, now: datetime) -> Any:
        said = self.words.choice(form_id, field.key, self.rng)
        if field.type in ("radio", "select", "checklist", "taglist", "checkbox", "number"):
            return self._chosen(field, said)
        if field.type == "datetime":
            return self._moment(form_id, field, now)
        text = self.words.text(form_id, field.key, self.rng, self.about)
        if text is None and field.required:
            text = self.words.text("", "anything", self.rng, self.about)
        return text[: field.max_length] if text and field.max_length else text

    def _chosen(self, field: Field, said: Any) -> Any:
        if field.type == "checkbox":
            return True if said in (True, "yes") or (said is None and field.required) else None
        if field.type == "number":
            return said if isinstance(said, int | float) else int(field.minimum or 0) if field.required else None
        if field.source:
            return said if isinstance(said, str) else None
        values = [option.value for option in field.options]
        if field.type in ("checklist", "taglist"):
            wanted = [value for value in said or () if value in values]
            return wanted or (values[:1] if field.required else None)
        return said if said in values else self._first(values) if field.required else None

    @staticmethod
    def _first(values: list[str]) -> str | None:
        """What is taken where a question must be answered and nobody thought of it: no, else the first."""
        if set(UNKNOWABLE) <= set(values):
            return "no"
        return values[0] if values else None

    def _moment(self, form_id: str, field: Field, now: datetime) -> str | None:
        days = self.words.days(form_id, field.key)
        if days is None:
            if not field.required:
                return None
            days = 0
        at = now + timedelta(days=days) - (timedelta(minutes=20) if days <= 0 else timedelta())
        if field.subtype == "date":
            return at.date().isoformat()
        return at.strftime("%Y-%m-%dT%H:%M" if field.subtype == "datetime" else "%H:%M")


def _fits(field: Field, value: Any) -> bool:
    """Whether a wanted answer is one of the listed ones; stories outlive small changes of forms."""
    if field.type in ("radio", "select") and field.options:
        return value in field.values
    if field.type in ("checklist", "taglist") and field.options:
        return set(value) <= field.values
    return True
