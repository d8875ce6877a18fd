"""Functions of numbers, truth values and contexts: expression and what it comes to (DMN 1.5, tables 73, 76, 81)."""

from __future__ import annotations

import pytest

from tests.decisions.worked_out import agrees

ROUNDING = [
    ("decimal(1/3, 2)", "0.33"),
    ("decimal(1.5, 0)", "2"),
    ("decimal(2.5, 0)", "2"),
    ("decimal(1234, -2)", "1200"),
    ("decimal(n: 15/7, scale: 3)", "2.143"),
    ("floor(1.5)", "1"),
    ("floor(-1.56, 1)", "-1.6"),
    ("floor(1.56, null)", "null"),
    ("ceiling(1.5)", "2"),
    ("ceiling(-1.56, 1)", "-1.5"),
    ("round up(5.5, 0)", "6"),
    ("round up(-1.126, 2)", "-1.13"),
    ("round down(-5.5, 0)", "-5"),
    ("round down(1.126, 2)", "1.12"),
    ("round half up(-5.5, 0)", "-6"),
    ("round half up(1.121, 2)", "1.12"),
    ("round half down(5.5, 0)", "5"),
    ("round half down(-1.126, 2)", "-1.13"),
    ("round up(5.5, 6176)", "5.5"),
    ("round up(5.5, 6177)", "null"),
    ("round up(5.5, -6111)", "10**6111"),
    ("round up(5.5, -6112)", "null"),
    ("round up(5.5)", "null"),
    ('round up("5.5", 0)', "null"),
    ("round up(5.5, 10**40)", "null"),
]

CALCULATION = [
    ("abs(-10)", "10"),
    ('abs(@"-PT5H")', '@"PT5H"'),
    ('abs(@"-P1Y")', '@"P1Y"'),
    ('abs("-1")', "null"),
    ("modulo(12, 5)", "2"),
    ("modulo(-12, 5)", "3"),
    ("modulo(12, -5)", "-3"),
    ("modulo(-12, -5)", "-2"),
    ("modulo(10.1, 4.5)", "1.1"),
    ("modulo(-10.1, 4.5)", "3.4"),
    ("modulo(10.1, -4.5)", "-3.4"),
    ("modulo(-10.1, -4.5)", "-1.1"),
    ("modulo(10, 0)", "null"),
    ("sqrt(16)", "4"),
    ("sqrt(-1)", "null"),
    ("decimal(log(10), 8)", "2.30258509"),
    ("log(0)", "null"),
    ("log(-1)", "null"),
    ("decimal(exp(5), 8)", "148.41315910"),
    ("exp(10**10)", "null"),
    ("odd(5)", "true"),
    ("odd(-2)", "false"),
    ("even(0)", "true"),
    ("even(10**40)", "true"),
    ("odd(2.5)", "null"),
    ("0 ** 0", "1"),
    ("2 ** -1", "0.5"),
    ("2 ** 999999999", "null"),
    ("2 ** -999999999", "null"),
    ("10 ** -6176 / 3", "null"),
    ("exp(-(10**10))", "null"),
]

TRUTH = [
    ("not(true)", "false"),
    ("not(null)", "null"),
    ("not(0)", "null"),
]

CONTEXTS = [
    ('get value({key1: "value1"}, "key1")', '"value1"'),
    ('get value({key1: "value1"}, "other")', "null"),
    ('get value(key: "a", m: {a: 1})', "1"),
    ('get value("a", "a")', "null"),
    ("get entries({a: 1, b: null})", '[{key: "a", value: 1}, {key: "b", value: null}]'),
    ('context([{key: "a", value: 1}, {key: "b", value: 2, more: 3}])', "{a: 1, b: 2}"),
    ('context({key: "a", value: null})', "{a: null}"),
    ('context([{key: "a", value: 1}, {key: "b"}])', "null"),
    ('context([{key: "a", value: 1}, {key: "a", value: 2}])', "null"),
    ("context([])", "{}"),
    ('context put({x: 1}, "y", 2)', "{x: 1, y: 2}"),
    ('context put({x: 1, y: 0, z: 0}, "y", 2)', "{x: 1, y: 2, z: 0}"),
    ('context put({x: 1}, ["y"], 2)', "{x: 1, y: 2}"),
    ('context put({x: 1, y: {a: 0}}, ["y", "a"], 2)', "{x: 1, y: {a: 2}}"),
    ('context put(context: {x: 1}, keys: ["y"], value: 2)', "{x: 1, y: 2}"),
    ('context put({x: 1, y: 0}, ["y", "a"], 2)', "null"),
    ("context put({x: 1}, [], 2)", "null"),
    ("context put({x: 1}, null, 2)", "null"),
    ('context put(null, "y", 2)', "null"),
    ("context merge([{x: 1, y: 0}, {y: 2}])", "{x: 1, y: 2}"),
    ("context merge([])", "{}"),
    ("context merge([{x: 1}, null])", "null"),
]


@pytest.mark.parametrize(("text", "result"), ROUNDING + CALCULATION + TRUTH + CONTEXTS)
def test_function_comes_to(text: str, result: str) -> None:
    assert agrees(text, result)
