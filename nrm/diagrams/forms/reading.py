"""form-js JSON into a form: an allow-list of components; all else is refused with the component's name."""

from __future__ import annotations

import hashlib
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from nrm.diagrams.forms import model
from nrm.diagrams.forms.form import Form
from nrm.diagrams.forms.model import Field, Option
from nrm.diagrams.forms.patterns import pattern_problem
from nrm.diagrams.forms.visibility import parsed
from nrm.vocabulary.categories import Category
from nrm.vocabulary.errors import DocumentRefused, NrmError

SCHEMA_VERSION = 19
MAX_BYTES = 500_000
MAX_COMPONENTS = 500
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,63}")
_ID = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,79}")
_FORM_PROPERTIES = frozenset({"nrm:category", "nrm:title", "nrm:act", "nrm:guidance", "nrm:help", "trace"})
_FIELD_PROPERTIES = frozenset({"nrm:element", "nrm:category", "nrm:fact", "nrm:help", "trace"})
_FACT_TYPES = frozenset({"radio", "select", "checkbox", "number", "datetime"})
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FormProblem:
    """What is wrong with a form: a sentence, the component, and the line where it was found."""

    sentence: str
    component: str | None = None
    line: int | None = None


def read_form_uncached(data: bytes) -> Form:
    """Read a form. Raises DocumentRefused with the first thing that is wrong."""
    form, problems = inspect_form(data)
    if problems or form is None:
        raise DocumentRefused(problems[0].sentence, line=problems[0].line)
    return form


def inspect_form(data: bytes) -> tuple[Form | None, tuple[FormProblem, ...]]:
    """The form, as far as it can be read, and everything that is wrong with it."""
    reader = _Reader(data)
    form = reader.form()
    return form, tuple(reader.problems)


