"""States and labels: what is kept of a reading, and what is said of a token."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.graphs.labels import KINDS, Labelling, labels
from harness.graphs.states import Abstraction, states
from harness.readings.lexicon import readability
from harness.readings.reading import line, triangle

TOKENS = st.lists(st.integers(0, 4), min_size=1, max_size=8)


@st.composite
def readings(draw):
    """Lines and triangles, with near-ties anywhere."""
    n = draw(st.integers(1, 6))
    if draw(st.booleans()):
        made, size = line, n
        entries = draw(st.lists(st.integers(0, 4), min_size=n, max_size=n))
    else:
        made, size = triangle, n * (n + 1) // 2
        entries = [draw(st.lists(st.integers(0, 4), min_size=i + 1, max_size=i + 1)) for i in range(n)]
    return made(entries, near_ties=tuple(draw(st.sets(st.integers(0, size - 1), max_size=2))))


def by_hand(reading, abstraction):
    """The state of a whole reading, from the definitions."""
    row = list(reading.rows[-1])
    near = list(reading.by_row(reading.near_ties))[-1].tolist()
    if abstraction is Abstraction.LAST:
        row, near = row[-1:], near[-1:]
    if any(near):
        return None
    if abstraction is Abstraction.ALPHABET:
        return tuple(sorted(set(row)))
    return (
        tuple(sorted(set(row), key=row.index).index(token) for token in row) if abstraction == "pattern" else (row[0],)
    )


@settings(deadline=None)
@given(readings(), st.sampled_from(Abstraction))
def test_one_reading_gives_the_state_after_each_of_its_tokens(reading, abstraction):
    found = states(reading, abstraction)
    assert len(found) == len(reading)
    assert list(found) == [by_hand(reading[: i + 1], abstraction) for i in range(len(reading))]


@settings(deadline=None)
@given(TOKENS)
def test_a_token_is_new_once(ids):
    said = labels(tuple(ids), Labelling.NOVELTY, lambda ids: [])
    assert said.count("new") == len(set(ids))
    assert all(said[ids.index(token)] == "new" for token in ids)


@settings(deadline=None)
@given(TOKENS)
def test_a_token_labels_itself(ids):
    assert labels(tuple(ids), Labelling.TOKEN, lambda ids: []) == tuple(ids)


@pytest.mark.parametrize(("entry", "kind"), [(" the", "word"), ("The", "letters"), (" 42", "marks"), ("\n", "other")])
def test_kinds_are_the_lexicons(entry, kind):
    assert labels((3,), Labelling.KIND, lambda ids: [entry]) == (kind,)
    assert KINDS.index(kind) == readability(entry)
