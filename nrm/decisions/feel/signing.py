"""Checks of function definitions and calls: counts, names and kinds of the arguments."""

from __future__ import annotations

from nrm.decisions.feel import syntax as s
from nrm.decisions.feel.checker import Checker, infers
from nrm.decisions.feel.comparisons import target
from nrm.decisions.feel.errors import suggestion
from nrm.decisions.feel.functions import FUNCTIONS, Form, Function
from nrm.decisions.feel.functions.signatures import domain_takes, domain_words
from nrm.decisions.feel.knowledge import ANYTHING, Known

_WHOLE = frozenset({"count", "string length"})


@infers(s.FunctionOf)
def _function(checker: Checker, node: s.FunctionOf) -> Known:
    if node.external:
        checker.add("external_function", "Functions outside FEEL are never run; write this one in FEEL.", node)
        return Known("function", always=True)
    names: dict[str, Known] = {}
    for each in node.parameters:
        of = checker.type(each.type) if each.type else None
        if each.type and of is None:
            checker.add("unknown_type", f'There is no type "{each.type}".', each)
        names[each.name] = Known("" if of is None or of.kind == "Any" else of.kind)
    result = checker.inside(names, node.body)
    return Known("function", always=True, element=result, parameters=tuple(names))


@infers(s.Invocation)
def _invocation(checker: Checker, node: s.Invocation) -> Known:
    return _applied(checker, node, checker.infer(node.function))


def _applied(checker: Checker, node: s.Call | s.Invocation, function: Known) -> Known:
    for argument in node.arguments:
        checker.infer(argument)
    if function.kind not in ("", "function"):
        checker.add("wrong_kind", f"{function.title} is {function.words}; only a function can be called.", node)
    if function.parameters is not None:
        _fits(checker, node, function.parameters)
    return function.element or ANYTHING


def _fits(checker: Checker, node: s.Call | s.Invocation, parameters: tuple[str, ...]) -> None:
    if not node.names and len(node.arguments) != len(parameters):
        sentence = f"The function takes {len(parameters)} values; it was given {len(node.arguments)}."
        checker.add("wrong_arguments", sentence, node)
    for name in node.names:
        if name not in parameters:
            hint = suggestion(name, parameters)
            checker.add("wrong_arguments", f'The function has no parameter "{name}".{hint}', node)


@infers(s.Call)
def _call(checker: Checker, node: s.Call) -> Known:
    local = checker.local(node.function)
    function = FUNCTIONS.get(node.function)
    if local is not None and (function is None or local.kind == "function"):
        return _applied(checker, node, local)
    if function is None:
        return _applied(checker, node, ANYTHING)  # a call of nobody's function is not read in the first place
    form = _form(checker, node, function)
    if node.function == "not" and form:
        checker.truth(node.arguments[0], "not")
    elif node.function == "list contains" and form and isinstance(node.arguments[0], s.ListOf):
        target(checker, node.arguments[0], checker.infer(node.arguments[-1]))
    else:
        _arguments(checker, node, form)
    return Known(function.gives, whole=node.function in _WHOLE)


def _form(checker: Checker, node: s.Call, function: Function) -> Form | None:
    """The form that the call means; reported if there is none."""
    if not node.names:
        form = function.by_position(len(node.arguments))
    else:
        found = function.by_names(node.names)
        form = found[0] if found else None
    if form is not None:
        return form
    known = [name for each in function.forms for name in each.parameters]
    unknown = [name for name in node.names if name not in known]
    if unknown:
        hint = suggestion(unknown[0], known)
        checker.add("wrong_arguments", f'{function.name}() has no parameter "{unknown[0]}".{hint}', node)
    else:
        ways = " or ".join(f"({', '.join(each.parameters)})" for each in function.forms)
        given = f"{len(node.arguments)} value{'' if len(node.arguments) == 1 else 's'}"
        checker.add("wrong_arguments", f"{function.name}() takes {ways}; it was given {given}.", node)
    return None


def _arguments(checker: Checker, node: s.Call, form: Form | None) -> None:
    for index, argument in enumerate(node.arguments):
        known = checker.infer(argument)
        if form is None or not form.domains:
            continue
        place = form.parameters.index(node.names[index]) if node.names else min(index, len(form.domains) - 1)
        domain = form.domains[place]
        if not domain_takes(domain, known.kind):
            wanted = f"{domain_words(domain)} as {form.parameters[place]}"
            checker.add("wrong_kind", f"{node.function}() needs {wanted}; {known.title} is {known.words}.", argument)
