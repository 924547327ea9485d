"""Relation: how the readings of S and of R are compared, at which places, and what that says in English.

One more relation takes a few lines:

    RELATIONS.append(Relation(AGREE, the_last_place, "leaves_the_last_place", "the last place reads as before"))
"""

from __future__ import annotations

from dataclasses import dataclass

from harness.discovery import places
from harness.discovery.comparison import AGREE, ALPHABET, NO_LOSS, NO_NEW, PATTERN, Comparison
from harness.discovery.places import Places


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
