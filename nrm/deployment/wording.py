"""Words on screen: translations, words that are never shown, and guidance beside forms."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from nrm.deployment.reading import Item, read
from nrm.rules.words import MONTHS, WEEKDAYS

SOURCE_LANGUAGE = "en"
_DATE_WORDS = re.compile(rf"\b({'|'.join((*WEEKDAYS, *MONTHS))})\b")


@dataclass(frozen=True, slots=True)
class Banned:
    """A word that is never shown, and what to say instead."""

    word: str
    instead: str


@dataclass(frozen=True, slots=True)
class Guidance:
    """Help beside a form: a title, an introduction, column heads and rows of cells."""

    title: str
    intro: str
    columns: tuple[str, ...]
    rows: tuple[tuple[tuple[str, ...], ...], ...]
    """Each row has one cell per column; each cell is a list of short sentences."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Everything in ``config/wording``."""

    translations: Mapping[str, Mapping[str, str]]
    banned: Mapping[str, tuple[Banned, ...]]
    guidance: Mapping[str, Mapping[str, Guidance]]
    """Key, then language."""
    templates: Mapping[str, tuple[tuple[re.Pattern[str], str], ...]] = field(
        default_factory=lambda: MappingProxyType({}))
    """Of each language, the translations that hold {names}, with the English sentence as a pattern."""

    def translate(self, text: str, language: str) -> str:
        """Return the text in a language, or the English source where there is no translation."""
        return self.translations.get(language, {}).get(text, text)

    def retell(self, sentence: str, language: str) -> str:
        """Translate a sentence that was stored in English with its names, numbers and dates filled in.

        *Why this date* and *why with me* are kept so. What stands for a ``{name}`` is kept, with
        weekdays, months and known words translated.
        """
        known = self.translations.get(language, {})
        if sentence in known:
            return known[sentence]
        for pattern, target in self.templates.get(language, ()):
            found = pattern.fullmatch(sentence)
            if found is not None:
                return target.format(**{k: _filling(v, known) for k, v in found.groupdict().items()})
        return sentence

    def guide(self, key: str, language: str) -> Guidance | None:
        """Return a guidance in a language, else in English, else None."""
        versions = self.guidance.get(key, {})
        return versions.get(language) or versions.get(SOURCE_LANGUAGE)

    def banned_in(self, text: str, language: str) -> tuple[Banned, ...]:
        """List the banned words that stand in a text, as whole words and their endings."""
        folded = text.casefold()
        return tuple(b for b in self.banned.get(language, ()) if _stands_in(b.word.casefold(), folded))


def _filling(text: str, known: Mapping[str, str]) -> str:
    """Translate what fills a {name}: the whole where it is known, else its weekdays and months."""
    if text in known:
        return known[text]
    return _DATE_WORDS.sub(lambda word: known.get(word[0], word[0]), text)


def _template(source: str) -> re.Pattern[str]:
    """Turn an English sentence with {names} into a pattern of its fillings; a name said twice is filled the same."""
    pattern, seen = "", set[str]()
    for n, part in enumerate(re.split(r"\{(\w+)\}", source)):
        name = f"(?P={part})" if part in seen else f"(?P<{part}>.+?)"
        pattern += name if n % 2 else re.escape(part)
        seen |= {part} if n % 2 else set()
    return re.compile(pattern)


def _retold(source: str) -> bool:
    """Whether sentences are found by the text: it has {names}, and is no part of a sentence that fits anything."""
    return "{" in source and (not source.startswith("{") or source.endswith((".", "!", "?")))


def _names(source: str) -> tuple[int, int]:
    """Sort key: the fewest {names} first, then the longest, so that the closest template is found."""
    return source.count("{"), -len(source)


def _stands_in(word: str, text: str) -> bool:
    """Whether a word (a trailing ``*`` allows endings) stands in a text; Arabic prefixes are allowed."""
    stem = re.escape(word.rstrip("*"))
    ending = r"\w*" if word.endswith("*") else ""
    prefix = r"(?:و|ف|ب|ل|ك)?(?:ال)?" if re.match(r"[\u0600-\u06ff]", word) else ""
    return re.search(rf"(?<!\w){prefix}{stem}{ending}(?!\w)", text) is not None


def read_wording(folder: Path, languages: frozenset[str]) -> Wording:
    """Read ``wording/``: one file per language, ``banned.yaml`` and ``guidance.yaml``."""
    translations = {
        language: _translations(read(folder / f"{language}.yaml"))
        for language in sorted(languages - {SOURCE_LANGUAGE})
    }
    banned = {
        key.one_of(languages, "language"): tuple(Banned(w.word(), i.word()) for w, i in value.entries())
        for key, value in read(folder / "banned.yaml").entries()
    }
    guidance = {
        key.code(): MappingProxyType({
            lang.one_of(languages, "language"): _guidance(one) for lang, one in value.entries()})
        for key, value in read(folder / "guidance.yaml").entries()
    }
    templates = {
        language: tuple((_template(text), known[text]) for text in sorted(known, key=_names) if _retold(text))
        for language, known in translations.items()
    }
    return Wording(MappingProxyType(translations), MappingProxyType(banned), MappingProxyType(guidance),
                   MappingProxyType(templates))


def _translations(item: Item) -> Mapping[str, str]:
    """Read English to translation; the same names must be filled in on both sides."""
    made: dict[str, str] = {}
    for key, value in item.entries():
        if value.empty:
            continue
        source, target = key.word(), value.word()
        if sorted(re.findall(r"\{(\w*)\}", source)) != sorted(re.findall(r"\{(\w*)\}", target)):
            value.refuse("the translation must hold the same {names} as the English text")
        if "{" in source and re.search(r"[{}]", re.sub(r"\{\w+\}", "", target)):
            value.refuse("braces in a translation are for {names} only")
        made[source] = target
    return MappingProxyType(made)


def _guidance(item: Item) -> Guidance:
    fields = item.fields("title intro columns rows")
    columns = fields.words("columns")
    rows = []
    for row in fields["rows"].items():
        cells = row.items()
        if len(cells) != len(columns):
            row.refuse(f"a row has {len(columns)} cells, one per column")
        rows.append(tuple(tuple(text.word() for text in cell.items()) for cell in cells))
    return Guidance(fields["title"].word(), fields["intro"].word(), columns, tuple(rows))
