"""Simple readers: readers by rule, each of which sees one or two facts about the tokens so far.

A reader of lines sees facts of a place, such as its token, the token before, or how often the token has come. A reader
of pairs sees facts of query and key. The reading is a hash of these facts, so two places read alike if their facts
agree. Some readers hash into three tokens, as heads with small vocabularies do. Two readers see everything, and obey no
law but those of causality: the lawless ones.

The set of readers that obey a law is what the law means here. It is a meaning by example: a law that differs from
another on none of some two hundred readers, and on no head, is taken for the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations

import numpy as np
from jaxtyping import UInt64

from harness.laws.families import Ids
from harness.readings.lexicon import Lexicon
from harness.readings.reading import Reading

Hash = UInt64[np.ndarray, " entry"]

FEW = 3
"""Tokens of a reader with a small vocabulary."""

MASK = (1 << 64) - 1
NOTHING = -1

LINE_FACTS = (
    "the token",
    "the place",
    "the token before",
    "the token two places back",
    "the first token",
    "how often the token came",
    "the tokens so far in any order",
    "the distinct tokens so far",
    "the class of the token",
    "the last other token",
    "what followed the last copy",
    "whether it is the first place",
)

PAIR_FACTS = (
    "the key's token",
    "the key's place",
    "the distance",
    "the query's token",
    "the token before the key",
    "the token before the query",
    "the first token",
    "how often the key's token came",
    "whether both tokens are the same",
    "the class of the key's token",
    "all tokens in any order",
    "the query's place",
    "whether it is the first place",
)

ALL = "everything so far"
"""What the lawless readers see."""


@dataclass(frozen=True)
class SimpleReader:
    """A reader that sees some facts.

    Attributes:
        few: whether it reads a hash into few tokens.
    """

    facts: tuple[str, ...]
    few: bool = False

    @property
    def lawless(self) -> bool:
        """Whether it sees everything."""
        return self.facts == (ALL,)


def readers(*, pairs: bool) -> tuple[SimpleReader, ...]:
    """Give all simple readers: the lawless first, then a constant one, and those with one fact or two."""
    facts = PAIR_FACTS if pairs else LINE_FACTS
    some = [(), *((fact,) for fact in facts), *combinations(facts, 2)]
    return (
        SimpleReader((ALL,)),
        SimpleReader((ALL,), few=True),
        *(SimpleReader(seen) for seen in some),
        *(SimpleReader((fact,), few=True) for fact in facts),
    )


class Eyes:
    """Tell the facts of sequences; those of a sequence are made once."""

    def __init__(self, lexicon: Lexicon) -> None:
        classes = {}
        begun = 0
        for kind, number in enumerate(lexicon.classes or (len(lexicon.words),)):
            classes.update(dict.fromkeys(lexicon.words[begun : begun + number], kind))
            begun += number
        self._classes = classes
        self.line = lru_cache(maxsize=1 << 15)(self._line)
        self.last_row = lru_cache(maxsize=1 << 15)(lambda x: self._row(x, len(x) - 1))
        self.triangle = lru_cache(maxsize=1 << 13)(self._triangle)

    def _line(self, x: Ids) -> dict[str, Hash]:
        """The facts of each place."""
        last: dict[int, int] = {}
        followed, others = [], []
        for i, token in enumerate(x):
            others.append(next((x[j] for j in range(i - 1, -1, -1) if x[j] != token), NOTHING))
            followed.append(x[last[token] + 1] if token in last else NOTHING)
            last[token] = i
        told: dict[str, Iterable[int]] = {
            "the token": x,
            "the place": range(len(x)),
            "the token before": (NOTHING, *x[:-1]),
            "the token two places back": (NOTHING, NOTHING, *x[:-2])[: len(x)],
            "the first token": (x[0],) * len(x),
            "how often the token came": (x[:i].count(token) for i, token in enumerate(x)),
            "the tokens so far in any order": (_of_many(x[: i + 1]) for i in range(len(x))),
            "the distinct tokens so far": (_of_many({*x[: i + 1]}) for i in range(len(x))),
            "the class of the token": (self._classes.get(token, NOTHING) for token in x),
            "the last other token": others,
            "what followed the last copy": followed,
            "whether it is the first place": (int(i == 0) for i in range(len(x))),
            ALL: (hash(x[: i + 1]) for i in range(len(x))),
        }
        return {fact: _hashes(values) for fact, values in told.items()}

    def _row(self, x: Ids, i: int) -> dict[str, Hash]:
        """The facts of the pairs of query i with each key."""
        keys = x[: i + 1]
        n = len(keys)
        told: dict[str, Iterable[int]] = {
            "the key's token": keys,
            "the key's place": range(n),
            "the distance": range(i, -1, -1),
            "the query's token": (x[i],) * n,
            "the token before the key": (NOTHING, *keys[:-1]),
            "the token before the query": (x[i - 1] if i else NOTHING,) * n,
            "the first token": (x[0],) * n,
            "how often the key's token came": (keys[:j].count(token) for j, token in enumerate(keys)),
            "whether both tokens are the same": (int(token == x[i]) for token in keys),
            "the class of the key's token": (self._classes.get(token, NOTHING) for token in keys),
            "all tokens in any order": (_of_many(keys),) * n,
            "the query's place": (i,) * n,
            "whether it is the first place": (int(j == 0) for j in range(n)),
            ALL: (hash((keys, j)) for j in range(n)),
        }
        return {fact: _hashes(values) for fact, values in told.items()}

    def _triangle(self, x: Ids) -> dict[str, Hash]:
        """The facts of every pair, row after row."""
        rows = [self._row(x, i) for i in range(len(x))]
        return {fact: np.concatenate([row[fact] for row in rows]) for fact in rows[0]}


def tokens(reader: SimpleReader, facts: dict[str, Hash]) -> np.ndarray:
    """Return what a reader reads where it is told such facts."""
    seen = np.zeros(len(facts[ALL]), dtype=np.uint64)
    for place, fact in enumerate(reader.facts):
        seen = mixed(seen + (facts[fact] * np.uint64(0x9E3779B97F4A7C15 + 2 * place)))
    found: np.ndarray = (seen % np.uint64(FEW) if reader.few else seen >> np.uint64(2)).astype(np.int64)
    return found


class AsHead:
    """A simple reader as what a conjecture is handed, so that the book's claims can be asked of it."""

    layer = 0

    def __init__(self, reader: SimpleReader, eyes: Eyes, *, pairs: bool) -> None:
        self._reader, self._eyes, self._pairs = reader, eyes, pairs

    def __call__(self, ids: Iterable[int]) -> Reading:
        """The reading of a sequence."""
        x = tuple(ids)
        read = tokens(self._reader, self._eyes.triangle(x) if self._pairs else self._eyes.line(x))
        return Reading(
            ids=x,
            sequence=x,
            triangle=self._pairs,
            tokens=read,
            runners_up=np.full(len(read), NOTHING),
            margins=np.ones(len(read)),
            near_ties=np.zeros(len(read), dtype=bool),
        )

    def afresh(self, ids: Iterable[int]) -> Reading:
        """Return the same reading."""
        return self(ids)

    def read(self, sequences: Sequence[Iterable[int]], *, afresh: bool = False, own: bool = False) -> list[Reading]:
        """Return the readings of several sequences."""
        return [self(ids) for ids in sequences]


def mixed(values: Hash) -> Hash:
    """Mix the bits of 64-bit numbers (splitmix64's last steps)."""
    values = (values ^ (values >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    values = (values ^ (values >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    found: Hash = values ^ (values >> np.uint64(31))
    return found


def _hashes(values: Iterable[int]) -> Hash:
    return mixed(np.array([(value + 2) & MASK for value in values], dtype=np.uint64))


def _of_many(some: Iterable[int]) -> int:
    """A hash of tokens that does not depend on their order."""
    return sum(hash((token, 7)) for token in some) & (MASK >> 1)
