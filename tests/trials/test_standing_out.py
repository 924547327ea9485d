"""Standing out is as sure as it says: counted on simulated cells whose true excess is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, norm

from harness.records.cell import Cell, Verdict
from harness.records.comparison import NULLS, SURROGATE, Comparison, distance
from harness.trials import standing_out as module
from harness.trials.standing_out import (
    LEAST,
    compared,
    comparison,
    explained_by_frequencies,
    interval_of_difference,
    may_stand_out,
    most_telling,
    p_of_one_more,
    p_value,
    standing_out,
    still_open,
    sure,
    worth_more,
)

BLANK = Cell("0.0", "z", "output", "simulated", "a_claim", Verdict.REFUTED, degree=0.5)
FAMILIES = 400
CELLS = 120
N = 32


def bernoulli(random, n, *, excess=LEAST):
    """Shares of 0 and 1: the head's 0.5 + excess, the null's 0.5."""
    return (random.random(n) < 0.5 + excess).astype(float) - (random.random(n) < 0.5)


def rarely_much_worse(random, n, *, excess=LEAST):
    """Nearly always a little better than the null, and now and then as bad as can be: hard to see in few sequences."""
    rare, usual = 0.1, (excess + 0.1) / 0.9
    return np.where(random.random(n) < rare, -1.0, usual)


def smooth(random, n, *, excess=LEAST):
    return random.beta(6 + 10 * excess, 4, n) - random.beta(6, 4 + 10 * excess, n)


SHAPES = {
    "bernoulli": bernoulli,
    "rarely much worse": rarely_much_worse,
    "constant": lambda random, n: np.full(n, LEAST),
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("n", [32, 96])
def test_a_difference_that_is_no_larger_is_seldom_taken_for_one(shape, n):
    random = np.random.default_rng(7)
    p = np.array([p_value(SHAPES[shape](random, n)) for _ in range(4000)])
    for alpha in (0.05, 0.01):
        assert (p <= alpha).sum() <= binom.isf(1e-5, len(p), alpha)


def test_looking_again_and_again_makes_it_no_likelier():
    random = np.random.default_rng(8)
    hits = 0
    for _ in range(600):
        drawn = bernoulli(random, 96)
        hits += min(p_value(drawn[:n]) for n in range(8, 97, 8)) <= 0.05
    assert hits <= binom.isf(1e-5, 600, 0.05)


def test_an_approximation_by_the_normal_distribution_would_be_caught():
    """The rare and large differences are what it does not see."""
    random = np.random.default_rng(7)
    wrong = 0
    for _ in range(1000):
        drawn = rarely_much_worse(random, N)
        spread = drawn.std(ddof=1) / np.sqrt(N)
        z = (drawn.mean() - LEAST) / spread if spread else np.inf
        wrong += norm.sf(z) <= 0.01
    assert wrong > binom.isf(1e-5, 1000, 0.01)


def cell_of(head, nulls, **more):
    """A cell compared with its nulls, from shares; of each null a few heads that do the same."""
    shares = tuple(map(float, head))
    made = compared(
        replace(BLANK, shares=shares, **more),
        {name: [tuple(map(float, null))] * 3 for name, null in zip(NULLS, nulls, strict=True)},
        confidence=0.95,
    )
    return replace(made, degree=sum(shares) / len(shares))


@pytest.mark.thorough
@pytest.mark.parametrize(("better", "way"), [(True, "above"), (False, "below")])
def test_of_families_at_the_bound_few_hold_a_cell_that_stands_out(better, way):
    """All cells of a family lie just `LEAST` above, or below, all of their nulls: whichever is filed is false."""
    random = np.random.default_rng(9)
    false = 0
    for _ in range(FAMILIES):
        p = [p_value(bernoulli(random, N)) for _ in range(CELLS)]
        cells = [
            replace(
                BLANK,
                p_above=one if better else 1.0,
                p_below=1.0 if better else one,
                comparisons=dict.fromkeys(NULLS, Comparison((0.5,), 0.3 if better else -0.3, 0.1, 0.5, N)),
            )
            for one in p
        ]
        found = standing_out(cells, alpha=0.05)
        assert {cell.stands_out for cell in found} <= {"", way}
        false += any(cell.stands_out for cell in found)
    assert false <= binom.isf(1e-5, FAMILIES, 0.05)


def test_what_lies_far_from_all_nulls_is_found_in_either_direction():
    random = np.random.default_rng(10)
    low, high = (random.random((4, N)) < 0.1).astype(float), (random.random((4, N)) < 0.95).astype(float)
    above, below = cell_of(high[0], low[1:]), cell_of(low[0], high[1:])
    between = cell_of(low[0], low[1:])
    one_shares_it = cell_of(high[0], [low[1], high[1], low[2]])
    found = standing_out([above, below, between, one_shares_it], alpha=0.05)
    assert [cell.stands_out for cell in found] == ["above", "below", "", ""]
    assert all(abs(distance(cell.comparisons)) < LEAST for cell in found[2:])
    assert [distance(cell.comparisons) > LEAST for cell in found[:2]] == [True, False]
    assert distance(below.comparisons) < -LEAST
    assert {cell.stands_out for cell in most_telling(found)} == {"above", "below"}


def test_more_sequences_show_a_smaller_difference():
    random = np.random.default_rng(11)
    drawn = bernoulli(random, 400, excess=0.4)
    assert p_value(drawn[:32]) > 1e-4 > p_value(drawn)


@pytest.mark.parametrize("flag", ["trivial", "architectural", "gauge"])
def test_what_has_another_reason_never_stands_out(flag):
    cell = cell_of(np.ones(N), np.zeros((3, N)), flags=flag)
    assert cell.p_above < 1e-6
    assert standing_out([cell], alpha=0.05)[0].stands_out == ""
    assert standing_out([replace(cell, flags="")], alpha=0.05)[0].stands_out == "above"


def test_without_one_of_the_nulls_nothing_stands_out():
    shares = (1.0,) * N
    cell = compared(replace(BLANK, shares=shares), {"surrogate": [(0.0,) * N]}, confidence=0.95)
    assert cell.p_above is None
    assert cell.comparisons["surrogate"].excess == 1.0
    assert standing_out([cell], alpha=0.05)[0].stands_out == ""


def test_heads_of_a_null_that_differ_widely_ask_for_a_larger_distance():
    shares, apart = (1.0,) * N, [(one / 10,) * N for one in range(9)]
    near = [(0.35 + one / 100,) * N for one in range(9)]
    cells = [
        compared(
            replace(BLANK, shares=shares),
            {"random": heads, "rotated": near, "surrogate": [(0.0,) * N]},
            confidence=0.95,
        )
        for heads in (apart, near)
    ]
    assert cells[0].p_above > 0.01 > 1e-4 > cells[1].p_above
    assert [cell.stands_out for cell in standing_out(cells, alpha=0.05)] == ["", "above"]


@pytest.mark.parametrize("heads", [2, 3, 9])
@pytest.mark.parametrize("alpha", [0.05, 0.001])
def test_one_more_head_of_a_null_seldom_lies_further_than_all_heads_do(heads, alpha):
    random = np.random.default_rng(14)
    drawn = np.sin(np.clip(random.normal(0.8, 0.15, (20000, heads + 1)), 0, np.pi / 2)) ** 2
    wrong = sum(p_of_one_more(one[0], one[1:]) <= alpha for one in drawn)
    assert binom.isf(1 - 1e-5, len(drawn), alpha) <= wrong <= binom.isf(1e-5, len(drawn), alpha)


def test_one_head_says_nothing_of_how_heads_differ():
    assert p_of_one_more(1.0, [0.0]) == 1.0


def test_the_excess_is_the_distance_from_the_nearest_head_with_an_interval_that_holds_it():
    random = np.random.default_rng(12)
    inside = 0
    for _ in range(300):
        head = (random.random(N) < 0.9).astype(float)
        null = [(random.random(N) < rate).astype(float) for rate in (0.2, 0.4, 0.6)]
        found = comparison(tuple(head), [tuple(one) for one in null], confidence=0.95)
        assert found.excess == pytest.approx(head.mean() - max(one.mean() for one in null), abs=1e-5)
        inside += found.low <= 0.3 <= found.high
    assert inside >= binom.isf(1 - 1e-5, 300, 0.95)


@pytest.mark.parametrize("law", [bernoulli, rarely_much_worse])
def test_the_interval_of_a_difference_misses_seldom_and_says_what_the_bets_say(law):
    random = np.random.default_rng(15)
    missed = 0
    for _ in range(400):
        drawn = law(random, N)
        low, high = interval_of_difference(drawn, confidence=0.95)
        assert -1 <= low <= drawn.mean() <= high <= 1
        assert low == -1 or p_value(drawn, least=low) <= 0.025
        assert p_value(drawn, least=low + 0.001) > 0.025
        assert high == 1 or p_value(-drawn, least=-high) <= 0.025
        missed += not low <= LEAST <= high
    assert missed <= binom.isf(1e-5, 400, 0.05)


def test_what_stands_out_by_itself_has_an_interval_beyond_the_bound():
    found = interval_of_difference([0.7, 0.5, 0.3] * 6, confidence=0.95)
    assert p_value([0.7, 0.5, 0.3] * 6) <= 0.025
    assert found[0] >= LEAST


def test_only_sequences_that_all_have_are_compared():
    found = comparison((1.0, None, 1.0, 0.0), [(0.0, 0.0, None, 0.0)], confidence=0.95)
    assert (found.n, found.excess) == (2, 0.5)
    assert comparison((None, 1.0), [(1.0, None)], confidence=0.95) is None


def test_more_sequences_are_asked_where_they_can_decide_something():
    random = np.random.default_rng(13)
    some = cell_of(random.random(N) < 0.8, random.random((3, N)) < 0.3)
    assert may_stand_out(some)
    assert not may_stand_out(replace(some, flags="gauge"))
    assert sure((1.0,) * N, {"random": [(0.0,) * N]})
    assert not sure((1.0, 0.0) * 8, {"random": [(0.0,) * 16]})
    assert not may_stand_out(cell_of(random.random(N) < 0.35, random.random((3, N)) < 0.3))


@pytest.mark.slow
def test_more_sequences_are_read_only_where_all_heads_of_the_nulls_leave_it_open():
    random = np.random.default_rng(17)

    def asked(rates):
        """Of a head that obeys on 80 of 100 sequences, beside nulls whose heads obey at these rates."""
        own = tuple((random.random(16) < 0.8).astype(float))
        heads = [tuple((random.random(16) < rate).astype(float)) for rate in rates]
        nulls = {"random": heads, "rotated": heads, SURROGATE: [tuple((random.random(16) < 0.3).astype(float))]}
        blank = replace(cell_of(np.ones(N), np.zeros((3, N))), shares=own)
        return worth_more(compared(blank, nulls, confidence=0.95), nulls)

    alike = [asked([0.2] * 9) for _ in range(40)]
    assert sum(alike) > 30, "its nulls agree, and sixteen sequences are too few to be sure"
    assert not any(asked([0.0, 0.9, 0.1, 0.9, 0.0, 0.9, 0.1, 0.9, 0.0]) for _ in range(40)), "one head does as much"
    wide = [asked([0.0, 0.1, 0.0, 0.4, 0.0, 0.5, 0.0, 0.0, 0.45]) for _ in range(40)]
    assert sum(wide) < 10, "one more such head may lie as far"


def test_more_steps_are_taken_only_for_as_long_as_they_may_decide_something():
    random = np.random.default_rng(19)

    def drawn(rate, number=32):
        return tuple((random.random(number) < rate).astype(float))

    def open_of(own, null):
        """How many of forty heads that obey at one rate, beside nulls at another, are still open after 32 sequences."""
        nulls = [
            {name: [drawn(null) for _ in range(9)] for name in ("random", "rotated", SURROGATE)} for _ in range(40)
        ]
        return sum(still_open(drawn(own), some, upto=96) for some in nulls)

    assert open_of(0.9, 0.3) > 35, "twice as many sequences more will most likely decide it"
    assert open_of(0.4, 0.3) < 5, "it hardly lies apart"
    assert not still_open((1.0,) * 32, {"random": [(0.0,) * 32] * 9}, upto=96), "it is sure already"
    wide = {"random": [drawn(rate) for rate in (0, 0.1, 0, 0.5, 0, 0.6, 0, 0, 0.5)], SURROGATE: [drawn(0.1)]}
    assert not still_open(drawn(0.7), wide, upto=96), "one more such head may lie as far"


def test_what_only_its_own_tokens_share_is_explained_by_their_frequencies():
    ones, zeros = np.ones(N), np.zeros(N)
    assert explained_by_frequencies(cell_of(ones, [zeros, zeros, ones]))
    assert not explained_by_frequencies(cell_of(ones, [zeros, zeros, zeros]))
    assert not explained_by_frequencies(cell_of(ones, [zeros, ones, ones]))


def test_the_numbers_are_those_of_the_design():
    assert (0.1, {"trivial", "architectural", "gauge"}) == (module.LEAST, module.BARRED)
