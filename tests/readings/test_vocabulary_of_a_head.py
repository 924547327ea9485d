"""A head's vocabulary, and what its components can see by the architecture."""

import pytest

from harness.models.specimens.specimen_vocabulary import COUNTS, LETTERS, PLACES
from harness.readings.lexicon import Lexicon
from harness.readings.projection import Sight
from harness.readings.vocabulary import LENGTH, SEQUENCES, calibration
from harness.records.address import Address

LEXICON = Lexicon(words=tuple(range(5, 300)), special=(0, 1))


def test_the_sample_is_fixed_and_made_of_words():
    sample = calibration(LEXICON, n_ctx=1024)
    assert sample == calibration(LEXICON, n_ctx=1024)
    assert [len(S) for S in sample] == [LENGTH] * SEQUENCES
    assert {id for S in sample for id in S} <= set(LEXICON.words)
    assert len(set(sample)) == SEQUENCES


def test_the_sample_fits_into_a_model_that_reads_little():
    assert {len(S) for S in calibration(LEXICON, n_ctx=8)} == {7}


@pytest.mark.parametrize(
    ("head", "expected"), [((0, 1), set(LETTERS)), ((0, 3), set(PLACES[1 : LENGTH + 1])), ((0, 0), None)]
)
def test_a_vocabulary_is_all_that_the_sample_is_read_as(specimen, head, expected):
    found = specimen.component(Address(*head), "z").vocabulary
    assert len(found) == (1 if expected is None else len(expected))
    assert expected is None or found.read == found.sure == found.possible == expected


def test_a_counter_has_shown_the_first_few_counts_in_a_row(specimen):
    read = specimen.component(Address(0, 7), "z").vocabulary.read
    assert read == set(COUNTS[: len(read)])
    assert 3 <= len(read) <= 8


def test_it_is_made_once(specimen):
    head = specimen.component(Address(0, 1), "v")
    assert head.vocabulary is head.vocabulary
    assert head.vocabulary is not specimen.component(Address(0, 1), "q").vocabulary


def test_in_layer_0_q_k_and_v_see_the_token_and_its_place(specimen):
    assert {part: specimen.component(Address(0, 1), part).sight for part in ("q", "k", "v", "z", "qk")} == {
        "q": Sight.PLACE,
        "k": Sight.PLACE,
        "v": Sight.PLACE,
        "z": Sight.ALL,
        "qk": Sight.ALL,
    }
