"""Changes of what a bundle holds beside its diagram: limits, ladders, forms, decision tables, facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from nrm.decisions.dmn import MainDecision, Rule
from nrm.decisions.dmn.proving import DecisionTest, ProvingRefused, read_tests
from nrm.diagrams.bundle import Bundle, Settings
from nrm.diagrams.change import Change, ChangeKind, becomes
from nrm.diagrams.forms import Field, Form, read_form
from nrm.vocabulary.facts import Dictionary, FactType, fact_to_json

_UNITS = {"working_days": "working day", "calendar_days": "calendar day", "hours": "hour"}


def length_words(limit: Mapping[str, object]) -> str:
    """``5 working days``."""
    unit = str(limit.get("unit", ""))
    word = _UNITS.get(unit, unit)
    return f"{limit.get('length')} {word}{'' if limit.get('length') == 1 else 's'}"


def limits(old: Settings, new: Settings) -> Iterator[Change]:
    """Changes of time limits, length and legal source first."""
    for key in sorted({*old, *new}):
        before, after = old.get(key), new.get(key)
        what = f"Time limit {key}"
        if before is None or after is None:
            one = length_words(before) if before else ""
            other = length_words(after) if after else ""
            yield from becomes(ChangeKind.LIMIT_LENGTH, key, "limits", what, one, other)
            continue
        yield from becomes(ChangeKind.LIMIT_LENGTH, key, "limits", what,
                           length_words(before), length_words(after))
        yield from becomes(ChangeKind.LIMIT_SOURCE, key, "limits", f"{what}, legal source",
                           before.get("source"), after.get("source"))
        rest = [word for word in {**before, **after} if word not in ("length", "unit", "source")]
        for word in rest:
            yield from becomes(ChangeKind.LIMIT, key, "limits", f"{what}, {word.replace('_', ' ')}",
                               before.get(word), after.get(word))


def ladders(old: Settings, new: Settings) -> Iterator[Change]:
    """Changes of ladders, rung by rung."""
    for key in sorted({*old, *new}):
        before, after = old.get(key, {}), new.get(key, {})
        if not before or not after:
            what, title = f"Ladder {key}", str((before or after).get("title", key))
            yield from becomes(ChangeKind.LADDER, key, "ladders", what,
                               title if before else "", title if after else "")
            continue
        one, other = _rungs(before), _rungs(after)
        for number in range(max(len(one), len(other))):
            rung = [rungs[number] if number < len(rungs) else "" for rungs in (one, other)]
            yield from becomes(ChangeKind.LADDER, key, "ladders", f"Ladder {key}, rung {number + 1}", *rung)
        for word in {**before, **after}:
            if word != "rungs":
                yield from becomes(ChangeKind.LADDER, key, "ladders", f"Ladder {key}, {word}",
                                   before.get(word), after.get(word))


def _rungs(ladder: Mapping[str, object]) -> list[str]:
    rungs = ladder.get("rungs")
    return [_rung(r) for r in rungs if isinstance(r, Mapping)] if isinstance(rungs, list) else []


def _rung(rung: Mapping[str, object]) -> str:
    tell = rung.get("tell")
    told = ", ".join(str(t).removeprefix("role:") for t in tell) if isinstance(tell, list) else str(tell)
    when = {"half": "at half time", "breach": "when missed"}.get(str(rung.get("when")), "")
    return f"{when or length_words(rung) + ' after'} tell {told}"


def forms(form_id: str, old: bytes | None, new: bytes | None) -> Iterator[Change]:
    """Changes of one form, question by question."""
    where = f"form {form_id}"
    if old == new:
        return
    if old is None or new is None:
        title = read_form(old or new or b"").title
        what = f"Form {form_id}"
        yield from becomes(ChangeKind.FORM, form_id, where, what, title if old else "", title if new else "")
        return
    before, after = read_form(old), read_form(new)
    for word, one, other in (("title", before.title, after.title), ("act", before.act, after.act),
                             ("category", before.category.value, after.category.value)):
        yield from becomes(ChangeKind.FORM, form_id, where, f"Form {form_id}, {word}", one, other)
    earlier, later = _questions(before), _questions(after)
    for key in dict.fromkeys([*later, *earlier]):
        yield from _question(form_id, where, key, earlier.get(key), later.get(key))


def _questions(form: Form) -> dict[str, Field]:
    found: dict[str, Field] = {}
    for key, field in form.fields.items():
        found[key] = field
        found.update({f"{key}[].{inner}": f for inner, f in field.answered().items()} if field.fields else {})
    return found


def _question(form_id: str, where: str, key: str, old: Field | None, new: Field | None) -> Iterator[Change]:
    field = new or old
    assert field is not None
    what = f"Form {form_id}, question “{field.label or key}”"
    if old is None or new is None:
        word, kind = ("is removed", ChangeKind.REMOVED) if new is None else ("is new", ChangeKind.ADDED)
        label = field.label or key
        yield Change(kind, key, where, label if old else "", label if new else "", f"{what} {word}")
        return
    pairs = [("wording", old.label, new.label), ("help", old.help, new.help), ("kind", old.type, new.type),
             ("must be answered", old.required, new.required), ("answers", _options(old), _options(new)),
             ("hidden when", old.condition, new.condition), ("sets the fact", old.fact, new.fact),
             ("data category", old.category.value, new.category.value), ("element", old.element, new.element),
             ("smallest", old.minimum, new.minimum), ("largest", old.maximum, new.maximum),
             ("fewest characters", old.min_length, new.min_length),
             ("most characters", old.max_length, new.max_length), ("pattern", old.pattern, new.pattern)]
    for word, one, other in pairs:
        yield from becomes(ChangeKind.FORM_FIELD, key, where, f"{what}, {word}", one, other)


def _options(field: Field) -> tuple[str, ...]:
    return tuple(o.label if o.label == o.value else f"{o.label} ({o.value})" for o in field.options)


def tables(table_id: str, old: Bundle, new: Bundle) -> Iterator[Change]:
    """Changes of one decision table, cell by cell; rules are matched by id, else by their place."""
    where = f"table {table_id}"
    one, other = (bundle.files.get(f"tables/{table_id}.dmn") for bundle in (old, new))
    if one == other:
        return
    if one is None or other is None:
        what = f"Decision table {table_id}"
        name = (old if one else new).decision(table_id).name
        yield from becomes(ChangeKind.TABLE, table_id, where, what, name if one else "", name if other else "")
        return
    before, after = old.decision(table_id), new.decision(table_id)
    what = f"Decision table {table_id}"
    yield from becomes(ChangeKind.TABLE, table_id, where, f"{what}, name", before.name, after.name)
    yield from becomes(ChangeKind.TABLE, table_id, where, f"{what}, hit policy",
                       before.hit_policy, after.hit_policy)
    yield from becomes(ChangeKind.TABLE, table_id, where, f"{what}, what is asked",
                       _asked(before), _asked(after))
    yield from becomes(ChangeKind.TABLE, table_id, where, f"{what}, what is decided",
                       tuple(o.name for o in before.outputs), tuple(o.name for o in after.outputs))
    yield from _rules(where, what, before, after)


def table_tests(table_id: str, old: bytes | None, new: bytes | None) -> Iterator[Change]:
    """Changes of the tests of one decision table, test by test: a second person must see which were taken out."""
    if old == new:
        return
    before, after = _tests_by_name(old), _tests_by_name(new)
    for name in dict.fromkeys([*after, *before]):
        if before.get(name) == after.get(name):
            continue
        word = "is new" if name not in before else "is removed" if name not in after else "is changed"
        sentence = f"Decision table {table_id}, test “{name}” {word}"
        yield Change(ChangeKind.TABLE, table_id, f"table {table_id}", name if name in before else "",
                     name if name in after else "", sentence)


def _tests_by_name(data: bytes | None) -> dict[str, DecisionTest]:
    """Return the tests of a file; none of one that cannot be read, which is a finding of its own."""
    try:
        return {test.name: test for test in read_tests(data)} if data else {}
    except ProvingRefused:
        return {}


def _asked(table: MainDecision) -> tuple[str, ...]:
    return tuple(column.expression.text for column in table.inputs)


def _rules(where: str, what: str, old: MainDecision, new: MainDecision) -> Iterator[Change]:
    earlier = {rule.id: rule for rule in old.rules}
    later = {rule.id: rule for rule in new.rules}
    for rule in old.rules:
        if rule.id not in later:
            cells = _cells(rule)
            yield Change(ChangeKind.TABLE, rule.id, where, cells, "", f"{what}, rule {rule.number} is "
                                                                      f"removed: {cells}")
    for rule in new.rules:
        was = earlier.get(rule.id)
        if was is None:
            cells = _cells(rule)
            yield Change(ChangeKind.TABLE, rule.id, where, "", cells, f"{what}, rule {rule.number} is new: "
                                                                      f"{cells}")
        else:
            yield from _rule(where, f"{what}, rule {rule.number}", was, rule, new)
    order = [r.id for r in old.rules if r.id in later], [r.id for r in new.rules if r.id in earlier]
    if order[0] != order[1]:
        sentence = f"{what}: the rules stand in another order"
        yield Change(ChangeKind.TABLE, where.removeprefix("table "), where, "", "", sentence)


def _rule(where: str, what: str, old: Rule, new: Rule, table: MainDecision) -> Iterator[Change]:
    heads = [c.label for c in table.inputs] + [c.label or c.name for c in table.outputs]
    for head, one, other in zip(heads, _texts(old), _texts(new), strict=False):
        yield from becomes(ChangeKind.TABLE, new.id, where, f"{what}, {head}",
                           one or "anything", other or "anything")
    yield from becomes(ChangeKind.TABLE, new.id, where, f"{what}, note", old.note, new.note)


def _texts(rule: Rule) -> list[str]:
    asked = ["" if t.any_value else t.text.strip() for t in rule.tests]
    return asked + [e.text.strip() for e in rule.outputs]


def _cells(rule: Rule) -> str:
    return " | ".join(text or "anything" for text in _texts(rule))


def facts(old: Dictionary, new: Dictionary) -> Iterator[Change]:
    """Changes of the dictionary of facts."""
    for name in dict.fromkeys([*new, *old]):
        before, after = old.get(name), new.get(name)
        what = f"Fact {name}"
        if before is None or after is None:
            yield from becomes(ChangeKind.FACT, name, "dictionary", what,
                               before.type if before else "", after.type if after else "")
            continue
        for word, one, other in _fact_pairs(before, after):
            yield from becomes(ChangeKind.FACT, name, "dictionary", f"{what}, {word}", one, other)


def _fact_pairs(old: FactType, new: FactType) -> Iterator[tuple[str, object, object]]:
    yield "type", old.type, new.type
    yield "values", old.values, new.values
    yield "scope", old.scope, new.scope
    yield "initial value", fact_to_json(old.initial), fact_to_json(new.initial)
    yield "sensitivity", old.sensitivity, new.sensitivity
    yield "label", old.title(), new.title()
