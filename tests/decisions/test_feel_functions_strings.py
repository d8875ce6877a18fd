"""Functions of texts: expression and what it comes to (DMN 1.5, table 74)."""

from __future__ import annotations

import pytest

from tests.decisions.worked_out import agrees, evaluated

TEXTS = [
    ('substring("foobar", 3)', '"obar"'),
    ('substring("foobar", 3, 3)', '"oba"'),
    ('substring("foobar", 3, 3.8)', '"oba"'),
    ('substring("foobar", -2, 1)', '"a"'),
    ('substring("foobar", -6)', '"foobar"'),
    ('substring("\\U01F40Eab", 2)', '"ab"'),
    ('substring(string: "foobar", start position: 3)', '"obar"'),
    ('substring("foobar", 0)', "null"),
    ('substring("foobar", 7)', "null"),
    ('substring("foobar", 5, 3)', "null"),
    ('substring("foobar", 1, 0)', "null"),
    ('substring(["foobar"], 3)', '"obar"'),
    ('string length("\\U01F40Eab")', "3"),
    ('string length("")', "0"),
    ("string length(null)", "null"),
    ('upper case("aBc4ß")', '"ABC4SS"'),
    ('lower case("ȘCOALĂ")', '"școală"'),
    ('substring before("foobar", "bar")', '"foo"'),
    ('substring before("foobar", "xyz")', '""'),
    ('substring before("foobar", "")', '""'),
    ('substring after("foobar", "ob")', '"ar"'),
    ('substring after("", "a")', '""'),
    ('substring after("foobar", "")', '"foobar"'),
    ('contains("foobar", "of")', "false"),
    ('contains("foobar", "")', "true"),
    ('starts with("foobar", "fo")', "true"),
    ('ends with(string: "foobar", match: "r")', "true"),
    ('contains(["foobar"], "oba")', "true"),
    ('contains("foobar", 1)', "null"),
    ('contains("foobar")', "null"),
    ('contains(string: "foobar", mach: "o")', "null"),
    ('string join(["a", "b", "c"], "_and_")', '"a_and_b_and_c"'),
    ('string join(["a", null, "c"], "X")', '"aXc"'),
    ('string join(["a", "b"])', '"ab"'),
    ('string join(["a", "b"], null)', '"ab"'),
    ('string join([], "X")', '""'),
    ('string join("a", "X")', '"a"'),
    ('string join(["a", 1], "X")', "null"),
    ('string join(null, "X")', "null"),
]

