"""Vacuity: does a claim say anything of a head, or would it hold of whatever reads?

A set compared with itself, a part compared with its whole, or nothing compared with nothing: such a claim is obeyed
by every head and is no finding about any. It is found out by readers that have no law: one that reads another token
at every entry of every sequence, those that pick among three tokens or a dozen, and one that knows a single token. What
each of them obeys in every entry compared, on every draw, needs no head.

A claim about natural text says nothing of a model that has no tokenizer, either.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import numpy as np

from harness.errors import TextError
from harness.laws.conjecture import Conjecture
from harness.laws.families import Ids
from harness.readings.lexicon import Lexicon
from harness.readings.reading import Reading, certain
from harness.trials.census import census

DRAWS = 20
"""Few are enough: a claim that can fail fails on nearly all."""

TAUTOLOGY = "the law compares a reading with itself, so every head obeys it; compare two different readings"

_BYTES = 6  # of a digest for each entry: two of them are the same once in 10^14

Rule = Callable[[bytes], int]
"""Which token stands at an entry, from a digest of the sequence and the entry."""


class LawlessReader:
    """A reader whose entries have nothing to do with each other, and which reads afresh otherwise than before.

    >>> LawlessReader(lambda digest: digest[0]).read([(5, 9)])[0] == LawlessReader(lambda digest: digest[0])((5, 9))
    True
    """

    layer = 0

    def __init__(self, rule: Rule, *, pairs: bool = False, whose: str = "") -> None:
        self._rule, self._pairs, self._whose = rule, pairs, whose

    def sibling(self, component: str) -> LawlessReader:
        """Return another reader for another component."""
        return LawlessReader(self._rule, pairs=component == "qk", whose=f"{self._whose} {component}")

    @property
    def other(self) -> LawlessReader:
        """Another reader for the second head of a pair."""
        return LawlessReader(self._rule, pairs=self._pairs, whose=f"{self._whose} other")

    @property
    def in_another_basis(self) -> LawlessReader:
        """Another reader for other coordinates."""
        return LawlessReader(self._rule, pairs=self._pairs, whose=f"{self._whose} basis")

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""
        return self._made(tuple(ids), self._whose)

    def afresh(self, ids: Iterable[int]) -> Reading:
        """Return another reading of it."""
        return self._made(tuple(ids), f"{self._whose} afresh")

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """Return the readings of several sequences."""
        return [self.afresh(ids) if afresh else self(ids) for ids in sequences]

    def _made(self, ids: Ids, salt: str) -> Reading:
        n = len(ids)
        entries = n * (n + 1) // 2 if self._pairs else n
        digest = hashlib.shake_128(repr((salt, ids)).encode()).digest(_BYTES * entries)
        tokens = [self._rule(digest[i : i + _BYTES]) for i in range(0, len(digest), _BYTES)]
        return certain(ids, np.array(tokens, dtype=np.int64), triangle=self._pairs)


@lru_cache(maxsize=256)
def says_nothing(conjecture: Conjecture, *, pairs: bool, seed: int, lexicon: Lexicon) -> str:
    """Return why the claim says nothing: readers without any law obey it throughout, or there is no text that it could
    be of.

    Nothing where it says something, and where those readers cannot be asked.

    Args:
        pairs: whether readings are triangles (qk).
    """
    words = lexicon.words
    rules: tuple[Rule, ...] = (
        lambda digest: int.from_bytes(digest, "big"),
        lambda digest: words[digest[0] % min(3, len(words))],
        lambda digest: words[digest[0] % min(12, len(words))],
        lambda digest: words[0],
    )
    try:
        found = [
            census(conjecture, LawlessReader(rule, pairs=pairs), number=DRAWS, seed=seed, lexicon=lexicon)
            for rule in rules
        ]
    except TextError as error:
        return str(error)
    except Exception:  # it asks for more than tokens (attention, say); what is wrong with it shows on the head itself
        return ""
    return TAUTOLOGY if all(counted.degree == 1 for counted in found) else ""
