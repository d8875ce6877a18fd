"""Builds small decision models as DMN XML for tests."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.decisions.tables import DMN_15


def model_xml(*elements: str, namespace: str = "urn:test", extra: str = "") -> bytes:
    """A document of these elements; ``extra`` goes to its attributes."""
    body = "".join(elements)
    return f"<definitions xmlns='{DMN_15}' name='m' namespace='{namespace}' {extra}>{body}</definitions>".encode()


def literal(text: str, type_: str = "") -> str:
    """A literal expression."""
    return f"<literalExpression {_type(type_)}><text>{escape(text)}</text></literalExpression>"


def entry(name: str, logic: str, type_: str = "") -> str:
    """An entry of a boxed context; without a name its result."""
    return f"<contextEntry>{variable(name, type_) if name else ''}{logic}</contextEntry>"


def variable(name: str, type_: str = "") -> str:
    """A variable."""
    return f"<variable name='{name}' {_type(type_)}/>"


def decision(name: str, logic: str, *requires: str, type_: str = "") -> str:
    """A decision; ids are names with ``_`` for spaces. ``requires``: ids, of functions with ``f:`` before them."""
    inside = f"{variable(name, type_)}{_requirements(requires)}{logic}"
    return f"<decision id='{_id(name)}' name='{name}'>{inside}</decision>"


def given(name: str, type_: str = "") -> str:
    """Input data."""
    return f"<inputData id='{_id(name)}' name='{name}'>{variable(name, type_)}</inputData>"


def knowledge(name: str, parameters: str, logic: str, *requires: str, type_: str = "", kind: str = "") -> str:
    """A business knowledge model; ``parameters``: ``name: type`` or ``name``, between commas."""
    how = f"kind='{kind}'" if kind else ""
    return (
        f"<businessKnowledgeModel id='{_id(name)}' name='{name}'>{variable(name, type_)}"
        f"<encapsulatedLogic {how}>{formal(parameters)}{logic}</encapsulatedLogic>{_requirements(requires)}"
        "</businessKnowledgeModel>"
    )


def formal(parameters: str) -> str:
    """Formal parameters."""
    found = [one.partition(":") for one in parameters.split(",") if one.strip()]
    return "".join(f"<formalParameter name='{name.strip()}' {_type(type_.strip())}/>" for name, _, type_ in found)


def service(name: str, outputs: str, inputs: str = "", decisions: str = "", type_: str = "") -> str:
    """A decision service; ids between commas."""
    parts = [("outputDecision", outputs), ("inputDecision", decisions), ("inputData", inputs)]
    references = "".join(
        f"<{tag} href='#{id_.strip()}'/>" for tag, ids in parts for id_ in ids.split(",") if id_.strip())
    return f"<decisionService id='{_id(name)}' name='{name}'>{variable(name, type_)}{references}</decisionService>"


def item(name: str, inside: str, *, collection: bool = False) -> str:
    """An item definition."""
    how = "isCollection='true'" if collection else ""
    return f"<itemDefinition name='{name}' {how}>{inside}</itemDefinition>"


def component(name: str, inside: str) -> str:
    """A component of an item definition."""
    return f"<itemComponent name='{name}'>{inside}</itemComponent>"


def of(type_: str, allowed: str = "", constraint: str = "") -> str:
    """What an item or component is of, and the values it may have."""
    parts = [("allowedValues", allowed), ("typeConstraint", constraint)]
    return f"<typeRef>{escape(type_)}</typeRef>" + "".join(
        f"<{tag}><text>{escape(text)}</text></{tag}>" for tag, text in parts if text)


def _requirements(requires: tuple[str, ...]) -> str:
    return "".join(
        f"<knowledgeRequirement><requiredKnowledge href='{_href(one[2:])}'/></knowledgeRequirement>"
        if one.startswith("f:")
        else f"<informationRequirement><requiredDecision href='{_href(one)}'/></informationRequirement>"
        for one in requires
    )


def _href(id_: str) -> str:
    return id_ if "#" in id_ else f"#{id_}"


def _id(name: str) -> str:
    return name.replace(" ", "_")


def _type(type_: str) -> str:
    return f"typeRef='{escape(type_)}'" if type_ else ""
