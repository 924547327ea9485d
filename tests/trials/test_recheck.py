"""The re-check of a census in float64: what falls, what stands, and where it stops."""

import pytest
from hypothesis import given

from harness import agree, conjecture, words
from harness.laws.agreement import Agreement
from harness.laws.sampling import Draw
from harness.trials.census import Census, census
from harness.trials.judge import Judgement, Outcome
from harness.trials.recheck import IN_A_ROW, standing
from tests.support.scripted import Scripted, echo, nothing


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
    assert after.breaking == []
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


def violations(*margins):
    """A census of violations, each of a sequence of its own and with such a margin; None: nothing was compared."""
    violating = tuple(
        (
            Draw({"S": (1, place)}, ()),
            Judgement(
                Outcome.VIOLATED,
                0.0,
                None if margin is None else Agreement(agreeing=0, near_ties=0, compared=2, margin=margin or None),
                (),
            ),
        )
        for place, margin in enumerate(margins, start=2)
    )
    return Census(
        n=60, violations=len(margins), near_ties=0, discarded=0, degree=0.5, violating=violating, constant=False
    )


def looked_at(backwards, counted, falling=()):
    """The places of those that are read in float64, where such places do not stand."""
    asked = set()

    def remembered(ids):
        asked.add(max(ids))
        return nothing(ids) if max(ids) in falling else ids

    after = standing(backwards, Scripted(echo, in_float64=remembered), counted)
    return asked, after


def test_violations_are_looked_at_in_the_order_of_their_margins_those_without_first(backwards):
    # places 2 to 8; 0 stands for a comparison that has no margin
    asked, after = looked_at(backwards, violations(0.5, 0.75, None, 0.25, 0.75, 0, 0.75))
    assert asked == {4, 5, 7}
    assert (after.violations, after.near_ties, after.n) == (7, 0, 60)


def test_one_that_falls_begins_the_row_anew(backwards):
    asked, after = looked_at(backwards, violations(1, 2, 3, 4, 5, 6, 7), falling={2})
    assert asked == {2, 3, 4, 5, 6, 7}, "two that stood after it were not enough; the next three were"
    assert (after.violations, after.near_ties) == (6, 1)
    assert [draw.inputs["S"][1] for draw, _ in after.violating] == [3, 4, 5, 6, 7, 8]


def test_the_row_is_counted_across_batches(backwards):
    asked, after = looked_at(backwards, violations(1, 2, 3, 4, 5, 6, 7, 8, 9), falling={2, 4, 6})
    assert asked == {2, 3, 4, 5, 6, 7, 8, 9, 10}
    assert (after.violations, after.near_ties) == (6, 3)
