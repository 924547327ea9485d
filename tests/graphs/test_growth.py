"""How alphabets grow, on heads whose growth follows from how they were built."""

import itertools

import pytest

from harness.graphs.growth import LENGTH, SEQUENCES, alphabet_sizes, growth, growths
from harness.readings.address import Address
from harness.readings.reading import triangle


def test_a_triangle_grows_by_rows():
    assert alphabet_sizes(triangle([[7], [7, 8], [9, 7, 8]])) == [1, 2, 3]


@pytest.fixture(scope="module")
def found(specimen):
    addresses = [Address(0, head) for head in range(specimen.backbone.shape.n_heads)]
    made = growths(specimen, addresses, parts=["qk", "z"], projection="output", bos=True, seed=0)
    return {(one.head, one.name): one.data for one in made}


def test_there_is_one_of_each_head_and_part(found, specimen):
    assert len(found) == 2 * specimen.backbone.shape.n_heads
    assert {part for _, part in found} == {"qk", "z"}


def test_alphabets_begin_with_one_and_never_shrink(found):
    for data in found.values():
        for curve in data["curves"].values():
            assert len(curve) == LENGTH
            assert curve[0] == 1
            assert all(later >= earlier for earlier, later in itertools.pairwise(curve))


def test_of_a_periodic_input_no_head_that_sees_the_token_alone_needs_more_than_its_period(specimen):
    head = specimen.component(Address(0, 0), "v")
    sequences = [tuple(specimen.lexicon.words[i : i + 3]) * 4 for i in (0, 5)]
    data = growth(head, {"periodic": sequences})
    assert data["curves"]["periodic"][2:] == [data["curves"]["periodic"][2]] * 10


def test_the_vocabulary_counts_every_reading_of_the_first_family(found):
    data = found["0.0", "z"]
    assert data["readings"] == SEQUENCES * LENGTH
    counts = [count for _, _, count in data["vocabulary"]]
    assert counts == sorted(counts, reverse=True)
    assert data["distinct"] >= len(counts)
    assert sum(counts) <= data["readings"]
