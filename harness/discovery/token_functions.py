"""Functions of the token: which claims hold of a component that reads a function of the token alone, whatever it is.

A claim is decided by its source and by one reader. Let a component read f(t) at every token t. The *free* reader reads
each token as itself. Let S be g(S'), token by token. Map the free reader's reading of S' by g, then by f: that is what
the component reads of S. So a claim holds for every f and every sequence of its family, if

1. it holds of the free reader on *generic* draws: for each length, sequences of which no token comes twice but where
   the family says so; every draw of the family is the image of one of them, token by token;
2. ids are put together without a look at tokens: joined, repeated, cut at places, reversed; tokens are symbols here,
   with which nothing can be computed;
3. what is asserted survives every map of attention tokens: equal entries, and tokens of one alphabet in another, stay
   so when tokens are merged (`KEPT`), or it says no more than that equal tokens read alike (`TRUE`).

What is not of this form is not decided here, though it may be true.
"""

from __future__ import annotations

import ast
import inspect
import math
import textwrap
from collections.abc import Iterable
from dataclasses import replace
from itertools import count, product
from typing import Any

from harness.discovery.generic_draws import Symbol, generic
from harness.laws import relations
from harness.laws.conjecture import Conjecture
from harness.laws.families import MAX_LENGTH, Couple, Extension
from harness.laws.sampling import strategies_of
from harness.readings.reading import Reading, line

KEPT = (
    *("agree", "is_prefix", "ends_alike", "constant", "periodic"),  # equal entries
    *("same_alphabet", "brings_no_new_token", "loses_no_token"),  # every token of one in the other
    *("brings_at_most", "needs_at_most"),  # an image has no more tokens; the number is that of the claim
)
"""Relations that survive every map of attention tokens."""

TRUE = ("reads_equal_tokens_alike", "goes_on_from_the_last")
"""Relations that hold of every reading that is a function of the token: entries that are compared have one token."""

MOST = 20_000
"""Generic draws of one claim; a claim with more is not decided."""

_FIELDS = {*Couple._fields, *Extension._fields, "whole"}
"""What may be taken of a draw by name."""


class FreeReader:
    """Reads each token as itself: what a claim is handed as `head`."""

    layer = 0

    def __call__(self, ids: Iterable[Symbol]) -> Reading:
        """The reading of a sequence of symbols."""
        numbers = tuple(symbol.number for symbol in ids)
        return replace(line(list(numbers)), ids=numbers, sequence=numbers)


def holds_for_all(claim: Conjecture, *, longest: int = MAX_LENGTH) -> bool:
    """Return whether a claim is shown to hold of every function of the token.

    Args:
        longest: ids of the longest sequences, where the claim does not say otherwise.
    """
    if claim.subject != "head" or not _survives_merging(claim):
        return False
    made = {name: generic(one, longest=longest) for name, one in strategies_of(claim.test).items()}
    if not all(made.values()) or math.prod(map(len, made.values())) > MOST:
        return False
    head = FreeReader()
    try:
        for makers in product(*made.values()):
            fresh = map(Symbol, count())
            claim.body(head, **{name: make(fresh) for name, make in zip(made, makers, strict=True)})
    except Exception:  # it is false of the free reader, or asks of symbols or readings what they do not have
        return False
    return True


def _survives_merging(claim: Conjecture) -> bool:
    """Whether the claim asserts nothing but what stays true when attention tokens are merged."""
    code = claim.body.__code__
    if code.co_freevars or hasattr(claim.body, "__wrapped__"):  # its names are not its module's; another is run
        return False
    match ast.parse(textwrap.dedent(inspect.getsource(code))).body:
        case [ast.FunctionDef(body=[ast.Expr(value=ast.Constant()), *rest])] if rest:
            drawn = frozenset(inspect.signature(claim.body).parameters) - {"head"}
            form = _Form(drawn, claim.body.__globals__)
            return all(isinstance(one, ast.Assert) and form.kept(one.test) for one in rest)
    return False


class _Form:
    """What the parts of an assertion may be."""

    def __init__(self, drawn: frozenset[str], names: dict[str, Any]) -> None:
        self.drawn, self.names = drawn, names

    def kept(self, node: ast.expr) -> bool:
        """Return whether it stays true when attention tokens are merged."""
        match node:
            case ast.BoolOp(values=values):
                return all(map(self.kept, values))
            case ast.Call(func=ast.Name(id=name), args=args, keywords=[]):
                if not self._ours(name, *KEPT, *TRUE):
                    return False
                if name in TRUE:
                    return len(args) == 1 and self.reading(args[0])
                return all(self.reading(one) or self.plain(one) for one in args)
            case ast.Compare(left=left, ops=[ast.LtE() | ast.Eq()], comparators=[right]):
                return self.alphabet(left) and self.alphabet(right)
        return False

    def alphabet(self, node: ast.expr) -> bool:
        """Return whether it is the alphabet of a reading, or of several together."""
        match node:
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                return self.alphabet(left) and self.alphabet(right)
            case ast.Call(func=ast.Name(id="alphabet"), args=[of], keywords=[]):
                return self._ours("alphabet", "alphabet") and self.reading(of)
        return False

    def reading(self, node: ast.expr) -> bool:
        """Return whether it is a reading, or a stretch of one."""
        match node:
            case ast.Call(func=ast.Name(id="head"), args=[ids], keywords=[]):
                return self.plain(ids)
            case ast.Subscript(value=value, slice=ast.Slice() as span):
                return self.reading(value) and self.plain(span)
            case ast.Attribute(value=value, attr="last"):
                return self.reading(value)
        return False

    def plain(self, node: ast.expr) -> bool:
        """Return whether the drawn values alone make it up, and no token or reading decides anything in it."""
        match node:
            case ast.Call(func=ast.Name(id="len"), args=[of], keywords=[]):
                return "len" not in self.drawn.union(self.names) and self.plain(of)
            case ast.Name(id=name):
                return name in self.drawn
            case ast.Attribute(value=of, attr=attr):
                return attr in _FIELDS and self.plain(of)
            case ast.BinOp(op=op):
                return isinstance(op, ast.Add | ast.Sub | ast.Mult | ast.FloorDiv) and self._of_plain(node)
            case ast.UnaryOp(op=ast.USub()) | ast.Tuple() | ast.Starred() | ast.Subscript() | ast.Slice():
                return self._of_plain(node)
        return isinstance(node, ast.Constant)

    def _of_plain(self, node: ast.expr) -> bool:
        return all(self.plain(part) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))

    def _ours(self, name: str, *among: str) -> bool:
        return name in among and name not in self.drawn and self.names.get(name) is getattr(relations, name)
