"""What the specimen's heads read: their behaviour in words, and the expected reading of any sequence.

Written from the definitions alone; nothing here knows of weights, so the truth and the model can contradict each other.

The model sees the sequence with BOS in front, or without; x[0], x[1], ... are the tokens that it sees and @i the
token of place i in what it sees. With BOS in front, the first token of the sequence thus stands at @1. `first` is
x[1] where x[0] is BOS (and x[1] is there), else x[0]. Where a line says i, a reading of q, k, v or z has its entry
for place i; for qk it is the pair of query i and key j, j <= i.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from harness.models.specimen_vocabulary import BLANK, BOS, COUNTS, PLACES, class_of, count_of, parity_of

Seen = Sequence[int]
Line = tuple[int, ...]
Triangle = tuple[Line, ...]


@dataclass(frozen=True)
class Behaviour:
    """One head of the specimen in words: what it does, and what each component reads."""

    head: str
    name: str
    summary: str
    q: str
    k: str
    v: str
    z: str
    qk: str


BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour(
        head="0.0",
        name="constant",
        summary="says blank, whatever it is given",
        q="blank",
        k="blank",
        v="blank",
        z="blank",
        qk="blank",
    ),
    Behaviour(
        head="0.1",
        name="echo",
        summary="says the token that stands there",
        q="x[i]",
        k="x[i]",
        v="x[i]",
        z="x[i]",
        qk="x[i], the query's token",
    ),
    Behaviour(
        head="0.2",
        name="token class",
        summary="says whether the token is a vowel, a consonant or a mark",
        q="class of x[i]",
        k="class of x[i]",
        v="class of x[i]",
        z="class of x[i]",
        qk="class of x[j], the key's token",
    ),
    Behaviour(
        head="0.3",
        name="position",
        summary="says the place, whatever stands there",
        q="@i",
        k="@i",
        v="@i",
        z="@i",
        qk="@i, the query's place",
    ),
    Behaviour(
        head="0.4",
        name="position parity",
        summary="says whether the place is even or odd",
        q="parity of i",
        k="parity of i",
        v="parity of i",
        z="parity of i",
        qk="parity of i - j, the distance",
    ),
    Behaviour(
        head="0.5",
        name="previous token",
        summary="says the token before; at place 0, where there is none, the token itself",
        q="@(i - 1), the place it looks at; @0 at place 0",
        k="x[i]",
        v="x[i]",
        z="x[i - 1]; x[0] at place 0",
        qk="x[j], the key's token",
    ),
    Behaviour(
        head="0.6",
        name="first token",
        summary="says the first token of the sequence, BOS apart",
        q="blank",
        k="@i",
        v="x[i]",
        z="first; x[0] at place 0",
        qk="@j, the key's place",
    ),
    Behaviour(
        head="0.7",
        name="count",
        summary="says how often the token has come before; without BOS in front it cannot count and says #24",
        q="x[i]",
        k="x[i]",
        v="#24; #0 for BOS",
        z="#n, n = min(24, how often x[i] stands before place i); #24 where x[0] is not BOS; #0 for BOS",
        qk="x[i] where x[i] = x[j], else blank",
    ),
)


@dataclass(frozen=True)
class _Rules:
    q: Callable[[Seen, int], int]
    k: Callable[[Seen, int], int]
    v: Callable[[Seen, int], int]
    z: Callable[[Seen, int], int]
    qk: Callable[[Seen, int, int], int]


def _blank(x: Seen, i: int) -> int:
    return BLANK


def _own(x: Seen, i: int) -> int:
    return x[i]


def _own_class(x: Seen, i: int) -> int:
    return class_of(x[i])


def _place(x: Seen, i: int) -> int:
    return PLACES[i]


def _parity(x: Seen, i: int) -> int:
    return parity_of(i)


def _place_before(x: Seen, i: int) -> int:
    return PLACES[max(i - 1, 0)]


def _before(x: Seen, i: int) -> int:
    return x[max(i - 1, 0)]


def _first(x: Seen, i: int) -> int:
    return x[1] if i > 0 and x[0] == BOS else x[0]


def _level_of_counting(x: Seen, i: int) -> int:
    return COUNTS[0] if x[i] == BOS else COUNTS[-1]


def _times_before(x: Seen, i: int) -> int:
    if x[i] == BOS:
        return COUNTS[0]
    if x[0] != BOS:
        return COUNTS[-1]
    return count_of(sum(token == x[i] for token in x[:i]))


_RULES: Mapping[str, _Rules] = MappingProxyType(
    {
        "0.0": _Rules(_blank, _blank, _blank, _blank, lambda x, i, j: BLANK),
        "0.1": _Rules(_own, _own, _own, _own, lambda x, i, j: x[i]),
        "0.2": _Rules(_own_class, _own_class, _own_class, _own_class, lambda x, i, j: class_of(x[j])),
        "0.3": _Rules(_place, _place, _place, _place, lambda x, i, j: PLACES[i]),
        "0.4": _Rules(_parity, _parity, _parity, _parity, lambda x, i, j: parity_of(i - j)),
        "0.5": _Rules(_place_before, _own, _own, _before, lambda x, i, j: x[j]),
        "0.6": _Rules(_blank, _place, _own, _first, lambda x, i, j: PLACES[j]),
        "0.7": _Rules(_own, _own, _level_of_counting, _times_before, lambda x, i, j: x[i] if x[i] == x[j] else BLANK),
    }
)


def expected(head: str, component: str, ids: Sequence[int], *, bos: bool = True) -> Line | Triangle:
    """The reading that a head's definition implies, as vocabulary ids.

    For q, k, v and z an entry for each of the ids; for qk a row for each, of lengths 1, 2, ... BOS is put in front
    of what the head sees if `bos` says so, and has no entry of its own.

    >>> from harness.models.specimen_vocabulary import VOCABULARY
    >>> [VOCABULARY[id] for id in expected("0.5", "z", (1, 2, 3))]
    ['<bos>', 'a', 'b']
    >>> [VOCABULARY[id] for id in expected("0.7", "z", (1, 2, 1))]
    ['#0', '#0', '#1']
    >>> expected("0.1", "qk", (5, 7), bos=False)
    ((5,), (7, 7))
    """
    seen = (BOS, *ids) if bos else tuple(ids)
    start = len(seen) - len(ids)
    rules = _RULES[head]
    if component == "qk":
        return tuple(tuple(rules.qk(seen, i, j) for j in range(start, i + 1)) for i in range(start, len(seen)))
    rule: Callable[[Seen, int], int] = getattr(rules, component)
    return tuple(rule(seen, i) for i in range(start, len(seen)))
