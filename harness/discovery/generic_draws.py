"""Generic draws: for each length, sequences of symbols of which every draw of a family is an image, token by token.

No symbol comes twice but where the family says so. With symbols nothing can be computed, so that a claim which looks at
a token, or adds to it, fails.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.laws import families
from harness.laws.families import MIN_LENGTH, Couple, Extension
from harness.laws.sampling import made_by


class Symbol:
    """A token of which nothing is known but which one it is."""

    def __init__(self, number: int) -> None:
        self.number = number


Made = Callable[[Iterator[Any]], Any]
"""Makes one value of an argument out of fresh symbols."""


def generic(strategy: SearchStrategy[Any], *, longest: int) -> list[Made]:
    """Return makers of generic values of a strategy; none for one that is not known.

    >>> [len(make(map(Symbol, range(9)))) for make in generic(families.words(max_length=4), longest=24)]
    [2, 3, 4]
    """
    try:
        match ast.parse(repr(strategy), mode="eval").body:
            case ast.Call(func=ast.Name(id=name), args=[], keywords=keywords) if name in _FAMILIES:
                family, made = _FAMILIES[name]
                if made_by(strategy, family):
                    return [*made(longest, **{str(one.arg): ast.literal_eval(one.value) for one in keywords})]
    except (SyntaxError, TypeError, ValueError):  # bounds that are not given, or no numbers
        pass
    return []


def _integer(value: int) -> Made:
    return lambda _fresh: value


def _word(length: int) -> Made:
    return lambda fresh: tuple(next(fresh) for _ in range(length))


def _repeat(length: int) -> Made:
    return lambda fresh: (next(fresh),) * length


def _extension(length: int) -> Made:
    return lambda fresh: Extension(_word(length)(fresh), next(fresh))


def _couple(length: int) -> Made:
    return lambda fresh: Couple(_word(length)(fresh), _word(length)(fresh))


def _lengths(longest: int, shortest: int, given: int | None, apart: int = 0) -> range:
    return range(shortest, (max(shortest, longest - apart) if given is None else given) + 1)


def _integers(_longest: int, min_value: int, max_value: int) -> Iterator[Made]:
    return map(_integer, range(min_value, max_value + 1))


def _tokens(_longest: int) -> Iterator[Made]:
    yield next


def _words(longest: int, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Iterator[Made]:
    return map(_word, _lengths(longest, min_length, max_length))


def _repeats(longest: int, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Iterator[Made]:
    return map(_repeat, _lengths(longest, min_length, max_length))


def _extensions(longest: int, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Iterator[Made]:
    return map(_extension, _lengths(longest, min_length, max_length, apart=1))


def _couples(longest: int, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Iterator[Made]:
    """Two words of one length: more than any family of couples has, and each of its draws is an image of one."""
    return map(_couple, _lengths(longest, min_length, max_length))


def _over_few(longest: int, tokens: int = 0, **given: Any) -> Iterator[Made]:
    return _words(longest, **given)


_FAMILIES: dict[str, tuple[Callable[[], SearchStrategy[Any]], Callable[..., Iterable[Made]]]] = {
    "words": (families.words, _words),
    "passages": (families.passages, _words),
    "few_token_sequences": (families.few_token_sequences, _over_few),
    "tokens": (families.tokens, _tokens),
    "integers": (st.integers, _integers),
    "repeats": (families.repeats, _repeats),
    "extensions": (families.extensions, _extensions),
    "same_length_pairs": (families.same_length_pairs, _couples),
    "text_random_pairs": (families.text_random_pairs, _couples),
    "shuffles": (families.shuffles, _couples),
}
