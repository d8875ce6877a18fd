"""Words, dates and directions on pages: English is the source, ``config/wording`` has the translations."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from markupsafe import Markup

from nrm.deployment.wording import Wording
from nrm.vocabulary.phrases import Phrase, filled

NAMES = {"en": "English", "ro": "Română", "ar": "العربية"}
LOCALES = {"en": "en_GB"}
"""Days are written day first in English too."""
_KEY = re.compile(r"^limit:\w+(?: \([^)]*\))?\s*[;؛]?\s*")
"""The traceability key in front of a source: for engineers, not for a page."""
SENTENCE_ENDS = (".", "!", "?")
MOST_RETOLD = 5000
_LETTER = re.compile("[A-Za-z]")
ISOLATED, ISOLATED_END = "\u2068", "\u2069"
"""Around what may run in the other direction than the sentence that it stands in."""
_RETOLD: dict[tuple[int, str, str], str | None] = {}


@dataclass(frozen=True)
class Words:
    """One reader's language and time zone."""

    wording: Wording
    language: str
    zone: ZoneInfo

    def __call__(self, text: str, **values: object) -> str:
        """Return a text in the reader's language, with ``{names}`` filled in."""
        return filled(self.find(text) or text, {name: str(value) for name, value in values.items()})

    def find(self, text: str) -> str | None:
        """Return the translation, or None where there is none."""
        if self.language == "en":
            return text
        if isinstance(text, Phrase):
            return self._phrase(text)
        return self._known(text) or (self._retold(text) if text.endswith(SENTENCE_ENDS) else None)

    def _known(self, text: str) -> str | None:
        """A translation; code words stand in the wording with a capital."""
        known = self.wording.translations.get(self.language, {})
        found = known.get(text)
        if found or not text[:1].islower():
            return found
        found = known.get(text[:1].upper() + text[1:])
        return found[:1].lower() + found[1:] if found and found[1:2].islower() else found

    def _phrase(self, phrase: Phrase) -> str | None:
        """The translation of a phrase; None where there is none of its template, or of one inside it."""
        found = self._known(phrase.template)
        values = {name: self._value(value) for name, value in phrase.values.items()}
        if found is None or None in values.values():
            return None
        return filled(found, {name: value for name, value in values.items() if value is not None})

    def _value(self, value: str) -> str | None:
        """A value inside a phrase; one without translation is a name, a number or a code, and stays as it is."""
        found = self.find(value)
        if found is not None or isinstance(value, Phrase):
            return found
        return f"{ISOLATED}{value}{ISOLATED_END}" if self.direction == "rtl" and not value.isdecimal() else value

    def _retold(self, text: str) -> str | None:
        """A stored sentence has its values filled in already: find the template it was made from, and remember."""
        key = (id(self.wording), self.language, text)
        if key not in _RETOLD:
            if len(_RETOLD) >= MOST_RETOLD:
                _RETOLD.clear()
            retold = self.wording.retell(text, self.language)
            _RETOLD[key] = None if retold == text else retold
        return _RETOLD[key]

    def said(self, text: str) -> Markup:
        """Return a sentence; one that only exists in English is marked so, for eyes and screen readers."""
        found = self.find(text) if _LETTER.search(text) else text
        if found is None:
            return Markup('<span lang="en" dir="ltr">{}</span>').format(text)
        return Markup("{}").format(found)

    def source(self, text: str) -> Markup:
        """Return a limit's legal source without our own notation; ``[M]`` is a default a country may change."""
        plain = _KEY.sub("", text)
        default = plain.endswith("[M]")
        said = self._source(text, plain.removesuffix("[M]").strip())
        return Markup("{} ({})").format(said, self("a default, not read from a law")) if default else said

    def _source(self, text: str, plain: str) -> Markup:
        found = self.find(text)
        return Markup("{}").format(_KEY.sub("", found).removesuffix("[M]").strip()) if found else self.said(plain)

    @property
    def locale(self) -> Locale:
        """Return the reader's locale."""
        return Locale.parse(LOCALES.get(self.language, self.language))

    @property
    def direction(self) -> str:
        """Return ``ltr`` or ``rtl``."""
        return str(self.locale.text_direction)

    def local(self, at: datetime) -> datetime:
        """Return an instant in the reader's time zone."""
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(self.zone)

    def day(self, at: datetime | date | None) -> str:
        """Return a day with its month in letters, in every language: figures alone are read in two ways."""
        if at is None:
            return ""
        return str(format_date(self.local(at) if isinstance(at, datetime) else at, "d MMM y", locale=self.locale))

    def moment(self, at: datetime | None) -> str:
        """Return a day and a time of day."""
        if at is None:
            return ""
        return str(format_datetime(self.local(at), f"d MMM y'{self.comma.strip()}' HH:mm", locale=self.locale))

    def clock(self, at: datetime) -> str:
        """Return a time of day."""
        return str(format_time(self.local(at), "HH:mm", locale=self.locale))

    def due(self, at: datetime | None, now: datetime) -> str:
        """Return a due date in the reader's words: *today, 16:00*, *tomorrow*, or the day."""
        if at is None:
            return self("No time limit")
        local, today = self.local(at), self.local(now).date()
        names = {0: self("Today"), 1: self("Tomorrow"), -1: self("Yesterday")}
        name = names.get((local.date() - today).days)
        if name is not None:
            return f"{name}, {self.clock(at)}"
        pattern = "EEE d MMM" if local.year == today.year else "d MMM y"
        return str(format_date(local, pattern, locale=self.locale))

    def overdue(self, at: datetime, now: datetime) -> str:
        """Return how late something is, in days or hours."""
        hours = int((now - at).total_seconds() // 3600)
        if hours < 1:
            return self("Overdue")
        if hours < 48:
            return self("{count} h overdue", count=hours)
        return self("{count} days overdue", count=hours // 24)

    def listed(self, texts: Iterable[str]) -> str:
        """Return texts in a row, each in the reader's language."""
        return self.comma.join(self(text) for text in texts)

    @property
    def comma(self) -> str:
        """Return what stands between the parts of a list."""
        return "، " if self.language == "ar" else ", "
