"""The FEEL grammar (DMN 1.5, clause 10.3), as far as it is built, and its LALR parser."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Lark, Token
from lark.lexer import Lexer

from nrm.decisions.feel.builder import Builder
from nrm.decisions.feel.syntax import Node

GRAMMAR = r"""
expression: expr
unary_tests: test (_COMMA test)*

?test: OP additive                                   -> compare_test
     | expr                                          -> value_test

?expr: disjunction
     | _IF expr _THEN expr _ELSE expr                -> conditional

?disjunction: conjunction
            | conjunction (_OR conjunction)+         -> either
?conjunction: comparison
            | comparison (_AND comparison)+          -> both

?comparison: additive
           | comparison OP additive                  -> compare
           | comparison _BETWEEN additive _AND additive -> between
           | comparison _IN additive                 -> in_value
           | comparison _IN OP additive              -> in_compared
           | comparison _IN _LPAR in_tests _RPAR     -> in_list
in_tests: test (_COMMA test)+
        | OP additive                                -> in_one

?additive: multiplicative
         | additive PLUS multiplicative              -> arithmetic
         | additive MINUS multiplicative             -> arithmetic
?multiplicative: power
               | multiplicative STAR power           -> arithmetic
               | multiplicative SLASH power          -> arithmetic
?power: unary
      | power _POWER unary                           -> raised
?unary: primary
      | MINUS unary                                  -> negated

?primary: NUMBER                                     -> number
        | STRING                                     -> string
        | _AT STRING                                 -> at_literal
        | TRUE                                       -> true
        | FALSE                                      -> false
        | NULL                                       -> null
        | NAME                                       -> name
        | INPUT                                      -> input
        | NAME _LPAR _RPAR                           -> call
        | NAME _LPAR expr (_COMMA expr)* _RPAR       -> call
        | _LPAR expr _RPAR                           -> group
        | _LSQB _RSQB                                -> list
        | _LSQB expr (_COMMA expr)* _RSQB            -> list
        | _LSQB expr _DOTS expr _RSQB                -> range_cc
        | _LSQB expr _DOTS expr OPEN_END             -> range_co
        | _LSQB expr _DOTS expr _RPAR                -> range_co
        | OPEN_START expr _DOTS expr _RSQB           -> range_oc
        | OPEN_START expr _DOTS expr OPEN_END        -> range_oo
        | OPEN_START expr _DOTS expr _RPAR           -> range_oo
        | _LPAR expr _DOTS expr _RSQB                -> range_oc
        | _LPAR expr _DOTS expr OPEN_END             -> range_oo
        | _LPAR expr _DOTS expr _RPAR                -> range_oo

%declare NUMBER STRING NAME TRUE FALSE NULL INPUT OP PLUS MINUS STAR SLASH _POWER _AT _COMMA _DOTS
%declare _LPAR _RPAR _LSQB _RSQB OPEN_START OPEN_END _IF _THEN _ELSE _AND _OR _BETWEEN _IN
"""


class _Ready(Lexer):
    """Passes on tokens that were read before: ours need context that lark's lexers cannot have."""

    def __init__(self, conf: object) -> None:
        del conf

    def lex(self, data: Sequence[Token]) -> Iterator[Token]:  # type: ignore[override]
        return iter(data)


_PARSER = Lark(
    GRAMMAR, parser="lalr", lexer=_Ready, transformer=Builder(), start=["expression", "unary_tests"],
    maybe_placeholders=False,
)


def parse_tokens(found: Sequence[Token], start: str) -> Node:
    """The syntax tree of ``found``. Raises lark's ``UnexpectedInput``; sentences are made by the caller."""
    tree: Node = _PARSER.parse(found, start=start)  # type: ignore[assignment]
    return tree
