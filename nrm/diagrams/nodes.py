"""Small questions to an XML node: its local name, namespace, line, children, attributes."""

from __future__ import annotations

from typing import cast

from lxml import etree


def children(node: etree._Element) -> list[etree._Element]:
    """Child elements only."""
    return list(node.iterchildren("{*}*"))


def local(node: etree._Element) -> str:
    """The tag without its namespace."""
    return etree.QName(node).localname


def namespace(node: etree._Element) -> str:
    """The namespace of the tag, or an empty string."""
    return etree.QName(node).namespace or ""


def line(node: etree._Element) -> int:
    """The line of the source, or 0 where it is not known."""
    return cast("int | None", node.sourceline) or 0


def attributes(node: etree._Element) -> dict[str, str]:
    """The attributes as plain strings; foreign ones keep their ``{namespace}``."""
    return {str(key): str(value) for key, value in cast("dict[str, str]", node.attrib).items()}
