"""A reading, sliced and placed, against nested lists."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.errors import SequenceError
from harness.readings.reading import line, triangle

quick = settings(max_examples=80, deadline=None)
LENGTHS = st.integers(0, 8)
CUTS = st.none() | st.integers(-10, 10)


def numbered(n):
    """A triangle whose entries are all different, and the same as a list of rows."""
    rows = [[10 * i + j for j in range(i + 1)] for i in range(n)]
    return triangle(rows), rows


@quick
@given(LENGTHS, CUTS, CUTS)
def test_a_triangle_is_cut_as_its_sequence_is(n, start, stop):
    reading, rows = numbered(n)
    kept = range(n)[start:stop]
    cut = reading[start:stop]
    assert [list(row) for row in cut.rows] == [[rows[i][j] for j in kept if j <= i] for i in kept]
    assert cut.ids == reading.ids[start:stop]
    assert len(cut) == len(kept)
    assert cut.sequence == reading.sequence
    if kept:
        assert cut.start == kept[0]


@quick
@given(LENGTHS, CUTS, CUTS)
def test_a_line_is_cut_as_a_list_is(n, start, stop):
    cut = line(list(range(n)), near_ties=tuple(range(0, n, 2)))[start:stop]
    assert cut.tokens.tolist() == list(range(n))[start:stop]
    assert cut.near_ties.tolist() == [i % 2 == 0 for i in range(n)][start:stop]
    assert len(cut.margins) == len(cut.runners_up) == len(cut)


@quick
@given(LENGTHS, CUTS, CUTS, CUTS, CUTS)
def test_cutting_twice_is_cutting_as_one_would_cut_the_sequence_twice(n, a, b, c, d):
    reading, _ = numbered(n)
    twice = reading[a:b][c:d]
    kept = range(n)[a:b][c:d]
    once = reading[kept.start : kept.stop] if kept else reading[:0]
    assert twice == once
    assert twice.ids == once.ids
    if kept:
        assert twice.start == kept.start


@quick
@given(st.integers(1, 30))
def test_every_entry_of_a_triangle_has_its_place(n):
    reading, rows = numbered(n)
    assert [rows[i][j] for i, j in map(reading.place, range(len(reading.tokens)))] == reading.tokens.tolist()


def test_places_are_exact_far_out():
    reading, _ = numbered(1)
    for query in (1_000, 65_535, 1_000_000):
        first = query * (query + 1) // 2
        assert [reading.place(entry) for entry in (first - 1, first, first + query)] == [
            (query - 1, query - 1),
            (query, 0),
            (query, query),
        ]


@quick
@given(st.integers(1, 8), st.data())
def test_the_last_of_a_triangle_is_its_last_row_and_knows_which(n, data):
    reading, rows = numbered(n)
    start = data.draw(st.integers(0, n - 1))
    last = reading[start:].last
    assert last.tokens.tolist() == rows[-1][start:]
    assert (last.triangle, last.row, last.ids) == (False, n - 1, reading.ids[start:])
    assert last[1:].row == n - 1


def test_the_last_of_a_line_is_its_last_entry():
    assert line([4, 5, 6]).last.tokens.tolist() == [6]
    assert (line([4, 5, 6]).last.start, line([4, 5, 6]).last.row) == (2, None)
    assert len(line([]).last) == len(triangle([]).last) == 0


def test_equal_readings_read_the_same_tokens():
    assert line([1, 2]) == line([1, 2], near_ties=(0,))
    assert line([1, 2]) != line([1, 3])
    assert triangle([[1], [2, 3]]) != line([1, 2, 3])
    assert line([1]) != "1"


@pytest.mark.parametrize("cut", [0, slice(None, None, 2), slice(None, None, -1), (0, 1)])
def test_a_reading_is_cut_by_plain_slices_only(cut):
    with pytest.raises(SequenceError, match=r"slices of step 1.*for the last position write reading\.last"):
        line([1, 2, 3])[cut]


def test_nobody_writes_to_a_reading():
    made = triangle([[1], [2, 3]])
    for array in (made.tokens, made.runners_up, made.margins, made.near_ties, made[1:].tokens, made.last.tokens):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_it_shows_itself():
    assert repr(line([1, 2])) == "Reading([1, 2])"
    assert repr(triangle([[1], [2, 3]])) == "Reading([(1,), (2, 3)])"
    assert all(
        isinstance(token, int) and not isinstance(token, np.integer)
        for row in triangle([[1], [2, 3]]).rows
        for token in row
    )
