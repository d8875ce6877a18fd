"""A form: its questions, what a submission must hold, and what it yields."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from nrm.diagrams.forms import checking, json_schema, posting, splitting, visibility
from nrm.diagrams.forms.messages import CHECK_ANSWERS
from nrm.diagrams.forms.model import Field, Option, Validated, answered, everything
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import InvalidInput
from nrm.vocabulary.facts import Dictionary


@dataclass(frozen=True)
class Form:
    """One form version; ``digest`` is the SHA-256 (hex) of its bytes.

    ``act`` names the command that runs when it is completed; ``guidance`` is a wording key shown beside it.
    """

    id: str
    title: str
    category: Category
    act: str
    trace: str
    guidance: str
    help: str
    digest: str
    components: tuple[Field, ...]

    @cached_property
    def fields(self) -> Mapping[str, Field]:
        """Key -> answered field of the top level (groups opened; rows stay inside their list)."""
        return answered(self.components)

    @cached_property
    def _level(self) -> checking.Level:
        return checking.Level.of(self.components)

    @cached_property
    def facts(self) -> Mapping[str, tuple[Field, ...]]:
        """Fact name -> the fields that set it."""
        names = dict.fromkeys(f.fact for f in self.fields.values() if f.fact)
        return {name: tuple(f for f in self.fields.values() if f.fact == name) for name in names}

    @cached_property
    def categories(self) -> frozenset[Category]:
        """The data categories of the questions, lists opened."""
        return frozenset(f.category for f in everything(self.components) if f.key)

    def elements(self) -> dict[str, str]:
        """Dictionary element (``person.given_name``) -> field key, for prefilling; the first field wins."""
        found: dict[str, str] = {}
        for key, field in self.fields.items():
            if field.element:
                found.setdefault(field.element, key)
        return found

    @property
    def file_fields(self) -> tuple[Field, ...]:
        """The questions that files answer."""
        return tuple(field for field in self.fields.values() if field.type == "filepicker")

    def validate(self, answers: Mapping[str, object], *, draft: bool = False,
                 dictionary: Dictionary | None = None) -> Validated:
        """Check a submission: shapes, options, lengths, what must be answered; hidden answers are dropped.

        A draft keeps what was typed even where it is unfinished or hidden, but still refuses unknown keys
        and wrong shapes. With a ``dictionary`` facts have their exact type.
        Raises InvalidInput with ``fields``: key path (``lines[0].need``) -> sentences.
        """
        checked = checking.check(self._level, answers, draft=draft)
        if checked.errors:
            raise InvalidInput(CHECK_ANSWERS, fields=checked.errors)
        facts = {} if draft else splitting.facts(self.fields, checked.answers, dictionary)
        parts = splitting.by_category(self.fields, checked.answers)
        return Validated(answers=checked.answers, hidden=checked.hidden, facts=facts, by_category=parts)

    def visible(self, answers: Mapping[str, object]) -> frozenset[str]:
        """What is asked, given the answers: key paths, and ids of texts and groups that are shown."""
        clean = checking.check(self._level, answers, draft=True).answers
        return visibility.visible_paths(self.components, clean)

    def with_lists(self, lists: Mapping[str, Sequence[Option]]) -> Form:
        """The same form with the deployment's lists (``agencies``, ``districts``) filled in as options."""
        return replace(self, components=_filled(self.components, lists))

    def from_post(self, posted: Mapping[str, Sequence[str]]) -> dict[str, object]:
        """The answers of an HTML form post; names that begin with ``_`` are the page's own and left out."""
        return posting.answers(self.fields, posted)

    def merge(self, parts: Mapping[Category, Mapping[str, object]]) -> dict[str, object]:
        """Put the answers of several categories together again (the inverse of ``by_category``)."""
        return splitting.merged(self.fields, parts)

    def json_schema(self) -> dict[str, object]:
        """The form as JSON Schema 2020-12, with ``x-nrm-*`` keys for what JSON Schema cannot say."""
        return json_schema.schema_of(self.id, self.title, self.components)


def _filled(components: tuple[Field, ...], lists: Mapping[str, Sequence[Option]]) -> tuple[Field, ...]:
    return tuple(
        replace(f, fields=_filled(f.fields, lists), options=tuple(lists.get(f.source, ())) or f.options)
        if f.fields or f.source else f for f in components
    )
