"""How alphabets grow, on heads whose growth follows from how they were built."""

import itertools

import numpy as np
import pytest

from harness.graphs.growth import LENGTH, SEQUENCES, alphabet_sizes, growth, growths
from harness.graphs.growth_exponent import growth as growth_of
from harness.readings.reading import triangle
from harness.records.address import Address


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


@pytest.mark.parametrize(
    ("head", "part", "kind"),
    [
        ("0.0", "z", "compresses"),  # one and the same token
        ("0.2", "z", "compresses"),  # vowel or consonant
        ("0.4", "z", "compresses"),  # the place is even or odd
        ("0.6", "z", "compresses"),  # the first token
        ("0.1", "z", "tracks"),  # the token itself, though letters come again
        ("0.5", "z", "tracks"),  # the token before
        ("0.3", "z", "expands"),  # the place: letters come again, places do not
        ("0.4", "qk", "compresses"),  # the distance is even or odd
    ],
)
def test_a_head_has_the_class_that_it_was_built_to_have(head, part, kind, found):
    power = found[head, part]["power"]
    assert power["kind"] == kind
    assert power["low"] <= power["power"] <= power["high"]


def test_an_echo_grows_as_its_input_does(found):
    power = found["0.1", "z"]["power"]
    assert (power["power"], power["low"], power["high"]) == pytest.approx((1, 1, 1))


def test_a_triangle_that_says_each_pair_apart_expands():
    inputs = np.array([range(24), range(24, 48)])
    read = np.arange(2 * 300).reshape(2, 300)
    power = growth_of(read, triangle=True, inputs=inputs)
    assert power.kind == "expands"
    assert 1.8 < power.power < 2


def test_an_input_that_brings_nothing_new_has_no_power():
    read, inputs = np.arange(48).reshape(2, 24), np.full((2, 24), 5)
    assert growth_of(read, triangle=False, inputs=inputs).power == 0
    assert growth_of(read, triangle=False).power == pytest.approx(1), "against positions"


def test_the_power_is_the_slope_from_the_second_position_on():
    half = np.array([[0, 1, 1, 2, 2, 2, 2, 2]])
    met, said = np.log([2, 3, 4, 5, 6, 7, 8]), np.log([2, 2, 3, 3, 3, 3, 3])
    slope = np.polyfit(met, said, 1)[0]
    assert growth_of(half, triangle=False, inputs=np.arange(8)[None]).power == pytest.approx(slope)
