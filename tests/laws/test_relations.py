"""Relations, each against a reference that a person would write down in a minute."""

from dataclasses import replace
from itertools import permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.laws.agreement import agreements, literally
from harness.laws.relations import agree, alphabet, constant, ends_alike, is_prefix, pattern, period, periodic
from harness.readings.reading import line, triangle

quick = settings(max_examples=35, deadline=None)

FEW = st.integers(0, 4)  # few tokens, so that coincidences happen
EITHER = st.booleans()


@st.composite
def readings(draw, length=None, near_ties=True, triangles=EITHER):
    """Small readings, with near-ties and runners-up anywhere."""
    n = draw(st.integers(0, 7)) if length is None else length
    if draw(triangles):
        made = triangle([[draw(FEW) for _ in range(i + 1)] for i in range(n)])
    else:
        made = line([draw(FEW) for _ in range(n)])
    size = len(made.tokens)
    marks = np.array([near_ties and draw(st.integers(0, 3)) == 0 for _ in range(size)], dtype=bool)
    second = np.array([draw(FEW.filter(lambda t, i=i: t != made.tokens[i])) for i in range(size)], dtype=np.int64)
    margins = np.where(marks, 0.0, [draw(st.integers(1, 9)) / 8 for _ in range(size)])
    return replace(made, near_ties=marks, runners_up=second, margins=margins)


@st.composite
def pairs(draw, **kwargs):
    kind = draw(st.booleans())
    return tuple(draw(readings(triangles=st.just(kind), **kwargs)) for _ in range(2))


def worlds(reading):
    """Every reading that a near-tied one may be: each near-tie is its token or its runner-up."""
    choices = [
        (t, r) if tie else (t,)
        for t, r, tie in zip(reading.tokens.tolist(), reading.runners_up.tolist(), reading.near_ties, strict=True)
    ]
    return [list(world) for world in product(*choices)]


def certain(reading):
    return not reading.near_ties.any()


# agree


@quick
@given(readings())
def test_a_reading_agrees_with_itself(reading):
    found = agree(reading, reading)
    assert found
    assert found.share == 1
    assert found.first_difference is None


@quick
@given(pairs())
def test_agreement_is_symmetric(two):
    left, right = two
    one, other = agree(left, right), agree(right, left)
    assert (bool(one), one.share, one.near_ties, one.compared, one.margin) == (
        bool(other),
        other.share,
        other.near_ties,
        other.compared,
        other.margin,
    )
    assert one.first_difference == other.first_difference


@quick
@given(pairs(near_ties=False))
def test_agreement_counts_equal_entries(two):
    left, right = (reading.tokens.tolist() for reading in two)
    found = agree(*two)
    assert found.agreeing == sum(a == b for a, b in zip(left, right, strict=False))
    assert found.compared == max(len(left), len(right))
    assert bool(found) == (left == right)


@quick
@given(st.integers(0, 6).flatmap(lambda n: pairs(length=n)))
def test_the_first_difference_is_one_and_none_stands_before_it(two):
    left, right = two
    found = agree(left, right)
    differing = [
        i
        for i in range(len(left.tokens))
        if left.tokens[i] != right.tokens[i] and not (left.near_ties[i] or right.near_ties[i])
    ]
    assert found.first_difference == (left.place(differing[0]) if differing else None)
    assert found.margin == (min(min(left.margins[i], right.margins[i]) for i in differing) if differing else None)


# near-ties never refute


RELATIONS = {
    "agree": (agree, lambda a, b: a == b),
    "alphabet <=": (lambda a, b: alphabet(a) <= alphabet(b), lambda a, b: set(a) <= set(b)),
    "alphabet ==": (lambda a, b: alphabet(a) == alphabet(b), lambda a, b: set(a) == set(b)),
    "pattern ==": (lambda a, b: pattern(a) == pattern(b), lambda a, b: first_seen(a) == first_seen(b)),
    "one new token": (lambda a, b: len(alphabet(a) - alphabet(b)) <= 1, lambda a, b: len(set(a) - set(b)) <= 1),
}


@pytest.mark.parametrize("name", RELATIONS)
@quick
@given(two=pairs(length=3))
def test_what_fails_fails_in_every_world_that_the_near_ties_leave_open(name, two):
    relation, truth = RELATIONS[name]
    if not relation(*two):
        assert not any(truth(a, b) for a, b in product(*map(worlds, two)))


@pytest.mark.parametrize("name", RELATIONS)
@quick
@given(two=pairs())
def test_taken_literally_a_relation_is_what_the_tokens_say(name, two):
    relation, truth = RELATIONS[name]
    with literally():
        assert bool(relation(*two)) == truth(*(reading.tokens.tolist() for reading in two))


