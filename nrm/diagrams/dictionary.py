"""``dictionary.yaml``: the facts that diagrams, tables and forms may read; refused with the wrong line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from types import MappingProxyType
from typing import cast, get_args

import yaml

from nrm.vocabulary.errors import ConfigurationRefused
from nrm.vocabulary.facts import (
    FACT_KINDS,
    Dictionary,
    FactKind,
    FactScope,
    FactType,
    FactValue,
    Sensitivity,
    fact_value,
)

MAX_BYTES = 500_000
# The C loader is ten times faster and just as safe; not every wheel has it.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_NAME = re.compile(r"[a-z][a-z0-9_]{0,63}")
_KEYS = frozenset({"type", "values", "scope", "initial", "sensitivity", "set_by", "label", "doc", "trace"})
# SpiffWorkflow's serializer reads this key of any mapping as a class name (defect:D11).
_RESERVED = frozenset({"typename", "true", "false", "null", "and", "or", "not", "in", "if", "then", "else"})


@lru_cache(maxsize=16)
def read_dictionary(data: bytes, *, file: str = "dictionary.yaml") -> Dictionary:
    """Name -> :class:`FactType` of a dictionary file, in file order.

    All bundles of one time share the same file: it is read once per bytes. Scalars are taken as
    written, so that ``values: [yes, no]`` are the words and not booleans.
    Raises ConfigurationRefused with file and line.
    """
    root = _compose(data, file)
    if root is None:
        return MappingProxyType({})
    facts: dict[str, FactType] = {}
    for key, name, node in _entries(root, file):
        if not _NAME.fullmatch(name) or name in _RESERVED:
            raise _refused(f"“{name}” is not a usable name; use small letters, digits and _.", key, file)
        if name in facts:
            raise _refused(f"The fact “{name}” is described twice.", key, file)
        facts[name] = _Entry(name, node, file).fact()
    return MappingProxyType(facts)


class _Entry:
    """One fact's mapping node, read key by key."""

    def __init__(self, name: str, node: yaml.Node, file: str) -> None:
        self.name, self.file, self.node = name, file, node
        self.parts: dict[str, yaml.Node] = {}
        for key, word, value in _entries(node, file):
            if word not in _KEYS:
                raise _refused(f"“{word}” is not a setting of the fact “{name}”.", key, file)
            self.parts[word] = value

    def fact(self) -> FactType:
        kind = self._one_of("type", FACT_KINDS, None)
        values = self._values()
        if (kind == "enum") != bool(values):
            raise self._wrong("type", f"The fact “{self.name}” needs values exactly if its type is enum.")
        fact = FactType(
            name=self.name, type=cast("FactKind", kind), values=values,
            scope=cast("FactScope", self._one_of("scope", get_args(FactScope), "case")),
            sensitivity=cast("Sensitivity", self._one_of("sensitivity", get_args(Sensitivity), "ordinary")),
            label=self._label(), doc=self._text("doc"),
        )
        initial = self._initial(fact)
        return fact if initial is None else _with_initial(fact, initial)

    def _text(self, word: str) -> str:
        node = self.parts.get(word)
        if node is None or _is_null(node):
            return ""
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(word, f"“{word}” of the fact “{self.name}” must be one value.")
        return str(node.value)

    def _one_of(self, word: str, allowed: tuple[str, ...], default: str | None) -> str:
        found = self._text(word) or default
        if found not in allowed:
            sentence = f"“{word}” of the fact “{self.name}” must be one of: {', '.join(allowed)}."
            raise self._wrong(word, sentence)
        return found

    def _values(self) -> tuple[str, ...]:
        node = self.parts.get("values")
        if node is None:
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [None]
        words = all(isinstance(item, yaml.ScalarNode) for item in items)
        if not words:
            raise self._wrong("values", f"“values” of the fact “{self.name}” must be a list of words.")
        values = tuple(str(v.value) for v in node.value)
        if len(set(values)) != len(values) or not all(values):
            raise self._wrong("values", f"The values of the fact “{self.name}” must be different words.")
        return values

    def _label(self) -> Mapping[str, str]:
        node = self.parts.get("label")
        if node is None:
            return {}
        if isinstance(node, yaml.ScalarNode):
            return {"en": str(node.value)}
        return {lang: str(text.value) for _, lang, text in _entries(node, self.file)}

    def _initial(self, fact: FactType) -> FactValue | None:
        try:
            return fact_value(fact, self._text("initial"))
        except ValueError as wrong:
            raise self._wrong("initial", str(wrong)) from None

    def _wrong(self, word: str, sentence: str) -> ConfigurationRefused:
        return _refused(sentence, self.parts.get(word, self.node), self.file)


def _with_initial(fact: FactType, initial: FactValue) -> FactType:
    return FactType(name=fact.name, type=fact.type, values=fact.values, scope=fact.scope, initial=initial,
                    sensitivity=fact.sensitivity, label=fact.label, doc=fact.doc)


def _compose(data: bytes, file: str) -> yaml.Node | None:
    if len(data) > MAX_BYTES:
        raise ConfigurationRefused(f"The file is larger than {MAX_BYTES} bytes.", file=file)
    try:
        return yaml.compose(data.decode("utf-8"), Loader=_LOADER)
    except UnicodeDecodeError:
        raise ConfigurationRefused("The file is not UTF-8 text.", file=file) from None
    except yaml.MarkedYAMLError as wrong:
        mark = wrong.problem_mark
        line = None if mark is None else mark.line + 1
        raise ConfigurationRefused("The file is not well-formed YAML.", file=file, line=line) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise ConfigurationRefused("The file is not well-formed YAML.", file=file) from None


def _entries(node: yaml.Node, file: str) -> Iterator[tuple[yaml.Node, str, yaml.Node]]:
    if not isinstance(node, yaml.MappingNode):
        raise _refused("A list of “name: value” was expected here.", node, file)
    for key, value in node.value:
        if not isinstance(key, yaml.ScalarNode):
            raise _refused("A plain word was expected as name.", key, file)
        yield key, str(key.value), value


def _is_null(node: yaml.Node) -> bool:
    return bool(node.tag == "tag:yaml.org,2002:null")


def _refused(sentence: str, node: yaml.Node, file: str) -> ConfigurationRefused:
    return ConfigurationRefused(sentence, file=file, line=int(node.start_mark.line) + 1)
