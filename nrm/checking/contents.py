"""Rules on forms and decision tables: readable, complete, and setting only facts the dictionary knows."""

from __future__ import annotations

from collections.abc import Iterator

from nrm.checking.decision_tests import check_decision
from nrm.checking.subject import Subject
from nrm.diagrams.bundle import TESTS
from nrm.diagrams.forms import Field, Form
from nrm.diagrams.process import Kind
from nrm.vocabulary.errors import NrmError
from nrm.vocabulary.facts import FactType
from nrm.vocabulary.findings import Finding, Severity

_SETS = {"checkbox": ("boolean",), "number": ("integer",), "datetime": ("date",)}


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    for form_id in subject.forms:
        yield from _form(subject, form_id)
    for element in subject.process.of_kind(Kind.DECISION):
        table = element.decision.table if element.decision else ""
        if not table:
            yield subject.at("table_missing", element, f"“{element.title}” does not name its decision table.")
        elif table not in subject.bundle.table_ids:
            yield subject.at("table_unknown", element,
                             f"“{element.title}” uses the decision table “{table}”, which does not exist.")
    for element in subject.process.of_kind(Kind.USER_TASK):
        for table in element.task.advice if element.task else ():
            if table not in subject.bundle.table_ids:
                yield subject.at("advice_unknown", element, f"“{element.title}” shows advice of the decision table "
                                                            f"“{table}”, which does not exist.")
    for table in subject.process.advice:
        if table not in subject.bundle.table_ids:
            yield subject.on_process("advice_unknown", f"The process names the decision table “{table}” to be "
                                                       "consulted, which does not exist.")
    for table in subject.bundle.table_ids:
        yield from _table(subject, table)


def _form(subject: Subject, form_id: str) -> Iterator[Finding]:
    file = f"forms/{form_id}.json"
    form, problems = subject.forms[form_id]
    for problem in problems:
        yield Finding("form_invalid", Severity.STOP, f"Form “{form_id}”: {problem.sentence}",
                      problem.component or form_id, file, problem.line)
    if form is None:
        return
    if form.id != form_id:
        yield Finding("form_name", Severity.STOP, f"The form in the file “{form_id}” calls itself "
                                                  f"“{form.id}”.",
                      form_id, file)
    if form_id not in subject.process.forms and "opening" not in subject.process.starts:
        yield Finding("form_unused", Severity.WARNING, f"No task uses the form “{form_id}”.", form_id, file)
    if form.act and subject.known.acts is not None and form.act not in subject.known.acts:
        yield Finding("act_unknown", Severity.STOP,
                      f"The form “{form_id}” asks for the act “{form.act}”, which does not exist.",
                      form_id, file)
    yield from _facts(subject, form, file)


def _facts(subject: Subject, form: Form, file: str) -> Iterator[Finding]:
    for name, fields in form.facts.items():
        for field in fields:
            fact = subject.dictionary.get(name)
            sentence = _misfit(field, fact) if fact else (
                f"The question “{field.label or field.key}” sets the fact “{name}”, "
                "which the dictionary does not know.")
            if sentence:
                code = "fact_mismatch" if fact else "fact_unknown"
                yield Finding(code, Severity.STOP, f"Form “{form.id}”: {sentence}", field.key, file)


def _misfit(field: Field, fact: FactType) -> str | None:
    """Why the question's answers are not values of the fact."""
    title = field.label or field.key
    allowed = _SETS.get(field.type)
    if allowed:
        if field.type == "datetime" and field.subtype != "date":
            return f"The question “{title}” asks for a time; only a date can be a fact."
        if field.type == "number" and field.decimals != 0:
            return f"The question “{title}” sets a fact and must ask for a whole number (decimalDigits 0)."
        return None if fact.type in allowed else f"The answer to “{title}” is not of the type {fact.type}."
    values = ("yes", "no", "true", "false") if fact.type == "boolean" else fact.values
    strange = sorted(field.values - set(values))
    if strange:
        listed = ", ".join(strange)
        return f"The question “{title}” offers answers that the fact “{fact.name}” does not have: {listed}."
    return None


def _table(subject: Subject, table_id: str) -> Iterator[Finding]:
    file = f"tables/{table_id}.dmn"
    data = subject.bundle.files[file]
    tests = subject.bundle.files.get(f"tables/{table_id}{TESTS}")
    yield from check_decision(
        table_id, data, tests, f"tables/{table_id}", subject.facts, imported=subject.bundle.imports,
    )
    try:
        found = subject.bundle.decision(table_id).id
    except NrmError:
        return
    if found != table_id:
        yield Finding("table_name", Severity.STOP,
                      f"The decision table in the file “{table_id}” calls itself “{found}”.", table_id, file)
    if table_id not in subject.process.tables:
        yield Finding("table_unused", Severity.WARNING, "No step uses the decision table "
                                                        f"“{table_id}”.", table_id, file)