@pytest.mark.parametrize("name", [name for name in RELATIONS if name != "one new token"])
@quick
@given(two=pairs())
def test_what_only_charity_lets_pass_is_tallied_as_near_ties(name, two):
    relation, truth = RELATIONS[name]
    found = relation(*two)
    if found and not truth(*(reading.tokens.tolist() for reading in two)):
        assert found.near_ties > 0
    if all(map(certain, two)):
        assert found.near_ties == 0
    assert 0 <= found.agreeing <= found.agreeing + found.near_ties <= found.compared


@quick
@given(readings())
def test_a_constant_reading_is_one_token_throughout(reading):
    tokens = reading.tokens.tolist()
    found = constant(reading)
    if not found:
        assert all(len(set(world)) > 1 for world in worlds(reading)[:64])
    with literally():
        if certain(reading):
            assert bool(found) == (len(set(tokens)) <= 1)
            assert found.share == (max(map(tokens.count, tokens)) / len(tokens) if tokens else 1)


# alphabet


@quick
@given(pairs(near_ties=False))
def test_alphabets_are_sets(two):
    left, right = (set(reading.tokens.tolist()) for reading in two)
    a, b = map(alphabet, two)
    assert (len(a), len(a | b), len(a - b)) == (len(left), len(left | right), len(left - right))
    assert (a <= b).share == (len(left & right) / len(left) if left else 1)
    assert all((t in a) == (t in left) for t in range(5))


@quick
@given(pairs())
def test_a_missing_token_is_shown_where_it_stands(two):
    left, right = two
    found = alphabet(left) <= alphabet(right)
    if not found:
        flat = [left.place(i) for i in range(len(left.tokens))].index(found.first_difference)
        assert not left.near_ties[flat]
        assert left.tokens[flat] not in alphabet(right)
        assert found.margin > 0
        assert found.sides == (left, right)


def test_a_runner_up_may_be_the_token_that_seems_to_be_missing():
    left, right = line([5]), line([6], near_ties=(0,), runner_up=5)
    with agreements() as log:
        assert alphabet(left) <= alphabet(right)
    assert log[0].near_ties == 1, "it holds by the benefit of the doubt, and that is put on record"


# pattern


def first_seen(tokens):
    order = {}
    return [order.setdefault(token, len(order)) for token in tokens]


@quick
@given(readings())
def test_a_pattern_is_the_order_of_first_appearance(reading):
    assert list(pattern(reading).order) == first_seen(reading.tokens.tolist())


@quick
@given(readings(), st.permutations(range(5)))
def test_a_pattern_is_the_same_under_every_renaming_of_tokens(reading, names):
    renamed = replace(reading, tokens=np.array([names[t] for t in reading.tokens], dtype=np.int64))
    found = pattern(reading) == pattern(renamed)
    assert found
    assert found.share == 1
    assert found.near_ties == 0, "literally alike, so there is no doubt to be given"


@quick
@given(readings(near_ties=False, triangles=st.just(False)), readings(near_ties=False, triangles=st.just(False)))
def test_patterns_are_equal_just_where_some_renaming_carries_one_to_the_other(left, right):
    renamings = [dict(enumerate(names)) for names in permutations(range(5))]
    related = any([names[t] for t in left.tokens] == right.tokens.tolist() for names in renamings)
    assert bool(pattern(left) == pattern(right)) == related


# period


@quick
@given(readings(near_ties=False), st.integers(1, 8))
def test_periodic_means_every_entry_comes_back(reading, p):
    rows = reading.rows if reading.triangle else [reading.tokens.tolist()]
    n = len(reading)
    if reading.triangle:
        expected = all(rows[i][j] == rows[i + p][j + p] for i in range(n - p) for j in range(i + 1))
    else:
        expected = all(rows[0][i] == rows[0][i + p] for i in range(n - p))
    assert bool(periodic(reading, p)) == expected


@quick
@given(readings(near_ties=False))
def test_the_period_is_the_smallest(reading):
    n = len(reading)
    assert period(reading) == next((p for p in range(1, n) if periodic(reading, p)), n)


@quick
@given(st.lists(FEW, min_size=1, max_size=4), st.integers(2, 4))
def test_a_word_said_over_and_over_has_a_period_that_divides_the_words_length(word, times):
    assert len(word) % period(line(word * times)) == 0


# ends and beginnings


@quick
@given(pairs(near_ties=False))
def test_ends_alike_compares_the_last_position_or_the_keys_that_both_last_rows_have(two):
    left, right = two
    if not len(left) or not len(right):
        return
    if left.triangle:
        expected = all(a == b for a, b in zip(left.rows[-1], right.rows[-1], strict=False))
    else:
        expected = left.tokens[-1] == right.tokens[-1]
    assert bool(ends_alike(left, right)) == expected


@quick
@given(readings(), st.integers(0, 8))
def test_every_beginning_is_a_prefix(reading, n):
    assert is_prefix(reading[:n], reading)


@quick
@given(pairs(near_ties=False))
def test_a_longer_reading_is_no_prefix_of_a_shorter_one(two):
    left, right = two
    if len(left) > len(right):
        assert not is_prefix(left, right)
