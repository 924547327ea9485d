"""Vocabulary: the attention tokens that one head's component has been seen to read.

Calibrated once on a fixed sample: 64 sequences of 24 ids each, drawn independently and uniformly from the model's
lexicon with a seed of their own, so that no conjecture's draws are among them. The vocabulary is the union of what
they read as; whether a head has more to say is what conjectures about it are for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random

from harness.readings.lexicon import Lexicon
from harness.readings.reading import Reading

SEQUENCES, LENGTH = 64, 24


@dataclass(frozen=True)
class Vocabulary:
    """A set of attention tokens, and how far near-ties put it in doubt.

    Attributes:
        read: every token that is read, near-ties at their word.
        sure: those read at an entry that is no near-tie.
        possible: those read, and the runners-up where two tokens tie.
        open: how many entries may be any token, for three or more tie there.
    """

    read: frozenset[int]
    sure: frozenset[int]
    possible: frozenset[int]
    open: int = 0

    def __len__(self) -> int:
        return len(self.read)


def calibration(lexicon: Lexicon, *, n_ctx: int) -> tuple[tuple[int, ...], ...]:
    """Return the sample; its sequences are shorter where the model reads no more than `n_ctx` tokens, BOS among
    them.
    """
    random = Random("calibration")  # statistics, not secrets
    length = min(LENGTH, n_ctx - 1)
    return tuple(tuple(random.choices(lexicon.words, k=length)) for _ in range(SEQUENCES))


def vocabulary(readings: Iterable[Reading]) -> Vocabulary:
    """Return the union of what some readings say.

    >>> from harness.readings.reading import line
    >>> found = vocabulary([line([4, 5]), line([5, 6], near_ties=(1,), runner_up=9)])
    >>> sorted(found.read), sorted(found.sure), sorted(found.possible)
    ([4, 5, 6], [4, 5], [4, 5, 6, 9])
    """
    read, sure, possible, undecided = set[int](), set[int](), set[int](), 0
    for reading in readings:
        read.update(reading.tokens.tolist())
        sure.update(reading.tokens[~reading.near_ties].tolist())
        possible.update(reading.runners_up[reading.near_ties & ~reading.open].tolist())
        undecided += int(reading.open.sum())
    return Vocabulary(frozenset(read), frozenset(sure), frozenset(read | possible), undecided)
