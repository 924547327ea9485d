"""The re-check of a census in float64: what falls, what stands, and where it stops."""

import pytest
from hypothesis import given
from test_trial import Scripted, echo, nothing

from harness import agree, conjecture, words
from harness.trials.census import census
from harness.trials.recheck import IN_A_ROW, standing


@pytest.fixture(scope="module")
def backwards():
    @conjecture(components="v", source="a test")
    @given(S=words())
    def a_sequence_reads_as_its_mirror_image(head, S):
        """What S reads is what S backwards reads."""
        assert agree(head(S), head(S[::-1]))

    return a_sequence_reads_as_its_mirror_image.conjecture


def counted(claim, head):
    found = census(claim, head, number=60, seed=0, lexicon=head.model.lexicon)
    assert found.violations > 50
    return found


def test_violations_that_stand_in_float64_stay(backwards):
    head = Scripted(echo)
    before = counted(backwards, head)
    after = standing(backwards, head, before)
    assert (after.violations, after.near_ties) == (before.violations, 0)
    assert {draw.choices for draw, _ in after.violating} == {draw.choices for draw, _ in before.violating}


def test_violations_that_float64_does_not_know_become_near_ties_every_one(backwards):
    head = Scripted(echo, in_float64=nothing)
    before = counted(backwards, head)
    after = standing(backwards, head, before)
    assert (after.violations, after.near_ties) == (0, before.violations)
    assert after.breaking is None
    assert (after.n, after.degree) == (before.n, before.degree)


def test_the_least_safe_are_looked_at_first_and_enough_in_a_row_end_it(backwards):
    asked = []

    def remembered(ids):
        asked.append(tuple(ids))
        return ids

    head = Scripted(echo, in_float64=remembered)
    before = counted(backwards, head)
    standing(backwards, head, before)
    assert len({frozenset((ids, ids[::-1])) for ids in asked}) == IN_A_ROW


def test_nothing_is_read_where_nothing_is_violated(backwards):
    def never(ids):
        raise AssertionError("read in float64 for nothing")

    head = Scripted(nothing, in_float64=never)
    found = census(backwards, head, number=60, seed=0, lexicon=head.model.lexicon)
    assert standing(backwards, head, found) == found
