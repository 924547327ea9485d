"""Readings as bytes: exactly what they were, or refused."""

import numpy as np
import pytest
from hypothesis import given, strategies

from harness.readings.attention import of_weights
from harness.readings.pieces import SUM, DamagedError, Piece, key, packed
from harness.readings.reading import Reading, line
from tests.support.same import same

READER = "a reader"


def invented(ids, *, triangle, seed):
    """A reading of numbers without sense: the largest ids, the least and the largest margins."""
    random = np.random.default_rng(seed)
    number = len(ids) * (len(ids) + 1) // 2 if triangle else len(ids)
    margins = random.choice([0.0, 5e-324, 1e-5, 0.1 + 0.2, 1 / 3, 1.7e308, np.inf], number)
    return Reading(
        ids=ids,
        sequence=ids,
        triangle=triangle,
        tokens=random.integers(0, 2**31, number),
        runners_up=random.choice([-1, 0, 2**31 - 1], number),
        margins=margins,
        near_ties=random.random(number) < 0.5,
        open=random.random(number) < 0.5,
    )


def attended(ids, *, front, seed):
    weights = np.random.default_rng(seed).random((len(ids), len(ids) + front))
    return of_weights(ids, weights, relative=0.1)


sequences = strategies.lists(strategies.integers(0, 2**31 - 1), min_size=1, max_size=9).map(tuple)


@given(ids=strategies.lists(sequences, min_size=1, max_size=5, unique=True), seed=strategies.integers(0, 99))
@pytest.mark.parametrize("triangle", [False, True])
def test_what_is_packed_comes_back_to_the_last_bit(ids, seed, triangle):
    made = [invented(one, triangle=triangle, seed=seed + i) for i, one in enumerate(ids)]
    piece = Piece(packed(made, READER), READER)
    assert list(piece.keys()) == [key(one) for one in ids]
    assert all(same(one, piece.reading(i, one.ids)) for i, one in enumerate(made))


@pytest.mark.parametrize("front", [0, 1])
def test_attention_comes_back_with_its_weights(front):
    made = [attended(ids, front=front, seed=len(ids)) for ids in ((3,), (5, 6, 7), (8, 9))]
    piece = Piece(packed(made, READER), READER)
    assert all(same(one, piece.reading(i, one.ids)) for i, one in enumerate(made))


@pytest.mark.parametrize("component", ["q", "k", "v", "z", "qk", "attn"])
def test_readings_of_a_head_come_back(specimen, component):
    made = specimen.head("1.3").component(component).read([(7, 9, 7), (3,), (11, 12, 13, 14, 15, 16, 17, 18, 19)])
    piece = Piece(packed(made, READER), READER)
    assert all(same(one, piece.reading(i, one.ids)) for i, one in enumerate(made))


def test_every_byte_counts():
    whole = packed([line([3, 1, 3], near_ties=(1,)), line([4, 4])], READER)
    for i in range(len(whole)):
        for bit in range(8):
            changed = bytearray(whole)
            changed[i] ^= 1 << bit
            with pytest.raises(DamagedError):
                Piece(bytes(changed), READER)


def test_what_was_cut_short_or_lengthened_is_refused():
    whole = packed([line([3, 1, 3])], READER)
    for other in (*(whole[:end] for end in range(len(whole))), whole + b"\0", b"\0" * len(whole), b"\0" * SUM):
        with pytest.raises(DamagedError):
            Piece(other, READER)


def test_another_reader_s_piece_is_refused():
    with pytest.raises(DamagedError):
        Piece(packed([line([3, 1, 3])], READER), "another reader")
