"""Families: kinds of token sequences, as Hypothesis strategies.

Each family serves both engines. Under Hypothesis it *searches* and shrinks towards what a person can read: fewer
tokens first, then tokens nearer to the front of the lexicon, which begins with the commonest plain words. Under the
uniform provider of `sampling` the same strategy *samples* from the distribution that its docstring states,
independently from draw to draw. A search may also mix in sequences over few tokens (`mixing`); a census never does.

Chapters are imported before any model is loaded; so a strategy asks for the lexicon only when it draws.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import NamedTuple

from hypothesis import strategies as st

from harness.errors import ConjectureError, TextError
from harness.readings.lexicon import Lexicon

Ids = tuple[int, ...]

MIN_LENGTH, MAX_LENGTH = 2, 24
"""Lengths of sequences, BOS apart, where neither a conjecture nor the run (`--length`) says otherwise."""


class Extension(NamedTuple):
    """A sequence and one more token: S and t."""

    S: Ids
    t: int

    @property
    def whole(self) -> Ids:
        """S + t."""
        return (*self.S, self.t)


class Couple(NamedTuple):
    """Two sequences that belong together; their family says how."""

    S: Ids
    R: Ids


class Edit(NamedTuple):
    """A sequence S, and the sequence R made from it.

    Attributes:
        origins: for each token of R the place in S that it stands for; -1 where it stands for none. A token that has an
            origin and is another than stands there was changed.
    """

    S: Ids
    R: Ids
    origins: tuple[int, ...]


_lexicon: ContextVar[Lexicon | None] = ContextVar("lexicon", default=None)


@contextmanager
def drawing_from(lexicon: Lexicon) -> Iterator[None]:
    """Let families draw from this lexicon inside the block."""
    token = _lexicon.set(lexicon)
    try:
        yield
    finally:
        _lexicon.reset(token)


_mixing: ContextVar[bool] = ContextVar("mixing", default=False)

FEW = 3
"""A search mixes in sequences over at most so many tokens: coincidences that random tokens hardly ever show."""


@contextmanager
def mixing(wanted: bool) -> Iterator[None]:
    """Let random sequences inside the block be over few tokens: for searches, never for a census."""
    token = _mixing.set(wanted)
    try:
        yield
    finally:
        _mixing.reset(token)


@st.composite
def tokens(draw: st.DrawFn, *, alphabet: Sequence[int] | None = None, special: bool = False) -> int:
    """Draw one token id, uniformly. Shrinks to the first of the lexicon (or of `alphabet`).

    On natural text it is one of the text's tokens, uniform among their places.
    """
    if _natural(alphabet, special):
        text = _known().text
        return text[draw(st.integers(0, len(text) - 1))]
    ids = _ids(alphabet, special)
    return ids[draw(st.integers(0, len(ids) - 1))]


@st.composite
def words(
    draw: st.DrawFn,
    *,
    min_length: int = MIN_LENGTH,
    max_length: int | None = None,
    alphabet: Sequence[int] | None = None,
    special: bool = False,
) -> Ids:
    """Draw random sequences.

    Sampled: a length uniform between the two bounds, then tokens independent and uniform. Shrinks to few tokens, then
    to tokens at the front of the lexicon; the simplest is the first word `min_length` times. On natural text they are
    passages, as in `passages`.
    """
    if _natural(alphabet, special):
        return draw(passages(min_length=min_length, max_length=max_length))
    ids = _ids(alphabet, special)
    index = st.integers(0, len(ids) - 1)
    few = draw(st.integers(0, FEW)) if _mixing.get() else 0
    if few:
        ids = [ids[draw(index)] for _ in range(few)]
        index = st.integers(0, few - 1)
    return tuple(ids[draw(index)] for _ in range(draw(st.integers(min_length, _longest(min_length, max_length)))))


@st.composite
def alike(draw: st.DrawFn, *, token: int) -> int:
    """Return one token of the same class of readability as another: a whole common word for a whole common word, and
    so on.

    Sampled uniformly in the class. Shrinks to the first of it.
    """
    lexicon = _known()
    first, last = lexicon.class_of(token)
    return lexicon.words[draw(st.integers(first, last - 1))]


@st.composite
def repeats(
    draw: st.DrawFn,
    *,
    min_length: int = MIN_LENGTH,
    max_length: int | None = None,
    alphabet: Sequence[int] | None = None,
    special: bool = False,
) -> Ids:
    """Draw one token and repeat it.

    Sampled: token and length uniform. Shrinks to few repeats of the first word.
    """
    token = draw(tokens(alphabet=alphabet, special=special))
    return (token,) * draw(st.integers(min_length, _longest(min_length, max_length)))


@st.composite
def periodics(
    draw: st.DrawFn,
    *,
    min_period: int = 2,
    max_period: int = 6,
    min_periods: int = 2,
    max_periods: int = 4,
    alphabet: Sequence[int] | None = None,
    special: bool = False,
) -> Ids:
    """Draw a random word and repeat it, whole periods only.

    Sampled: length of the word and number of periods uniform, tokens independent and uniform. Shrinks to a short word
    of plain tokens, said few times.
    """
    word = draw(words(min_length=min_period, max_length=max_period, alphabet=alphabet, special=special))
    return word * draw(st.integers(min_periods, max_periods))


@st.composite
def extensions(
    draw: st.DrawFn,
    *,
    min_length: int = MIN_LENGTH,
    max_length: int | None = None,
    alphabet: Sequence[int] | None = None,
    special: bool = False,
) -> Extension:
    """Draw a random sequence S and one more token t.

    Sampled: S as in `words`, t uniform and independent of it. Shrinks as `words` does. On natural text t is the token
    that follows S.
    """
    if _natural(alphabet, special):
        whole = draw(passages(min_length=min_length + 1, max_length=None if max_length is None else max_length + 1))
        return Extension(whole[:-1], whole[-1])
    longest = _longest(min_length, max_length, apart=1)
    S = draw(words(min_length=min_length, max_length=longest, alphabet=alphabet, special=special))
    return Extension(S, draw(tokens(alphabet=alphabet, special=special)))


@st.composite
def few_token_sequences(
    draw: st.DrawFn,
    *,
    tokens: int = 6,
    min_length: int = MIN_LENGTH,
    max_length: int | None = None,
) -> Ids:
    """Draw a few tokens in any order, so that most occur several times.

    Sampled: how many uniform between 2 and `tokens`, the tokens themselves independent and uniform (so hardly ever
    equal), a length uniform between its bounds, then each place independent and uniform among those few. Shrinks to
    few tokens at the front of the lexicon; the simplest is the first word `min_length` times.
    """
    ids = _ids(None, False)
    index = st.integers(0, len(ids) - 1)
    few = [ids[draw(index)] for _ in range(draw(st.integers(2, tokens)))]
    place = st.integers(0, len(few) - 1)
    return tuple(few[draw(place)] for _ in range(draw(st.integers(min_length, _longest(min_length, max_length)))))


@st.composite
def same_length_pairs(draw: st.DrawFn, *, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Couple:
    """Draw two random sequences of the same length, otherwise independent.

    Sampled: S as in `words`, R independent of it but for its length. Shrinks as `words` does.
    """
    S = draw(words(min_length=min_length, max_length=max_length))
    return Couple(S, draw(words(min_length=len(S), max_length=len(S))))


@st.composite
def passages(draw: st.DrawFn, *, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Ids:
    """Draw natural text: a few consecutive tokens from 120 English sentences, as the model's tokenizer splits them.

    A passage may begin and end within a sentence, or within a word. Sampled: a length uniform between its bounds, then
    one of the text's passages of that length, uniform among all, so that a count speaks of this text, not of English.
    Shrinks to few tokens, then towards the beginning of the text.

    Raises:
        TextError: where the model has no tokenizer.
    """
    text, longest = _known().text, _longest(min_length, max_length)
    if len(text) < longest:
        raise TextError("this model has no tokenizer to read natural text with; put its tokenizer into its folder.")
    length = draw(st.integers(min_length, longest))
    start = draw(st.integers(0, len(text) - length))
    return text[start : start + length]


@st.composite
def text_random_pairs(draw: st.DrawFn, *, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Couple:
    """Draw natural text S, and R: a random sequence of the same length.

    Sampled: S as in `passages`, R independent of it but for its length, as in `words`. Shrinks as they do.
    """
    S = draw(passages(min_length=min_length, max_length=max_length))
    return Couple(S, draw(words(min_length=len(S), max_length=len(S))))


@st.composite
def shuffles(draw: st.DrawFn, *, min_length: int = MIN_LENGTH, max_length: int | None = None) -> Couple:
    """Draw a random sequence S, and R: the same tokens in another order.

    Sampled: S as in `words`, the order uniform among all. Shrinks as `words` does, and towards the order of S.
    """
    S = draw(words(min_length=min_length, max_length=max_length))
    return Couple(S, tuple(draw(st.permutations(S))))


@st.composite
def renamings(
    draw: st.DrawFn, *, tokens: int = 6, min_length: int = MIN_LENGTH, max_length: int | None = None
) -> Couple:
    """Draw a sequence S over a few tokens, and R: the same with each distinct token replaced by another one throughout.

    Sampled: S as in `few_token_sequences`, the bijection uniform among all. Shrinks as those do, in both.
    """
    S = draw(few_token_sequences(tokens=tokens, min_length=min_length, max_length=max_length))
    ids = _ids(None, False)
    named: dict[int, int] = {}
    taken: list[int] = []
    for token in dict.fromkeys(S):
        place = draw(st.integers(0, len(ids) - 1 - len(taken)))
        for other in sorted(taken):  # the place is one among those that are left
            place += other <= place
        taken.append(place)
        named[token] = ids[place]
    return Couple(S, tuple(named[token] for token in S))


def _natural(alphabet: Sequence[int] | None, special: bool) -> bool:
    """Whether sequences that may be any are to be natural text."""
    lexicon = _lexicon.get()
    return lexicon is not None and lexicon.natural and alphabet is None and not special


def _ids(alphabet: Sequence[int] | None, special: bool) -> Sequence[int]:
    if alphabet is not None:
        if not alphabet:
            raise ConjectureError(
                "alphabet=(): an alphabet needs at least one id; leave it out to use the model's lexicon."
            )
        return alphabet
    lexicon = _known()
    return lexicon.words + lexicon.special if special else lexicon.words


def _longest(shortest: int, given: int | None, *, apart: int = 0) -> int:
    """The longest length: what the claim gives, or what the run does, less what comes besides."""
    if given is not None:
        return given
    lexicon = _lexicon.get()  # none where a family draws from an alphabet of its own, outside a run
    return max(shortest, (MAX_LENGTH if lexicon is None else lexicon.longest) - apart)


def _known() -> Lexicon:
    lexicon = _lexicon.get()
    if lexicon is None:
        raise ConjectureError(
            "there is no lexicon to draw from: a family draws inside a trial; elsewhere use `with "
            "drawing_from(model.lexicon):`."
        )
    return lexicon
