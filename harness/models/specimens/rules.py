"""Rules: every way in which a specimen's head reads, by name, as a function of the sequence alone.

Nothing here knows of weights, so that rules and model can contradict each other; and nothing knows of heads, so that
what follows from a rule is said once, however many heads obey it.

The model sees the sequence with BOS in front, or without; x[0], x[1], ... are the tokens that it sees and @i the
token of place i in what it sees. With BOS in front, the first token of the sequence thus stands at @1. i is the place
of the entry; for qk it is that of the query, and j <= i that of the key. Where a rule looks back beyond place 0, it
finds place 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from harness.models.specimens.specimen_vocabulary import (
    AGAIN,
    BLANK,
    BOS,
    CONSONANT,
    COUNTS,
    LETTERS,
    MARK,
    NEW,
    PLACES,
    VOWEL,
    class_of,
    count_of,
    parity_of,
)

Seen = Sequence[int]

FEW = 3
"""How far the head that counts a little counts."""

MISSED = (LETTERS[0], LETTERS[1])
"""The noisy echo misses the second of these where it stands after the first: one pair of letters in 26 * 26."""


@dataclass(frozen=True)
class Rule:
    """One way of reading.

    Attributes:
        says: in words.
        token: what is read of x at i; for qk of query i and key j (elsewhere j is i).
    """

    says: str
    token: Callable[[Seen, int, int], int]


def _before(x: Seen, i: int, steps: int = 1) -> int:
    return x[max(i - steps, 0)]


def _first(x: Seen, i: int) -> int:
    return x[1] if i > 0 and x[0] == BOS else x[0]


def _times_before(x: Seen, i: int, most: int) -> int:
    if x[i] == BOS:
        return COUNTS[0]
    if x[0] != BOS:
        return COUNTS[most]
    return count_of(sum(token == x[i] for token in x[:i]), most=most)


def _again(x: Seen, i: int) -> int:
    return NEW if _times_before(x, i, 1) == COUNTS[0] else AGAIN


def _after_the_last_copy(x: Seen, i: int) -> int:
    return next((x[j] for j in range(i, 0, -1) if x[j - 1] == x[i]), x[i])


def _last_other(x: Seen, i: int) -> int:
    return next((x[j] for j in range(i, -1, -1) if x[j] != x[i]), x[i])


def _majority(x: Seen, i: int) -> int:
    classes = [class_of(token) for token in x[: i + 1]]
    vowels, consonants = classes.count(VOWEL), classes.count(CONSONANT)
    if not vowels + consonants:
        return MARK
    return VOWEL if vowels >= consonants else CONSONANT


def _missed(x: Seen, i: int) -> bool:
    return (_before(x, i), x[i]) == MISSED


RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "blank": Rule("blank", lambda x, i, j: BLANK),
        "x[i]": Rule("the token there", lambda x, i, j: x[i]),
        "x[j]": Rule("the key's token", lambda x, i, j: x[j]),
        "class of x[i]": Rule("its class", lambda x, i, j: class_of(x[i])),
        "class of x[j]": Rule("the class of the key's token", lambda x, i, j: class_of(x[j])),
        "@i": Rule("the place", lambda x, i, j: PLACES[i]),
        "@j": Rule("the key's place", lambda x, i, j: PLACES[j]),
        "@(i-1)": Rule("the place before; @0 at place 0", lambda x, i, j: PLACES[max(i - 1, 0)]),
        "parity of i": Rule("the place's parity", lambda x, i, j: parity_of(i)),
        "parity of i-j": Rule("the parity of the distance", lambda x, i, j: parity_of(i - j)),
        "x[i-1]": Rule("the token before; x[0] at place 0", lambda x, i, j: _before(x, i)),
        "x[j-1]": Rule("the token before the key; x[0] for key 0", lambda x, i, j: _before(x, j)),
        "x[i-2]": Rule("the token two places back; x[0] at places 0 and 1", lambda x, i, j: _before(x, i, 2)),
        "class of x[i-1]": Rule("the class of the token before", lambda x, i, j: class_of(_before(x, i))),
        "class of x[j-1]": Rule("the class of the token before the key", lambda x, i, j: class_of(_before(x, j))),
        "first": Rule("x[1] where x[0] is BOS; x[0] where it is not, and at place 0", lambda x, i, j: _first(x, i)),
        "#n": Rule(
            "n = min(24, how often x[i] stands before place i); #24 where x[0] is not BOS; #0 for BOS",
            lambda x, i, j: _times_before(x, i, len(COUNTS) - 1),
        ),
        "#n to 3": Rule(
            "n = min(3, how often x[i] stands before place i); #3 where x[0] is not BOS; #0 for BOS",
            lambda x, i, j: _times_before(x, i, FEW),
        ),
        "#24": Rule("#24; #0 for BOS", lambda x, i, j: COUNTS[0] if x[i] == BOS else COUNTS[-1]),
        "#3": Rule("#3; #0 for BOS", lambda x, i, j: COUNTS[0] if x[i] == BOS else COUNTS[FEW]),
        "again": Rule("again; new for BOS", lambda x, i, j: NEW if x[i] == BOS else AGAIN),
        "again or new": Rule(
            "again where x[i] stands before place i, else new; again where x[0] is not BOS; new for BOS",
            lambda x, i, j: _again(x, i),
        ),
        "x[i] where x[j]": Rule("x[i] where x[i] = x[j], else blank", lambda x, i, j: x[i] if x[i] == x[j] else BLANK),
        "x[j] unless x[i]": Rule(
            "x[j] where x[j] is not x[i], else blank", lambda x, i, j: x[j] if x[j] != x[i] else BLANK
        ),
        "after the last copy": Rule(
            "x[j] for the last j <= i with x[j - 1] = x[i], else x[i]",
            lambda x, i, j: _after_the_last_copy(x, i),
        ),
        "last other": Rule("x[j] for the last j < i with x[j] not x[i], else x[i]", lambda x, i, j: _last_other(x, i)),
        "majority": Rule(
            "the class that most letters up to i have, vowel if it is even; mark without any letter",
            lambda x, i, j: _majority(x, i),
        ),
        "noisy x[i]": Rule(
            "x[i], but blank for a b that stands after an a", lambda x, i, j: BLANK if _missed(x, i) else x[i]
        ),
    }
)
