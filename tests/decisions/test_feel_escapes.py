"""goal:S1: strings that try to get out, through every entry point; nothing is compiled, opened, imported or run."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from nrm.decisions.dmn import check_table, read_decisions
from nrm.decisions.feel import (
    FeelError,
    check_types,
    parse_condition,
    parse_expression,
    parse_unary_tests,
)
from nrm.vocabulary.errors import DocumentRefused
from tests.decisions.tables import table_xml
from tests.support.watching import nothing_reached

PYTHON = [
    "__import__('os').system('id')", '__import__("os").system("id")', "().__class__.__base__.__subclasses__()",
    "''.__class__.__mro__[1].__subclasses__()", "[].__class__", "{}.__class__", "(lambda: 1)()", "lambda x: x",
    "eval('1')", 'eval("1")', 'exec("import os")', 'compile("1","","eval")', 'open("/etc/passwd").read()', 'open("/etc/passwd")',
    "globals()", "locals()", "vars()", "dir()", "getattr(a, 'b')", 'getattr(a,"__class__")', "setattr(a,'b',1)", "type(a)",
    "type('X',(),{})", "object()", "breakpoint()", "input()", "help()", "exit()", "quit()", "print(1)", "id(1)", "hash(a)",
    "memoryview(b'')", "bytearray(10**9)", "range(10**9)", "list(range(9))", "[x for x in (1,2)]", "{x for x in a}",
    "(x for x in a)", "{**a}", "[*a]", "f'{a}'", 'f"{a.__class__}"', "'%s' % a", '"{0.__class__}".format(a)', "a if b else c",
    "a := 1", "(a := 1)", "a; b", "import os", "from os import system", "def f(): pass", "class A: pass", "del a", "assert a",
    "raise a", "yield a", "await a", "with a: pass", "try: a", "while True: pass", "@a", "a.b.c", "a['b']", 'a["__class__"]',
    "a[0]", "a[::]", "a.__class__", "_._", "__builtins__", "__name__", "__file__", "os", "sys", "True", "None", "False", "not a",
    "a is b", "a // b", "a % b", "a @ b", "a << 9", "a & b", "a | b", "~a", "a ^ b", "1_000", "0x10", "0b1", "1j", "1L", "b'a'",
    "r'a'", "'''a'''", '"""a"""', "`id`", "$(id)", "${id}", "#{id}", "{{7*7}}", "{% raw %}", "<%= 1 %>", "\\", "\0", "\x1b[31m",
]
FEEL = [
    "9**9**9**9", "10**10**10", "99999999**99999", "2**(2**(2**(2**20)))", "1e9999", "1e999999999999", "9" * 9_999, "0." + "9" * 9_000,
    "[" * 5_000, "(" * 5_000, ")" * 100, "]" * 100, "]1..]1..]1..", "[1..[1..[1..", "-" * 9_000, "if " * 1_000, "not(" * 1_000, "a" * 9_999,
    '"' + "a" * 9_900 + '"', '"' * 9_999, '"\\' * 3_000, '"\\u0000"', '"\\U110000"', '"\\uDFFF"', "/*" * 4_000, "/*/" * 3_000, "//", "/**/" * 2_000,
    "a or " * 1_900 + "a", "a and " * 1_600 + "a", "a in (" * 1_000, "a between " * 900, "1 .. 2", "..", "...", "[..]", "[1..]", "]..[", "(1..2", "?", "??",
    "? ? ?", "@", '@"', '@"@"', '@"9999-99-99"', 'date("9999-99-99")', 'date("-999999999-01-01")', "date(0,0,0)", "date(9999999999,1,1)", "date(1.5,1,1)",
    "date(true,1,1)", 'date("' + "9" * 5_000 + '")', "for i in 1..1000000000 return i", "for i in 0..10 return for j in 0..10 return i",
    "some x in [1] satisfies true", "every x in [1] satisfies true", "function(x) x", "function(x) external {java: {class: \"java.lang.Runtime\"}}",
    '{java: {class: "java.lang.System", method signature: "exit(int)"}}', "get value(a, \"b\")", "invoke(a)", "context({})", "put(a,b,c)", "now()", "today()", "random number()",
    "matches(\"" + "a" * 40 + "!\", \"(a+)+$\")", 'replace("aaaa","(a*)*b","x")', 'split("a","")', "string join([\"a\"])", "sort([1], function(x,y) x<y)",
    "min(" + "1," * 4_000 + "1)", "sum([" + "9e999," * 1_500 + "1])", "count([[[[[[[[1]]]]]]]])", "list contains(list contains, list contains)", "list contains list contains(",
    "is defined(is defined(a))", "contains(contains, contains)", "not(not(not(not(a))))", "a instance of string", "a[1]", "a[item > 1]", "a.b", "a . b", "a..b", "true()", "null()", "if()", "in in in",
    "and and and", "then else if", "٣ + ٤", "ａ = ｂ", "x\u200b = 1", "\u202etrue", "\ufeff1", "a\u0000b", "\ud800", "💣", "ﷺ" * 3_000, "ẞ" * 5_000, "𝕏 = 1",
]
CORPUS = [*PYTHON, *FEEL]


class Trap:
    """A context value that tells when anything is done with it."""

    def __getattribute__(self, name: str) -> object:
        if name == "__class__":
            return object.__getattribute__(self, name)
        raise AssertionError(f"touched: {name}")


CONTEXT: dict[str, object] = {"a": Trap(), "b": 10**5_000, "c": float("nan"), "x": [[]] * 20, "os": float("inf")}


def test_the_corpus_is_large_and_without_repeats() -> None:
    assert len(CORPUS) >= 100
    assert len(set(CORPUS)) == len(CORPUS)


@pytest.mark.parametrize("number", range(len(CORPUS)))
def test_nothing_gets_out_of_an_expression(number: int) -> None:
    text = CORPUS[number]
    with nothing_reached():
        for parse in (parse_expression, parse_condition):
            try:
                expression = parse(text)
            except FeelError as refused:
                assert refused.sentence.endswith(")")
                continue
            came = expression.evaluate(CONTEXT)
            assert isinstance(came.value, (bool, int, Decimal, str, date, list, type(None)))
            check_types(expression, {}, expects="boolean")
        try:
            parse_unary_tests(text).matches(1, CONTEXT)
        except FeelError:
            pass


_PYTHON_THAT_IS_FEEL = {"a // b", "True", "None", "False", "os", "sys", "__builtins__", "__name__", "__file__"}  # names, and a comment


@pytest.mark.parametrize("text", [text for text in PYTHON if text not in _PYTHON_THAT_IS_FEEL])
def test_python_is_a_syntax_error(text: str) -> None:
    with pytest.raises(FeelError):
        parse_expression(text)


@pytest.mark.parametrize("text", ["True", "None", "os", "sys", "__builtins__", "__name__", "__file__"])
def test_python_names_are_only_facts_that_are_not_known(text: str) -> None:
    assert parse_expression(text).evaluate({}).unknown == {text}


@pytest.mark.parametrize("place", ["input", "cell", "output", "default", "allowed"])
def test_nothing_gets_out_of_a_table(place: str) -> None:
    for text in CORPUS:
        if not all(sign >= " " and not "\ud800" <= sign <= "\udfff" for sign in text):
            continue  # not writable in XML at all
        document = table_xml(
            inputs=[text if place == "input" else "a"], outputs=["out"],
            rules=[([text if place == "cell" else "-"], [text if place == "output" else "1"])],
            default=text if place == "default" else "", allowed=text if place == "allowed" else "",
        )
        with nothing_reached():
            check_table(document, {})
            try:
                read_decisions(document).evaluate(CONTEXT)
            except DocumentRefused as refused:
                assert refused.sentence
