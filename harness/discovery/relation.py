"""Relation: how the readings of S and of R are compared, at which places, with a name and an English sentence.

One more relation takes a few lines:

    RELATIONS.append(Relation(AGREE, the_last_place, "keeps_the_last_reading", "the last position keeps its reading"))
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
        name, says: the end of a law's name, and a sentence without its full stop, for readings that are lines; empty
            for a relation that is for pairs alone.
        pairs_name, pairs_says: the same for the last row of pairs (qk).
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
        "keeps_the_last_reading",
        "the last position keeps its reading",
        "keeps_the_last_pair",
        "the pair of the last query and the last key keeps its reading",
    ),
    Relation(
        AGREE,
        places.the_last_two_places,
        "keeps_the_last_two_readings",
        "the last two positions keep their readings",
        "keeps_the_last_two_pairs",
        "the last query's pairs with the last two keys keep their readings",
    ),
    Relation(
        AGREE,
        places.the_first_place,
        "keeps_the_first_reading",
        "the first position keeps its reading",
        "keeps_the_pair_of_last_query_and_first_key",
        "the pair of the last query and the first key keeps its reading",
    ),
    Relation(
        AGREE,
        places.places_before_the_change,
        "keeps_the_readings_before_the_change",
        "positions before the change keep their readings",
        "keeps_the_pairs_before_the_change",
        "the last query's pairs with keys before the change keep their readings",
    ),
    Relation(
        AGREE,
        places.places_after_the_change,
        "keeps_the_readings_after_the_change",
        "unchanged tokens after the change keep their readings",
        "keeps_the_pairs_after_the_change",
        "the last query's pairs with unchanged keys after the change keep their readings",
    ),
    Relation(
        AGREE,
        places.exchanged_places,
        "keeps_the_readings_of_exchanged_tokens",
        "positions with an exchanged token keep their readings",
        "keeps_the_pairs_of_exchanged_keys",
        "the last query's pairs with exchanged keys keep their readings",
    ),
    Relation(
        AGREE,
        places.place_for_place,
        "keeps_the_readings_from_the_change_on",
        "from the change on, each position keeps its reading, whichever token is there now",
        "keeps_the_last_row_from_the_change_on",
        "from the change on, the last query's pair with each position keeps its reading, whichever token is there now",
    ),
    Relation(
        AGREE,
        places.place_for_place_from_the_end,
        "keeps_the_readings_counted_from_the_end",
        "counted from the end, each position keeps its reading, as far as both sequences go",
        "keeps_the_last_row_counted_from_the_end",
        "counted from the end, the last query's pair with each key keeps its reading, as far as both sequences go",
    ),
    Relation(
        AGREE,
        places.one_place_later,
        "moves_the_readings_one_position_on",
        "from the change on, the readings move on by one position",
        "moves_the_last_row_one_key_on",
        "from the change on, the last query's row moves on by one key",
    ),
    Relation(
        AGREE,
        places.new_places_and_those_before,
        "makes_new_positions_read_as_the_one_before",
        "each new position reads as the position before it",
        "makes_new_pairs_read_as_the_one_before",
        "the last query's pair with each new key reads as its pair with the key before",
    ),
    Relation(
        AGREE,
        places.later_copies_and_first_ones,
        "makes_later_copies_read_as_the_first",
        "each later copy of a token reads as the first copy",
        "makes_pairs_of_copies_read_as_the_first",
        "the last query's pair with a later copy of a token reads as its pair with the first copy",
    ),
    Relation(
        AGREE,
        places.the_last_place_and_the_one_before,
        "makes_the_last_two_readings_equal",
        "the last position reads as the position before it",
        "makes_the_last_two_pairs_equal",
        "the last query's pairs with the last two keys read the same",
    ),
    Relation(
        AGREE,
        places.places_after_the_first,
        "makes_all_but_the_first_reading_equal",
        "all positions after the first read the same",
        "makes_all_but_the_first_pair_equal",
        "the last query's pairs with all keys after the first read the same",
    ),
    Relation(
        PATTERN,
        places.place_for_place,
        "keeps_the_pattern_from_the_change_on",
        "from the change on, the reading keeps its pattern",
        "keeps_the_row_pattern_from_the_change_on",
        "from the change on, the last query's row keeps its pattern",
    ),
    Relation(
        PATTERN,
        places.places_after_the_change,
        "keeps_the_pattern_after_the_change",
        "the readings of unchanged tokens after the change keep their pattern",
        "keeps_the_row_pattern_after_the_change",
        "the last query's row over unchanged keys after the change keeps its pattern",
    ),
    Relation(
        ALPHABET,
        places.all_places,
        "keeps_the_alphabet",
        "the reading keeps its set of attention tokens",
        "keeps_the_alphabet_of_the_last_row",
        "the last query's row keeps its set of attention tokens",
    ),
    Relation(
        NO_NEW,
        places.all_places,
        "brings_no_new_token",
        "the reading has no attention token that it did not have before",
        "brings_no_new_token_into_the_last_row",
        "the last query's row has no attention token that it did not have before",
    ),
    Relation(
        NO_LOSS,
        places.all_places,
        "loses_no_token",
        "the reading still has every attention token that it had",
        "loses_no_token_of_the_last_row",
        "the last query's row still has every attention token that it had",
    ),
]
