"""goal:S2: hostile documents are refused with their line, and neither a file nor a socket is opened."""

from __future__ import annotations

import codecs

import pytest

from nrm.documents import MAX_DEPTH, parse
from nrm.vocabulary.errors import DocumentRefused
from tests.support.goals import Reached
from tests.support.watching import nothing_reached

_BOMB = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
_LONG_ENTITY = "x" * 100_000

HOSTILE: dict[str, bytes | str] = {
    "xxe reads a file": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>',
    "xxe over http": '<!DOCTYPE a [<!ENTITY x SYSTEM "http://127.0.0.1:9/x">]><a>&x;</a>',
    "xxe over ftp": '<!DOCTYPE a [<!ENTITY x SYSTEM "ftp://127.0.0.1/x">]><a>&x;</a>',
    "xxe by a public id": '<!DOCTYPE a [<!ENTITY x PUBLIC "-//x" "file:///etc/hosts">]><a>&x;</a>',
    "xxe in an attribute": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/hosts">]><a b="&x;"/>',
    "parameter entity": '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/e.dtd"> %p;]><a/>',
    "parameter entity from a file": '<!DOCTYPE a [<!ENTITY % p SYSTEM "file:///etc/hosts"> %p;]><a/>',
    "external DTD": '<!DOCTYPE a SYSTEM "http://127.0.0.1:9/a.dtd"><a/>',
    "external DTD from a file": '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>',
    "public DTD": '<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://127.0.0.1:9/x.dtd"><html/>',
    "harmless DOCTYPE": "<!DOCTYPE a><a/>",
    "DOCTYPE after a comment": "<!-- hello -->\n<!DOCTYPE a><a/>",
    "DOCTYPE after a comment that seems open": "<!-- <a> -- --><!DOCTYPE a><a/>",
    "DOCTYPE in lower case": "<!doctype a><a/>",
    "DOCTYPE inside the root": "<a><!DOCTYPE a></a>",
    "entity outside a DOCTYPE": '<!ENTITY x "y"><a/>',
    "billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "lol">{_BOMB}]><a>&l9;</a>',
    "quadratic blow-up": f'<!DOCTYPE a [<!ENTITY x "{_LONG_ENTITY}">]><a>{"&x;" * 1000}</a>',
    "entity that contains itself": '<!DOCTYPE a [<!ENTITY x "&y;"><!ENTITY y "&x;">]><a>&x;</a>',
    "default attribute by DTD": '<!DOCTYPE a [<!ATTLIST a b CDATA "c">]><a/>',
    "notation": '<!DOCTYPE a [<!NOTATION n SYSTEM "/bin/sh">]><a/>',
    "undefined entity": "<a>&nbsp;</a>",
    "style sheet instruction": '<?xml-stylesheet href="http://127.0.0.1:9/x.xsl"?><a/>',
    "instruction in the root": "<a><?php system('id') ?></a>",
    "instruction after the root": "<a/><?x y?>",
    "second XML declaration": '<?xml version="1.0"?><?xml version="1.0"?><a/>',
    "XML declaration after a space": ' <?xml version="1.0"?><a/>',
    "XML declaration not closed": '<?xml version="1.0" <a/>',
    "XML 1.1": '<?xml version="1.1"?><a/>',
    "UTF-7": b'<?xml version="1.0" encoding="UTF-7"?>+ADw-a/+AD4-',
    "EBCDIC": b'<?xml version="1.0" encoding="IBM037"?><a/>',
    "Latin 1": '<?xml version="1.0" encoding="ISO-8859-1"?><a>é</a>'.encode("latin-1"),
    "unknown encoding": b'<?xml version="1.0" encoding="x-none"?><a/>',
    "UTF-32": codecs.BOM_UTF32_LE + "<a/>".encode("utf-32-le"),
    "UTF-16 with a DOCTYPE": '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'.encode(
        "utf-16"
    ),
    "UTF-16 without a mark, with a DOCTYPE": "<!DOCTYPE a><a/>".encode("utf-16-be"),
    "broken UTF-16": codecs.BOM_UTF16_LE + b"<\0a",
    "broken UTF-8": b"<a>\n\xff\xfe\xfa</a>",
    "overlong UTF-8": b"<a>\xc0\xbc</a>",
    "NUL": b"<a>\0</a>",
    "control character": b"<a>\x08</a>",
    "character that is none": "<a>&#xFFFF;</a>",
    "XInclude": '<a xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include href="file:///etc/passwd"/></a>',
    "XInclude as text": '<i:include xmlns:i="http://www.w3.org/2001/XInclude" href="/etc/passwd"/>',
    "too deep": "<a>" * (MAX_DEPTH + 1) + "</a>" * (MAX_DEPTH + 1),
    "far too deep": "<a>" * 100_000,
    "far too large": "<a>" + "x" * 2_100_000 + "</a>",
    "attribute of 50 MB": '<a b="' + "x" * 50_000_000 + '"/>',
    "unclosed comments": "<a>" + "<!--" * 400_000,
    "attribute twice": '<a b="1" b="2"/>',
    "prefix without a namespace": "<x:a/>",
    "not closed": "<a><b></a>",
    "two roots": "<a/><b/>",
    "text only": "hello",
    "empty": b"",
    "zip": b"PK\x03\x04" + b"\0" * 40,
    "JSON": '{"a": 1}',
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_document_is_refused_without_reaching_out(name: str) -> None:
    document = HOSTILE[name]
    data = document.encode() if isinstance(document, str) else document
    with nothing_reached(), pytest.raises(DocumentRefused) as refused:
        parse(data)
    assert refused.value.sentence.endswith(".")
    assert "lol" not in refused.value.sentence


def test_there_are_forty_hostile_documents(reached: Reached) -> None:
    reached("S2", f"{len(HOSTILE)} hostile documents refused; no file read, no socket opened")
    assert len(HOSTILE) >= 40


GOOD: dict[str, bytes] = {
    "plain": b"<a/>",
    "with a declaration": b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<a/>',
    "UTF-8 mark": codecs.BOM_UTF8 + "<a>ș</a>".encode(),
    "UTF-16": '<?xml version="1.0" encoding="UTF-16"?><a>ș</a>'.encode("utf-16"),
    "UTF-16 big end first": codecs.BOM_UTF16_BE + "<a>ș</a>".encode("utf-16-be"),
    "markup inside a comment": b"<a><!-- <!DOCTYPE b> <?c d?> --></a>",
    "markup inside CDATA": b"<a><![CDATA[<!DOCTYPE b> <?c d?> &e;]]></a>",
    "known characters": b"<a>&lt;&amp;&#xe9;</a>",
    "a schema location is text, never fetched": b'<a xmlns:x="http://www.w3.org/2001/XMLSchema-instance" '
    b'x:schemaLocation="urn:a http://127.0.0.1:9/a"/>',
    "just deep enough": b"<a>" * MAX_DEPTH + b"</a>" * MAX_DEPTH,
}


@pytest.mark.parametrize("name", GOOD)
def test_good_document_is_read_without_reaching_out(name: str) -> None:
    with nothing_reached():
        assert parse(GOOD[name]).tag == "a"


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("<a>\n<b>\n<?x y?></b></a>", 3),
        ('<?xml version="1.0"\n encoding="UTF-8"?>\n<a>\n<!DOCTYPE a></a>', 4),
        ('<?xml version="1.0"\n encoding="UTF-8"?>\n<a>\n</b>', 4),
        ("<a>\n\n<b></a>", 3),
    ],
)
def test_refusal_names_the_line_of_the_document_as_sent(document: str, line: int) -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse(document.encode())
    assert refused.value.line == line


def test_refusal_never_repeats_the_document() -> None:
    with pytest.raises(DocumentRefused) as refused:
        parse(b"<Ana-Invented>&Ana-Invented;</Ana-Invented>")
    assert "Ana" not in refused.value.sentence


def test_comments_and_entities_leave_no_trace_in_the_tree() -> None:
    root = parse(b"<a><!-- c --><b/>t<!-- d --></a>")
    assert [child.tag for child in root.iter()] == ["a", "b"]