@dataclass(slots=True)
class _Reader:
    data: bytes
    problems: list[FormProblem] = field(default_factory=list)
    ids: set[str] = field(default_factory=set)

    def form(self) -> Form | None:
        schema = self._json()
        if schema is None:
            return None
        properties = self._properties(schema, None, _FORM_PROPERTIES)
        form_id = _text(schema, "id")
        if not _ID.fullmatch(form_id):
            self._say("The form has no usable id.", None)
        version = schema.get("schemaVersion", SCHEMA_VERSION)
        if not isinstance(version, int) or not 1 <= version <= SCHEMA_VERSION:
            self._say(f"The form is written for another version of form-js than {SCHEMA_VERSION}.", None)
        category = self._category(properties, Category.PROCESS, None)
        components = self._components(schema.get("components", []), category, in_row=False, depth=0)
        return Form(
            id=form_id, title=properties.get("nrm:title", "") or form_id, category=category,
            act=properties.get("nrm:act", ""), trace=properties.get("trace", ""),
            guidance=properties.get("nrm:guidance", ""), help=properties.get("nrm:help", ""),
            digest=hashlib.sha256(self.data).hexdigest(), components=components,
        )

    def _json(self) -> Json | None:
        if len(self.data) > MAX_BYTES:
            self._say(f"The form is larger than {MAX_BYTES} bytes.", None)
            return None
        try:
            found = json.loads(self.data.decode("utf-8"), parse_constant=_no_constant)
        except json.JSONDecodeError as wrong:
            self.problems.append(FormProblem("The form is not well-formed JSON.", None, wrong.lineno))
            return None
        except (ValueError, RecursionError):
            self._say("The form is not well-formed JSON.", None)
            return None
        if not isinstance(found, dict) or found.get("type", "default") != "default":
            self._say("The file is not a form.", None)
            return None
        return found

    def _components(self, raw: object, category: Category, *, in_row: bool, depth: int) -> tuple[Field, ...]:
        if not isinstance(raw, list) or depth > 6:
            self._say("The components of the form are not a list, or are nested too deeply.", None)
            return ()
        made = [self._component(c, category, in_row=in_row, depth=depth) for c in raw]
        fields = tuple(f for f in made if f is not None)
        if depth == 0 or in_row:
            self._unique_keys(fields)
        return fields

    def _unique_keys(self, fields: tuple[Field, ...]) -> None:
        flat: list[str] = []
        stack = list(fields)
        while stack:
            found = stack.pop()
            if found.type == "group":
                stack += found.fields
            elif found.key:
                flat.append(found.key)
        for key in sorted({k for k in flat if flat.count(k) > 1}):
            self._say(f"Two questions have the same key “{key}”.", key)

    def _component(self, raw: object, category: Category, *, in_row: bool, depth: int) -> Field | None:
        if not isinstance(raw, dict):
            self._say("A component of the form is not an object.", None)
            return None
        kind, name = _text(raw, "type"), _text(raw, "key") or _text(raw, "path") or _text(raw, "id")
        if kind not in model.ALLOWED:
            self._say(f"The component “{name}” is of the type “{kind}”, which may not be used.", name)
            return None
        component_id = _text(raw, "id") or name
        if component_id in self.ids or not component_id or len(self.ids) >= MAX_COMPONENTS:
            sentence = f"The component id “{component_id}” is missing or used twice, or there are too many."
            self._say(sentence, name)
        self.ids.add(component_id)
        properties = self._properties(raw, name, _FIELD_PROPERTIES)
        category = self._category(properties, category, name)
        key = self._key(raw, kind, name)
        inside = self._inside(raw, kind, category, in_row=in_row, depth=depth)
        return self._field(raw, kind, component_id, key, category, properties, inside, in_row=in_row)

    def _key(self, raw: Json, kind: str, name: str) -> str:
        if kind == "group" and _text(raw, "path"):
            self._say(f"The group “{name}” has a path; only lists may have one.", name)
        if kind not in model.ANSWERED:
            return ""
        key = _text(raw, "path" if kind == "dynamiclist" else "key")
        if not _KEY.fullmatch(key) or key == "typename":  # defect:D11
            self._say(f"The question “{name}” needs a key of letters, digits and _.", name)
        return key

    def _inside(self, raw: Json, kind: str, category: Category, *, in_row: bool,
                depth: int) -> tuple[Field, ...]:
        if kind not in ("group", "dynamiclist"):
            return ()
        if kind == "dynamiclist" and in_row:
            self._say("A list may not contain another list.", _text(raw, "id"))
            return ()
        row = in_row or kind == "dynamiclist"
        return self._components(raw.get("components", []), category, in_row=row, depth=depth + 1)

    def _field(self, raw: Json, kind: str, component_id: str, key: str, category: Category,
               properties: Mapping[str, str], inside: tuple[Field, ...], *, in_row: bool) -> Field:
        name = key or component_id
        rules = _object(raw, "validate")
        fact = properties.get("nrm:fact", "")
        if fact and (in_row or kind not in _FACT_TYPES):
            self._say(f"The question “{name}” may not set a fact: facts come from single choices, dates, "
                      "whole numbers and ticks outside lists.", name)
        look = _object(raw, "appearance")
        return Field(
            key=key, type=kind, id=component_id, category=category, fields=inside, fact=fact,
            label=_text(raw, "label") or _text(raw, "dateLabel") or _text(raw, "timeLabel"),
            help=properties.get("nrm:help", "") or _text(raw, "description"), text=_text(raw, "text"),
            required=rules.get("required") is True, options=self._options(raw, kind, name),
            source=_text(raw, "valuesKey"), element=properties.get("nrm:element", ""),
            condition=self._condition(raw, name),
            minimum=self._number(rules, "min", name), maximum=self._number(rules, "max", name),
            min_length=self._count(rules, "minLength", name),
            max_length=self._count(rules, "maxLength", name),
            pattern=self._pattern(rules, name), decimals=self._count(raw, "decimalDigits", name),
            subtype=self._subtype(raw, kind, name), multiple=raw.get("multiple") is True,
            prefix=_text(look, "prefixAdorner"), suffix=_text(look, "suffixAdorner"),
            readonly=raw.get("readonly") is True or raw.get("disabled") is True,
            default=raw.get("defaultValue"),
        )

    def _options(self, raw: Json, kind: str, name: str) -> tuple[Option, ...]:
        if kind not in model.CHOICES | model.SEVERAL:
            return ()
        if raw.get("valuesKey") in model.SOURCES and not raw.get("valuesExpression"):
            return ()
        if raw.get("valuesKey") or raw.get("valuesExpression"):
            lists = ", ".join(sorted(model.SOURCES))
            self._say(f"The answers of “{name}” must be listed in the form, or come from: {lists}.", name)
        values = raw.get("values")
        options = [Option(_text(v, "value"), _text(v, "label") or _text(v, "value"))
                   for v in (values if isinstance(values, list) else []) if isinstance(v, dict)]
        if not options or not all(o.value for o in options) or len({o.value for o in options}) < len(options):
            self._say(f"The question “{name}” needs a list of different answers, each with a value.", name)
        return tuple(options)

    def _condition(self, raw: Json, name: str) -> str:
        conditional = _object(raw, "conditional")
        text = _text(conditional, "hide").strip()
        if set(conditional) - {"hide"} or (text and not text.startswith("=")):
            self._say(f"The condition of “{name}” is not of the form “hide: =…”.", name)
            return ""
        if not text:
            return ""
        try:
            parsed(text[1:].strip())
        except NrmError as wrong:
            self._say(f"The condition of “{name}” cannot be read: {wrong.sentence}", name)
            return ""
        return text[1:].strip()

    def _number(self, rules: Json, word: str, name: str) -> float | None:
        found = rules.get(word)
        if found is None or found == "":
            return None
        if isinstance(found, bool) or not isinstance(found, int | float) or not math.isfinite(found):
            self._say(f"“{word}” of the question “{name}” is not a number.", name)
            return None
        return found

    def _count(self, rules: Json, word: str, name: str) -> int | None:
        found = self._number(rules, word, name)
        if found is not None and (found < 0 or found != int(found)):
            self._say(f"“{word}” of the question “{name}” is not a whole number.", name)
            return None
        return None if found is None else int(found)

    def _pattern(self, rules: Json, name: str) -> str:
        text = _text(rules, "pattern")
        problem = pattern_problem(text) if text else None
        if problem:
            self._say(f"The question “{name}”: {problem}", name)
            return ""
        return text

    def _subtype(self, raw: Json, kind: str, name: str) -> str:
        found = _text(raw, "subtype") or "date"
        if kind == "datetime" and found not in ("date", "time", "datetime"):
            self._say(f"The question “{name}” must ask for a date, a time or both.", name)
            return "date"
        return found

    def _properties(self, raw: Json, name: str | None, known: frozenset[str]) -> Mapping[str, str]:
        found = {str(k): str(v) for k, v in _object(raw, "properties").items()}
        for word in sorted(found):
            if word.startswith("nrm:") and word not in known:
                self._say(f"“{word}” is not a property that is known here.", name)
        return found

    def _category(self, properties: Mapping[str, str], default: Category, name: str | None) -> Category:
        word = properties.get("nrm:category", "")
        try:
            return Category(word) if word else default
        except ValueError:
            self._say(f"“{word}” is not a data category.", name)
            return default

    def _say(self, sentence: str, component: str | None) -> None:
        at = self.data.find(f'"{component}"'.encode()) if component else -1
        line = self.data.count(b"\n", 0, at) + 1 if at >= 0 else None
        self.problems.append(FormProblem(sentence, component, line))


def _text(raw: Json, word: str) -> str:
    found = raw.get(word)
    return found if isinstance(found, str) else ""


def _object(raw: Json, word: str) -> Json:
    found = raw.get(word)
    return found if isinstance(found, dict) else {}


def _no_constant(word: str) -> object:
    raise ValueError(word)