PATTERNS = [
    ('matches("foobar", "^fo*b")', "true"),
    ('matches("foobar", "^o")', "false"),
    ('matches("abracadabra", "^bra")', "false"),
    ('matches("foo\\nbar", "^bar$")', "false"),
    ('matches("foo\\nbar", "^bar$", "m")', "true"),
    ('matches("a\\nb", "a.b")', "false"),
    ('matches("a\\nb", "a.b", "s")', "true"),
    ('matches("FooBar", "foobar", "i")', "true"),
    ('matches("Q", "[a-z]", "i")', "true"),
    ('matches("q", "[A-Z-[OI]]", "i")', "true"),
    ('matches("helloworld", "hello world", "x")', "true"),
    ('matches("hello world", "hello\\\\ sworld", "x")', "true"),
    ('matches("hello world", "hello[ ]world", "x")', "true"),
    ('matches("a.b", "a.b", "q")', "true"),
    ('matches("axb", "a.b", "q")', "false"),
    ('matches("aa", "([ab])\\\\1")', "true"),
    ('matches("ab", "([ab])\\\\1")', "false"),
    ('matches("xyz", "(a)?xyz")', "true"),
    ('matches("aaa", "^a{2}$")', "false"),
    ('matches("aaa", "^a{2,}$")', "true"),
    ('matches("aaaa", "^a{1,3}$")', "false"),
    ('matches("b", "[a-z-[aeiou]]")', "true"),
    ('matches("e", "[a-z-[aeiou]]")', "false"),
    ('matches("Ș", "^\\\\p{Lu}$")', "true"),
    ('matches("ж", "^\\\\p{IsCyrillic}$")', "true"),
    ('matches("7", "^\\\\P{L}$")', "true"),
    ('matches("-", "[a-]")', "true"),
    ('matches("٣", "^\\\\d$")', "true"),
    ('matches("a_1", "^\\\\i\\\\c+$")', "true"),
    ('matches("a b", "^\\\\w+\\\\s\\\\S$")', "true"),
    ('matches("", "a*")', "true"),
    ('matches("aaaaaaaaaaaaaaaaaaaaaaaab", "(a*)*b")', "true"),
    ('matches("abc", "a|b|", "")', "true"),
    ('matches("abc", "(?:a|x)bc")', "true"),
    ('matches("a", "a", null)', "true"),
    ('matches("a", "a", "u")', "null"),
    ('matches("a", "[")', "null"),
    ('matches("a", "a**")', "null"),
    ('matches("a", "(a")', "null"),
    ('matches("a", "a)")', "null"),
    ('matches("a", "a{2,1}")', "null"),
    ('matches("a", "a{99999}")', "null"),
    ('matches("a", "(a)\\\\2")', "null"),
    ('matches("a", "(a\\\\1)")', "null"),
    ('matches("a", "[b-a]")', "null"),
    ('matches("a", "[]")', "null"),
    ('matches("a", "\\\\y")', "null"),
    ('matches("a", "\\\\p{Nothing}")', "null"),
    ('matches("a", "\\\\p{IsNothing}")', "null"),
    ('replace("banana", "a", "o")', '"bonono"'),
    ('replace("abcd", "(ab)|(a)", "[1=$1][2=$2]")', '"[1=ab][2=]cd"'),
    ('replace("abracadabra", "a.*?a", "*")', '"*c*bra"'),
    ('replace("abracadabra", "a(.)", "a$1$1")', '"abbraccaddabbra"'),
    ('replace("darted", "^(.*?)d(.*)$", "$1c$2")', '"carted"'),
    ('replace("AAAA", "A+", "b")', '"b"'),
    ('replace("AAAA", "A+?", "b")', '"bbbb"'),
    ('replace("reluctant", "r.*?t", "X")', '"Xant"'),
    ('replace("a-b", "-", "\\\\$")', '"a$b"'),
    ('replace("ab", "(a)", "$12")', '"a2b"'),
    ('replace("a.b", ".", "$", "q")', '"a$b"'),
    ('replace("abc", "B", "x", "i")', '"axc"'),
    ('replace("abracadabra", ".*?", "$1")', "null"),
    ('replace("abc", "b", "$")', "null"),
    ('replace("abc", "b", "\\\\x")', "null"),
    ('replace("abc", "b", null)', "null"),
    ('split("John Doe", "\\\\s")', '["John", "Doe"]'),
    ('split("a;b;c;;", ";")', '["a", "b", "c", "", ""]'),
    ('split("abc", ";")', '["abc"]'),
    ('split("abc", "")', "null"),
    ('split(string: "a1b22c", delimiter: "[0-9]+")', '["a", "b", "c"]'),
]


@pytest.mark.parametrize(("text", "result"), TEXTS + PATTERNS)
def test_function_of_texts_comes_to(text: str, result: str) -> None:
    assert agrees(text, result)


@pytest.mark.parametrize(
    "text",
    [
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "^(a+)+$")',
        'matches("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(a|aa)*b")',
        'replace("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!", "(.*a){12}b", "")',
        'matches("a", "((((a{99}){99}){99}){99})")',
    ],
)
def test_a_pattern_that_would_never_end_is_null_with_a_note(text: str) -> None:
    came = evaluated(text)
    assert came.value is None
    assert len(came.notes) == 1


def test_a_replacement_cannot_grow_a_text_beyond_the_limit() -> None:
    huge = 'replace("' + "a" * 400 + '", "a", "' + "b" * 400 + '")'
    assert evaluated(huge).notes == ("A text becomes longer than is allowed",)
