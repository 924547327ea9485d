"""Relation: how the readings of S and of R are compared, at which places, and what that says in English.

A comparison is there twice: as the word of a chapter (`agree`, `pattern`, `alphabet`), and for the tokens of all heads
at once, where an entry is a token and a mask says which entries are there. `tests/discovery` holds the two against each
other. One more relation takes a few lines:

    RELATIONS.append(Relation("leaves_the_last_place", "the last place reads as before",
                              "AGREE", the_last_place, pairs_name="...", pairs_says="..."))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, Int

from harness.discovery import places
from harness.discovery.places import Places

Tokens = Int[np.ndarray, "head sequence place"]
Mask = Bool[np.ndarray, "sequence place"]
Shares = Float[np.ndarray, "head sequence"]

Compare = Callable[[Tokens, Mask, Tokens, Mask], Shares]


@dataclass(frozen=True)
class Comparison:
    """A way to compare two readings.

    Attributes:
        code: the assertion, with the two readings as `{sides}`.
        words: the names that the code needs.
        on_arrays: the share of agreement of each head on each sequence.
    """

    code: str
    words: tuple[str, ...]
    on_arrays: Compare


def _agreeing(left: Tokens, _: Mask, right: Tokens, there: Mask) -> Shares:
    found: Shares = ((left == right) & there).sum(-1) / np.maximum(there.sum(-1), 1)
    return found


def _in_pattern(left: Tokens, _: Mask, right: Tokens, there: Mask) -> Shares:
    found: Shares = ((_orders(left, there) == _orders(right, there)) & there).sum(-1) / np.maximum(there.sum(-1), 1)
    return found


def _in_alphabet(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    both = (_first(right, ours) & _among(right, left, theirs)).sum(-1)
    union = _first(left, theirs).sum(-1) + _first(right, ours).sum(-1) - both
    found: Shares = both / np.maximum(union, 1)
    return found


def _without_new(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    first = _first(right, ours)
    found: Shares = (first & _among(right, left, theirs)).sum(-1) / np.maximum(first.sum(-1), 1)
    return found


def _without_loss(left: Tokens, theirs: Mask, right: Tokens, ours: Mask) -> Shares:
    return _without_new(right, ours, left, theirs)


def _equal(left: Tokens, right: Tokens) -> Bool[np.ndarray, "head sequence left right"]:
    found: np.ndarray = left[..., :, None] == right[..., None, :]
    return found


def _first(tokens: Tokens, there: Mask) -> Bool[np.ndarray, "head sequence place"]:
    """Whether no entry before holds the same token."""
    size = tokens.shape[-1]
    before = np.tri(size, k=-1, dtype=bool) & there[..., None, :]
    found: np.ndarray = there & ~(_equal(tokens, tokens) & before).any(-1)
    return found


def _among(tokens: Tokens, others: Tokens, there: Mask) -> Bool[np.ndarray, "head sequence place"]:
    found: np.ndarray = (_equal(tokens, others) & there[..., None, :]).any(-1)
    return found


def _orders(tokens: Tokens, there: Mask) -> Int[np.ndarray, "head sequence place"]:
    """Which distinct token it is, in the order in which they appear."""
    first = _first(tokens, there)
    rank = first.cumsum(-1) - 1
    place = (_equal(tokens, tokens) & first[..., None, :]).argmax(-1)
    found: np.ndarray = np.take_along_axis(rank, place, -1)
    return found


AGREE = Comparison("agree(*{sides})", ("agree",), _agreeing)
PATTERN = Comparison("same_pattern(*{sides})", ("same_pattern",), _in_pattern)
ALPHABET = Comparison("same_alphabet(*{sides})", ("same_alphabet",), _in_alphabet)
NO_NEW = Comparison("brings_no_new_token(*{sides})", ("brings_no_new_token",), _without_new)
NO_LOSS = Comparison("loses_no_token(*{sides})", ("loses_no_token",), _without_loss)


@dataclass(frozen=True)
class Relation:
    """How readings are compared, and where.

    Attributes:
        name, says: the end of a law's name, and a sentence without its full stop, of readings that are lines; empty
            where it is not for them.
        pairs_name, pairs_says: the same of the last row of pairs (qk).
    """

    comparison: Comparison
    places: Places
    name: str = ""
    says: str = ""
    pairs_name: str = ""
    pairs_says: str = ""

    @property
    def code(self) -> str:
        """The assertion of a chapter."""
        return self.comparison.code.format(sides=f"{self.places.name}(head, edit)")


RELATIONS: list[Relation] = [
    Relation(
        AGREE,
        places.the_last_place,
        "leaves_the_last_place",
        "the last place reads as before",
        "leaves_the_last_pair",
        "the last query and the last key read as before",
    ),
    Relation(
        AGREE,
        places.the_last_two_places,
        "leaves_the_last_two_places",
        "the last two places read as before",
        "leaves_the_last_two_pairs",
        "the last query reads as before with the last two keys",
    ),
    Relation(
        AGREE,
        places.the_first_place,
        "leaves_the_first_place",
        "the first place reads as before",
        "leaves_the_pair_of_last_query_and_first_key",
        "the last query and the first key read as before",
    ),
    Relation(
        AGREE,
        places.places_before_the_change,
        "leaves_what_stands_before_the_change",
        "what stands before the change reads as before",
        "leaves_the_pairs_before_the_change",
        "the last query reads as before with every key before the change",
    ),
    Relation(
        AGREE,
        places.places_after_the_change,
        "leaves_what_stands_after_the_change",
        "whatever came along unchanged behind the change reads as before",
        "leaves_the_pairs_after_the_change",
        "the last query reads as before with every key that came along unchanged behind the change",
    ),
    Relation(
        AGREE,
        places.exchanged_places,
        "leaves_the_exchanged_places",
        "where another token stands now, the same is read",
        "leaves_the_exchanged_pairs",
        "the last query reads as before with every key whose token is another now",
    ),
    Relation(
        AGREE,
        places.place_for_place,
        "leaves_place_for_place",
        "from the change on, every place reads as it did, whatever stands there now",
        "leaves_the_last_row_key_for_key",
        "the last query reads as before with the key of every place from the change on, whatever stands there now",
    ),
    Relation(
        AGREE,
        places.place_for_place_from_the_end,
        "leaves_places_counted_from_the_end",
        "counted from the end, every place reads as it did, as far as both go",
        "leaves_the_last_row_counted_from_the_end",
        "the last query reads as before with every key counted from the end, as far as both go",
    ),
    Relation(
        AGREE,
        places.one_place_later,
        "moves_the_reading_one_place_on",
        "from the change on, every place reads as the place before it did",
        "moves_the_last_row_one_key_on",
        "the last query reads with each key from the change on as it did with the key one place before",
    ),
    Relation(
        AGREE,
        places.new_places_and_those_before,
        "has_new_places_read_as_the_one_before",
        "each new place reads as the place before it",
        "has_new_pairs_read_as_the_one_before",
        "the last query reads with each new key as with the key before it",
    ),
    Relation(
        AGREE,
        places.later_copies_and_first_ones,
        "has_later_copies_read_as_the_first",
        "each later copy of a token reads as the first one does",
        "has_pairs_of_later_copies_read_as_the_first",
        "the last query reads with each later copy of a key's token as with the first one",
    ),
    Relation(
        AGREE,
        places.the_last_place_and_the_one_before,
        "has_the_last_place_read_as_the_one_before",
        "the last place reads as the one before it",
        "has_the_last_two_pairs_read_alike",
        "the last query reads the same with the last two keys",
    ),
    Relation(
        AGREE,
        places.places_after_the_first,
        "has_all_but_the_first_place_read_alike",
        "all places after the first read the same",
        "has_all_but_the_first_pair_read_alike",
        "the last query reads the same with all keys after the first",
    ),
    Relation(
        PATTERN,
        places.place_for_place,
        "leaves_the_pattern_from_the_change_on",
        "from the change on, the reading has the pattern that it had",
        "leaves_the_row_pattern_from_the_change_on",
        "from the change on, the last query's row of pairs has the pattern that it had",
    ),
    Relation(
        PATTERN,
        places.places_after_the_change,
        "leaves_the_pattern_after_the_change",
        "whatever came along unchanged behind the change has the pattern that it had",
        "leaves_the_row_pattern_after_the_change",
        "with the keys that came along unchanged behind the change, the last row has the pattern that it had",
    ),
    Relation(
        ALPHABET,
        places.all_places,
        "needs_the_same_alphabet",
        "the reading is made of the attention tokens that it was made of",
        "needs_the_same_alphabet_in_the_last_row",
        "the last query's row of pairs is made of the attention tokens that it was made of",
    ),
    Relation(
        NO_NEW,
        places.all_places,
        "brings_no_new_token",
        "the reading needs no attention token that it did not need before",
        "brings_no_new_token_into_the_last_row",
        "the last query's row of pairs needs no attention token that it did not need before",
    ),
    Relation(
        NO_LOSS,
        places.all_places,
        "loses_no_token",
        "every attention token that was read before is still read",
        "loses_no_token_of_the_last_row",
        "every attention token of the last query's row of pairs is still in it",
    ),
]
