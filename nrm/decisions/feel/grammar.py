"""The FEEL grammar (DMN 1.5, clause 10.3.1.2) and its LALR parser.

The rules from top to bottom are the precedence from lowest to highest. What ends in an expression (``if``,
``for``, ``some``, ``every``, ``function``) may stand wherever an operand may, and reaches as far as it can.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lark import Lark, Token
from lark.lexer import Lexer

from nrm.decisions.feel.builder import Builder
from nrm.decisions.feel.syntax import Node

GRAMMAR = r"""
expression: expr
unary_tests: expr (_COMMA expr)*

?expr: disjunction
     | OP additive                                       -> one_sided

?disjunction: conjunction
            | conjunction (_OR conjunction)+             -> either
?conjunction: comparison
            | comparison (_AND comparison)+              -> both

?comparison: additive
           | comparison OP additive                      -> compare
           | comparison _BETWEEN additive _AND additive  -> between
           | comparison _IN additive                     -> in_value
           | comparison _IN OP additive                  -> in_compared
           | comparison _IN _LPAR in_tests _RPAR         -> in_list
in_tests: expr (_COMMA expr)+

?additive: multiplicative
         | additive PLUS multiplicative                  -> arithmetic
         | additive MINUS multiplicative                 -> arithmetic
?multiplicative: power
               | multiplicative STAR power               -> arithmetic
               | multiplicative SLASH power              -> arithmetic
?power: unary
      | power _POWER unary                               -> raised
?unary: typed
      | MINUS unary                                      -> negated
?typed: postfix
      | typed _INSTANCE_OF TYPE                          -> instance_of

?postfix: atom
        | postfix _DOT NAME                              -> path
        | postfix _LSQB expr _RSQB                       -> filter
        | postfix _LPAR _RPAR                            -> call
        | postfix _LPAR expr (_COMMA expr)* _RPAR        -> call
        | postfix _LPAR named (_COMMA named)* _RPAR      -> call
named: KEY _COLON expr

?atom: NUMBER                                            -> number
     | STRING                                            -> string
     | _AT STRING                                        -> at_literal
     | TRUE                                              -> true
     | FALSE                                             -> false
     | NULL                                              -> null
     | NAME                                              -> name
     | INPUT                                             -> input
     | _LPAR expr _RPAR                                  -> group
     | _LSQB _RSQB                                       -> list
     | _LSQB expr (_COMMA expr)* _RSQB                   -> list
     | LBRACE _RBRACE                                    -> context
     | LBRACE entry (_COMMA entry)* _RBRACE              -> context
     | _IF expr _THEN expr _ELSE expr                    -> conditional
     | FOR iterator (_COMMA iterator)* _RETURN expr      -> iteration
     | SOME iterator (_COMMA iterator)* _SATISFIES expr  -> quantified
     | EVERY iterator (_COMMA iterator)* _SATISFIES expr -> quantified
     | FUNCTION _LPAR _RPAR [EXTERNAL] expr              -> function
     | FUNCTION _LPAR parameter (_COMMA parameter)* _RPAR [EXTERNAL] expr -> function
     | _LSQB expr _DOTS expr _RSQB                       -> range_cc
     | _LSQB expr _DOTS expr OPEN_END                    -> range_co
     | _LSQB expr _DOTS expr _RPAR                       -> range_co
     | OPEN_START expr _DOTS expr _RSQB                  -> range_oc
     | OPEN_START expr _DOTS expr OPEN_END               -> range_oo
     | OPEN_START expr _DOTS expr _RPAR                  -> range_oo
     | _LPAR expr _DOTS expr _RSQB                       -> range_oc
     | _LPAR expr _DOTS expr OPEN_END                    -> range_oo
     | _LPAR expr _DOTS expr _RPAR                       -> range_oo

entry: KEY _COLON expr
     | STRING _COLON expr
iterator: NAME _IN expr
        | NAME _IN expr _DOTS expr
parameter: PARAMETER
         | PARAMETER _COLON TYPE

%declare NUMBER STRING NAME KEY PARAMETER TYPE TRUE FALSE NULL INPUT OP PLUS MINUS STAR SLASH _POWER _AT _COMMA _COLON
%declare _DOTS _DOT _LPAR _RPAR _LSQB _RSQB LBRACE _RBRACE OPEN_START OPEN_END _IF _THEN _ELSE _AND _OR _BETWEEN _IN
%declare FOR _RETURN SOME EVERY _SATISFIES FUNCTION EXTERNAL _INSTANCE_OF
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
