"""What the specimens' heads read: their behaviour in words, and the expected reading of any sequence.

Written from the definitions alone; nothing here knows of weights, so the truth and the model can contradict each other.
The names of the rules, and how a rule reads a sequence, are in `specimen_rules`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.models.specimens.rules import RULES
from harness.models.specimens.specimen_vocabulary import BOS

Line = tuple[int, ...]
Triangle = tuple[Line, ...]


@dataclass(frozen=True)
class Behaviour:
    """One head of a specimen: what it does in words, and the rule by which each component reads."""

    head: str
    name: str
    summary: str
    q: str
    k: str
    v: str
    z: str
    qk: str


_CONSTANT = (
    "constant",
    "says blank, whatever it is given, and looks at BOS",
    "blank",
    "blank",
    "blank",
    "blank",
    "blank",
)
_ECHO = ("echo", "says the token that stands there", "x[i]", "x[i]", "x[i]", "x[i]", "x[i]")
_CLASS = (
    "token class",
    "says whether the token is a vowel, a consonant or a mark",
    "class of x[i]",
    "class of x[i]",
    "class of x[i]",
    "class of x[i]",
    "class of x[j]",
)
_BEFORE = ("previous token", "says the token before; at place 0, which has none, the token itself")
_INDUCTION = (
    "induction",
    "says the token after the last earlier copy of the token, or the token itself without such a copy",
    "x[i]",
    "x[i-1]",
    "x[i]",
    "after the last copy",
    "x[j-1]",
)
_NEIGHBOUR = (
    "neighbour's class",
    "says the class of the token before",
    "class of x[i]",
    "class of x[i-1]",
    "class of x[i-1]",
    "class of x[i-1]",
    "class of x[j-1]",
)
_OTHER = (
    "last other token",
    "says the last token that differs from the present one, or the present one if all are the same",
    "blank",
    "x[i]",
    "x[i]",
    "last other",
    "x[j] unless x[i]",
)
_TWO_BACK = ("two back", "says the token two places back", "blank", "x[i-1]", "x[i-1]", "x[i-2]", "x[j-1]")

BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("0.0", *_CONSTANT),
    Behaviour("0.1", *_ECHO),
    Behaviour("0.2", *_CLASS),
    Behaviour("0.3", "position", "says the place, whatever stands there", "@i", "@i", "@i", "@i", "@i"),
    Behaviour(
        "0.4",
        "position parity",
        "says whether the place is even or odd",
        "parity of i",
        "parity of i",
        "parity of i",
        "parity of i",
        "parity of i-j",
    ),
    Behaviour("0.5", *_BEFORE, "@(i-1)", "x[i]", "x[i]", "x[i-1]", "x[j]"),
    Behaviour(
        "0.6", "first token", "says the first token of the sequence, BOS apart", "blank", "@i", "x[i]", "first", "@j"
    ),
    Behaviour(
        "0.7",
        "count",
        "says how often the token has come before; without BOS in front it cannot count and says #24",
        "x[i]",
        "x[i]",
        "#24",
        "#n",
        "x[i] where x[j]",
    ),
    Behaviour(
        "1.0",
        "duplicate",
        "looks for the first copy and says whether the token has come before; without BOS in front it says again",
        "x[i]",
        "x[i]",
        "again",
        "again or new",
        "x[i] where x[j]",
    ),
    Behaviour("1.1", *_INDUCTION),
    Behaviour("1.2", *_NEIGHBOUR),
    Behaviour("1.3", *_OTHER),
    Behaviour("1.4", *_TWO_BACK),
    Behaviour(
        "1.5",
        "majority",
        "says whether most letters so far are vowels or consonants; vowel where it is even",
        "blank",
        "class of x[i]",
        "class of x[i]",
        "majority",
        "class of x[j]",
    ),
    Behaviour(
        "1.6",
        "count to 3",
        "says how often the token has come before, #3 for three and more; without BOS in front #3",
        "x[i]",
        "x[i]",
        "#3",
        "#n to 3",
        "x[i] where x[j]",
    ),
    Behaviour(
        "1.7",
        "noisy echo",
        "says the token that stands there, but blank for a b after an a: one pair of letters in 676",
        "x[i]",
        "x[i]",
        "noisy x[i]",
        "noisy x[i]",
        "x[j]",
    ),
)
"""The specimen's heads."""

ROTARY_BEHAVIOURS: tuple[Behaviour, ...] = (
    Behaviour("0.0", *_CONSTANT),
    Behaviour("0.1", *_ECHO),
    Behaviour("0.2", *_CLASS),
    Behaviour("0.3", *_BEFORE, "blank", "x[i]", "x[i]", "x[i-1]", "x[j]"),
    Behaviour("1.0", *_INDUCTION),
    Behaviour("1.1", *_NEIGHBOUR),
    Behaviour("1.2", *_OTHER),
    Behaviour("1.3", *_TWO_BACK),
)
"""The heads of the rotary specimen: those of the specimen that need to know no place, only distances."""


def expected(
    head: str, component: str, ids: Sequence[int], *, bos: bool = True, of: Sequence[Behaviour] = BEHAVIOURS
) -> Line | Triangle:
    """Return the reading that a head's definition implies, as vocabulary ids.

    For q, k, v and z an entry for each of the ids; for qk a row for each, of lengths 1, 2, ... BOS is put in front
    of what the head sees if `bos` says so, and has no entry of its own.

    >>> from harness.models.specimens.specimen_vocabulary import VOCABULARY
    >>> [VOCABULARY[id] for id in expected("0.5", "z", (1, 2, 3))]
    ['<bos>', 'a', 'b']
    >>> [VOCABULARY[id] for id in expected("0.7", "z", (1, 2, 1))]
    ['#0', '#0', '#1']
    >>> [VOCABULARY[id] for id in expected("1.0", "z", (1, 2, 1), of=ROTARY_BEHAVIOURS)]
    ['a', 'b', 'b']
    >>> expected("0.1", "qk", (5, 7), bos=False)
    ((5,), (7, 7))
    """
    seen = (BOS, *ids) if bos else tuple(ids)
    start = len(seen) - len(ids)
    behaviour = next(one for one in of if one.head == head)
    token = RULES[getattr(behaviour, component)].token
    if component == "qk":
        return tuple(tuple(token(seen, i, j) for j in range(start, i + 1)) for i in range(start, len(seen)))
    return tuple(token(seen, i, i) for i in range(start, len(seen)))
