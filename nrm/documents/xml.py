"""The one hardened XML parser: nothing is fetched, expanded or guessed; what is odd is refused with its
line.
"""

from __future__ import annotations

import codecs
import re

from lxml import etree

from nrm.vocabulary.errors import DocumentRefused

MAX_BYTES = 2_000_000
MAX_DEPTH = 200

_DECLARATION = re.compile(r"<\?xml\s[^<>]*?\?>")
_PSEUDO_ATTRIBUTE = re.compile(r"""(version|encoding|standalone)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_XINCLUDE = ("http://www.w3.org/2001/XInclude", "http://www.w3.org/2003/XInclude")
for _name in ("utf-8", "utf-16-le", "utf-16-be"):
    codecs.lookup(_name)  # codecs load on first use; loading them now keeps parsing free of any open()
_UTF16 = frozenset({"utf-16", "utf-16le", "utf-16be"})


def parse(data: bytes, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of ``data``, an XML 1.0 document in UTF-8 or UTF-16.

    Refused with ``DocumentRefused`` (its ``line`` where one is known): more than ``max_bytes`` bytes, any
    DOCTYPE, entity or processing instruction, any other encoding, XInclude, elements nested deeper than
    ``MAX_DEPTH``, and whatever is not well-formed. Comments are dropped. No file or socket is opened.
    """
    if len(data) > max_bytes:
        raise DocumentRefused(f"The document is larger than {max_bytes} bytes.", code="document_too_large")
    text = _without_declaration(_decoded(data))
    _refuse_markup_declarations(text)
    root = _parsed(text)
    _refuse_odd_tree(root)
    return root


def line_of(element: etree._Element) -> int | None:
    """The line of the document on which the element starts."""
    line: object = element.sourceline
    return line if isinstance(line, int) else None


def _decoded(data: bytes) -> str:
    encoding = _encoding_by_first_bytes(data)
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as bad:
        line = data.count(b"\n", 0, bad.start) + 1
        raise DocumentRefused(f"The document is not valid {encoding.upper()} text.", line=line) from None
    return text.removeprefix("\ufeff")


def _encoding_by_first_bytes(data: bytes) -> str:
    if data.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise DocumentRefused("The document must be written in UTF-8 or UTF-16.", line=1)
    if data.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        return "utf-16-le"
    if data.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        return "utf-16-be"
    return "utf-8"


def _without_declaration(text: str) -> str:
    """The text with its XML declaration blanked out, so that lines keep their numbers."""
    if not text.startswith("<?xml") or text[5:6] not in (" ", "\t", "\r", "\n"):
        return text
    found = _DECLARATION.match(text)
    if found is None:
        raise DocumentRefused("The XML declaration is not complete.", line=1)
    said = {m[1]: m[2] if m[2] is not None else m[3] for m in _PSEUDO_ATTRIBUTE.finditer(found[0])}
    if said.get("version") != "1.0":
        raise DocumentRefused("Only XML version 1.0 is read.", line=1)
    declared = said.get("encoding", "utf-8").lower().replace("_", "-")
    if declared not in _UTF16 and declared not in ("utf-8", "utf8"):
        raise DocumentRefused("The document must be written in UTF-8 or UTF-16.", line=1)
    return "\n" * found[0].count("\n") + text[found.end():]


def _refuse_markup_declarations(text: str) -> None:
    """Refuse ``<!DOCTYPE``, ``<!ENTITY``, ``<?`` before the parser sees them; comments and CDATA are
    skipped.
    """
    at = text.find("<")
    while at != -1:
        if text.startswith("<!--", at):
            at = text.find("-->", at + 4)
        elif text.startswith("<![CDATA[", at):
            at = text.find("]]>", at + 9)
        elif text.startswith("<?", at):
            raise DocumentRefused("Processing instructions are not accepted.", line=_line(text, at))
        elif text.startswith("<!", at):
            raise DocumentRefused(
                "A document type (DOCTYPE) or entity declaration is not accepted.", line=_line(text, at))
        if at != -1:
            at = text.find("<", at + 1)


def _line(text: str, at: int) -> int:
    return text.count("\n", 0, at) + 1


def _parsed(text: str) -> etree._Element:
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False,
        attribute_defaults=False, huge_tree=False, recover=False, remove_comments=True, remove_pis=True,
    )
    try:
        return etree.fromstring(text.encode("utf-8", "surrogatepass"), parser)
    except etree.XMLSyntaxError as bad:
        line = bad.lineno or None
        # libxml2's own message may quote the document; only the place is passed on.
        raise DocumentRefused(f"The document is not well-formed XML{_place(line)}.", line=line) from None
    except (ValueError, LookupError):
        raise DocumentRefused("The document is not well-formed XML.") from None


def _place(line: int | None) -> str:
    return "" if line is None else f" (line {line})"


def _refuse_odd_tree(root: etree._Element) -> None:
    if root.getroottree().docinfo.internalDTD is not None:
        raise DocumentRefused("A document type (DOCTYPE) is not accepted.", line=1)
    depth = 0
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            depth -= 1
            continue
        depth += 1
        if depth > MAX_DEPTH:
            raise DocumentRefused(f"Elements are nested deeper than {MAX_DEPTH}.", line=line_of(element))
        if not isinstance(element.tag, str):
            raise DocumentRefused("Entities are not accepted.", line=line_of(element))
        if element.tag.startswith("{") and element.tag[1:].split("}")[0] in _XINCLUDE:
            raise DocumentRefused("Inclusion of other documents is not accepted.", line=line_of(element))
