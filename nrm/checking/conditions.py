"""Rules on choices: conditions are FEEL over known facts, sit where they are read, and forget no case."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import islice, product

from nrm.checking.subject import Subject
from nrm.decisions.feel import Expression, parse_expression
from nrm.decisions.feel.checks import check_types
from nrm.diagrams.bundle import Bundle
from nrm.diagrams.process import Element, Flow, Kind
from nrm.vocabulary.errors import NrmError
from nrm.vocabulary.facts import FactType
from nrm.vocabulary.findings import Finding, Severity

Case = tuple[dict[str, object], list[Flow]]
"""Values of the facts that are read, and the flows whose condition holds for them."""
_MOST_CASES = 4000
_CHOICES = (Kind.EXCLUSIVE, Kind.INCLUSIVE)


def check(subject: Subject) -> Iterator[Finding]:
    """All rules of this group."""
    for flow in subject.process.flows:
        if flow.condition is not None:
            yield from _condition(subject, flow)
    for gateway in subject.process.of_kind(*_CHOICES):
        if len(subject.process.outgoing(gateway.id)) > 1:
            yield from _gateway(subject, gateway)
    if subject.process.start_when:
        for problem in _problems(subject, subject.process.start_when):
            yield subject.on_process("condition_wrong", "The condition for starting the process: "
                                                        f"{problem[1]}")


@lru_cache(maxsize=2048)
def parsed(text: str) -> Expression | None:
    """The condition, or None where it cannot be read."""
    try:
        return parse_expression(text)
    except NrmError:
        return None


def _condition(subject: Subject, flow: Flow) -> Iterator[Finding]:
    source = subject.process.element(flow.source)
    title = _title(subject, flow)
    if source and source.kind not in _CHOICES:
        yield subject.at("condition_ignored", flow,
                         f"{title} has a condition, but leaves “{source.title}”, where nobody would read it; "
                         "conditions belong on the arrows of a choice.")
    if flow.language and "feel" not in flow.language.lower():
        yield subject.at("condition_language", flow, f"{title} has a condition in another language than "
                                                     "FEEL.")
    if not flow.condition:
        yield subject.at("condition_empty", flow, f"{title} has an empty condition.")
        return
    for code, sentence, severity in _problems(subject, flow.condition):
        find = subject.at if severity is Severity.STOP else subject.look
        yield find(code, flow, f"{title}: {sentence}")
    yield from _unset(subject, flow, title)


def _problems(subject: Subject, text: str) -> Iterator[tuple[str, str, Severity]]:
    try:
        expression = parse_expression(text)
    except NrmError as wrong:
        yield "condition_unreadable", wrong.sentence, Severity.STOP
        return
    for problem in check_types(expression, subject.facts, expects="boolean"):
        code = "fact_unknown" if problem.code == "unknown_name" else "condition_wrong"
        yield code, problem.sentence, problem.severity


def _unset(subject: Subject, flow: Flow, title: str) -> Iterator[Finding]:
    expression = parsed(flow.condition or "")
    for name in sorted(expression.names if expression else ()):
        fact = subject.facts.get(name)
        if fact is None or fact.initial is not None:
            continue
        before = subject.leading_to(flow.source)
        if not any(name in facts_set_by(subject, subject.process.by_id[e]) for e in before):
            yield subject.look("fact_may_be_unset", flow,
                               f"{title} reads “{name}”, which has no initial value and is set by no step "
                               "before it; "
                               "the run would stop here and ask a coordinator.")


def facts_set_by(subject: Subject, element: Element) -> frozenset[str]:
    """Names of the facts that completing the element may set."""
    if element.task:
        form = subject.form(element.task.form)
        return frozenset(form.facts) if form else frozenset()
    if element.calls:
        given = element.call.facts_out if element.call else ()
        return frozenset({f"{element.id}_outcome", *given})
    if element.decision:
        return table_outputs(subject.bundle, element.decision.table)
    return frozenset()


def table_outputs(bundle: Bundle, table_id: str) -> frozenset[str]:
    """Names of the facts a decision table sets; none where it cannot be read."""
    try:
        return frozenset(output.name for output in bundle.decision(table_id).outputs)
    except NrmError:
        return frozenset()


def _gateway(subject: Subject, gateway: Element) -> Iterator[Finding]:
    flows = subject.process.outgoing(gateway.id)
    bare = [f for f in flows if not f.condition and f.id != gateway.default]
    for flow in bare:
        yield subject.at("condition_missing", flow, f"{_title(subject, flow)} leaves the choice "
                                                    f"“{gateway.title}” "
                                                    "with neither a condition nor as the default.")
    for flow in flows:
        if flow.condition and flow.id == gateway.default:
            yield subject.look("condition_on_default", flow,
                               f"{_title(subject, flow)} is the default of “{gateway.title}”; its "
                               "condition is not read.")
    if bare or any(f.condition and parsed(f.condition) is None for f in flows):
        return
    cases = listed_cases(subject, [f for f in flows if f.condition and f.id != gateway.default])
    if gateway.default is None:
        yield from _exhaustive(subject, gateway, cases, flows)
    if gateway.kind is Kind.EXCLUSIVE and cases:
        yield from _overlap(subject, gateway, cases)


def _exhaustive(subject: Subject, gateway: Element, cases: list[Case] | None,
                flows: tuple[Flow, ...]) -> Iterator[Finding]:
    if cases is None:
        yield subject.at("no_default", gateway,
                         f"The choice “{gateway.title}” has no default arrow, and its {len(flows)} "
                         "conditions may "
                         "all fail; the run would stop.")
        return
    missed = next((case for case, taken in cases if not taken), None)
    if missed is not None:
        yield subject.at("no_default", gateway,
                         f"The choice “{gateway.title}” has no way for {_words(missed)}; add a default "
                         "arrow.")


def _overlap(subject: Subject, gateway: Element, cases: list[Case]) -> Iterator[Finding]:
    both = next((found for found in cases if len(found[1]) > 1), None)
    if both:
        names = " and ".join(f"“{f.name or f.id}”" for f in both[1][:2])
        yield subject.look("ways_overlap", gateway,
                           f"At the choice “{gateway.title}” both {names} hold for {_words(both[0])}; "
                           "only the first is taken.")


def listed_cases(subject: Subject, flows: list[Flow]) -> list[Case] | None:
    """Every case of finitely many, with the flows whose condition holds; None where they cannot be listed."""
    expressions = [(flow, parsed(flow.condition or "")) for flow in flows]
    names = sorted({name for _, e in expressions if e for name in e.names})
    values = [_values(subject.facts.get(name)) for name in names]
    if not all(values):
        return None
    combinations = list(islice(product(*values), _MOST_CASES + 1))
    if len(combinations) > _MOST_CASES:
        return None
    found: list[Case] = []
    for combination in combinations:
        case = dict(zip(names, combination, strict=True))
        found.append((case, [flow for flow, e in expressions if e and e.evaluate(case).value is True]))
    return found


def _values(fact: FactType | None) -> tuple[object, ...]:
    if fact is None:
        return ()
    return (True, False) if fact.type == "boolean" else fact.values


def _words(case: dict[str, object]) -> str:
    shown = {True: "true", False: "false"}
    return " and ".join(f"{name} = {shown.get(value, value) if isinstance(value, bool) else value}"
                        for name, value in case.items())


def _title(subject: Subject, flow: Flow) -> str:
    source, target = subject.process.element(flow.source), subject.process.element(flow.target)
    origin = source.title if source else flow.source
    if flow.name:
        return f"The answer “{flow.name}” of “{origin}”"
    return f"The arrow from “{origin}” to “{target.title if target else flow.target}”"
