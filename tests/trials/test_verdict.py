"""The decision table, row by row and at its edges."""

from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from harness.errors import ConjectureError
from harness.records.cell import Cell, Verdict
from harness.trials.census import Census
from harness.trials.intervals import degree_interval, rate_interval, upper_bound
from harness.trials.multiplicity import p_value
from harness.trials.profile import Profile
from harness.trials.verdict import corrected, figures, p_of, verdict, worth_going_on


def counted(n, violations=0, near_ties=0, discarded=0):
    return Census(
        n=n,
        violations=violations,
        near_ties=near_ties,
        discarded=discarded,
        degree=1.0 if n else None,
        violating=(),
        constant=False,
    )


def judged(n=200, violations=0, near_ties=0, *, counterexample=False, tried=100, **profile):
    return verdict(
        counterexample=counterexample,
        tried=tried,
        counted=counted(n, violations, near_ties),
        profile=Profile(**profile),
    )


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        # no counterexample: satisfied as far as the census reaches
        ({"n": 200}, "satisfied"),
        ({"n": 59}, "satisfied"),  # 1 - 0.05 ** (1 / 59) = 0.0495
        ({"n": 58}, "undecided"),  # 1 - 0.05 ** (1 / 58) = 0.0503
        ({"n": 58, "epsilon": 0.06, "delta": 0.06}, "satisfied"),
        ({"n": 89, "confidence": 0.99}, "undecided"),
        ({"n": 90, "confidence": 0.99}, "satisfied"),  # 1 - 0.01 ** (1 / 90) = 0.0499
        # near-ties speak for nothing
        ({"near_ties": 4}, "satisfied"),  # upper bound of 4 in 200: 0.0452
        ({"near_ties": 5}, "undecided"),  # of 5: 0.0519
        ({"near_ties": 200}, "undecided"),
        ({"n": 59, "near_ties": 1}, "undecided"),
        # violations without a counterexample that stands count against the bound all the same
        ({"violations": 4}, "satisfied"),
        ({"violations": 3, "near_ties": 2}, "undecided"),
        # a counterexample stands: mostly or refuted, whatever else
        ({"counterexample": True}, "mostly"),
        ({"counterexample": True, "violations": 4}, "mostly"),
        ({"counterexample": True, "violations": 5}, "refuted"),
        (
            {"counterexample": True, "violations": 4, "near_ties": 1},
            "refuted",
        ),  # not `mostly` by the grace of a near-tie
        ({"counterexample": True, "violations": 5, "delta": 0.06}, "mostly"),
        ({"counterexample": True, "n": 59}, "mostly"),
        ({"counterexample": True, "n": 58}, "refuted"),
        ({"counterexample": True, "violations": 200}, "refuted"),
        ({"counterexample": True, "n": 0}, "refuted"),
        ({"counterexample": True, "n": 3}, "refuted"),  # a rare precondition does not take a counterexample away
        # too few that meet the precondition
        ({"n": 0}, "vacuous"),
        ({"n": 19}, "vacuous"),
        ({"n": 20}, "undecided"),
        ({"n": 5, "census": 5}, "undecided"),  # few because few were asked for
        ({"n": 4, "census": 5}, "vacuous"),
        # search alone
        ({"n": 0, "census": 0}, "undecided"),
        ({"n": 0, "census": 0, "tried": 0}, "vacuous"),
        ({"n": 1, "census": 1, "tried": 0}, "undecided"),  # a census of one is a census
        ({"n": 0, "census": 1}, "vacuous"),
        ({"n": 0, "census": 0, "counterexample": True}, "refuted"),
    ],
)
def test_the_table(case, expected):
    assert judged(**case) == expected


@pytest.mark.parametrize(("family", "expected"), [(1426, "satisfied"), (1427, "undecided")])
def test_a_stricter_level_is_asked_for_many_cells_at_once(family, expected):
    # 0.95 ** 200 = 3.505e-5 = 0.05 / 1426.3
    level = 0.05 / family
    assert verdict(counterexample=False, tried=1, counted=counted(200), profile=Profile(), level=level) == expected


def test_the_bound_is_epsilon_until_a_counterexample_stands():
    profile = Profile(epsilon=0.05, delta=0.2)
    assert p_of(counted(20), counterexample=False, profile=profile) == pytest.approx(0.95**20)
    assert p_of(counted(20), counterexample=True, profile=profile) == pytest.approx(0.8**20)


def test_a_p_value_that_is_just_the_level_is_small_enough():
    level = p_of(counted(200), counterexample=False, profile=Profile())
    for allowed, expected in ((level, "satisfied"), (level * (1 - 1e-9), "undecided")):
        found = verdict(counterexample=False, tried=1, counted=counted(200), profile=Profile(), level=allowed)
        assert found == expected


def filed(verdict, p, *, control=""):
    return Cell("0.0", "q", "output", "chapter", f"claim_{p}", verdict, p_value=p, family=4, control=control)


def test_the_correction_raises_what_holm_allows_and_nothing_else():
    # held against 0.05 / 4, / 3, / 2, / 1: the third fails, so the fourth does not count
    cells = [
        filed(Verdict.UNDECIDED, 0.016),
        filed(Verdict.SATISFIED, 0.001),
        filed(Verdict.REFUTED, 0.03),
        filed(Verdict.UNDECIDED, 0.04),
    ]
    found = [cell.verdict for cell in corrected(cells, alpha=0.05)]
    assert found == [Verdict.SATISFIED, Verdict.SATISFIED, Verdict.REFUTED, Verdict.UNDECIDED]


def test_the_correction_makes_refuted_mostly_where_a_counterexample_stands():
    assert [cell.verdict for cell in corrected([filed(Verdict.REFUTED, 0.02)], alpha=0.05)] == [Verdict.MOSTLY]


@pytest.mark.parametrize("verdict", [Verdict.VACUOUS, Verdict.ERROR, Verdict.MOSTLY, Verdict.SATISFIED])
def test_the_correction_leaves_other_verdicts_alone(verdict):
    assert corrected([filed(verdict, 0.0)], alpha=0.05)[0].verdict is verdict


def test_cells_that_were_not_counted_belong_to_the_family_and_controls_do_not():
    error = Cell("0.0", "q", "output", "chapter", "broken", Verdict.ERROR)
    assert corrected([filed(Verdict.UNDECIDED, 0.04), error], alpha=0.05)[0].verdict is Verdict.UNDECIDED
    control = filed(Verdict.UNDECIDED, 0.9, control="holds")
    assert corrected([filed(Verdict.UNDECIDED, 0.04), control], alpha=0.05)[0].verdict is Verdict.SATISFIED


@given(
    violations=st.integers(0, 40),
    n=st.integers(1, 400),
    bound=st.sampled_from([0.01, 0.05, 0.2]),
    alpha=st.sampled_from([0.05, 0.05 / 41, 1e-5]),
)
def test_a_p_value_and_the_clopper_pearson_bound_say_the_same(violations, n, bound, alpha):
    violations = min(violations, n)
    p, upper = p_value(violations, n, bound=bound), upper_bound(violations, n, confidence=1 - alpha)
    assume(abs(p - alpha) > 1e-9 * alpha)
    assert (p <= alpha) == (upper <= bound)


BLANK = Cell("0.0", "q", "output", "chapter", "a_claim", Verdict.UNDECIDED)


def test_a_cell_has_all_that_follows_from_the_numbers():
    profile = Profile(epsilon=0.05, delta=0.2, confidence=0.9)
    census = replace(counted(200, 3, 1, discarded=7), degree=0.75)
    for counterexample, expected, bound in ((False, "satisfied", 0.05), (True, "mostly", 0.2)):
        cell = figures(BLANK, counterexample=counterexample, tried=50, counted=census, profile=profile)
        assert (cell.verdict, cell.search_n, cell.census_n, cell.family) == (expected, 50, 200, 1)
        assert (cell.violations, cell.near_ties, cell.discarded, cell.degree) == (3, 1, 7, 0.75)
        assert (cell.degree_low, cell.degree_high) == degree_interval(0.75, 200, confidence=0.9)
        assert (cell.rate_low, cell.rate_high) == rate_interval(3, 200, confidence=0.9)
        assert cell.p_value == p_value(4, 200, bound=bound)


@pytest.mark.parametrize(("family", "expected"), [(1426, "satisfied"), (1427, "undecided")])
def test_a_cell_of_many_is_filed_at_the_share_of_its_family(family, expected):
    cell = figures(BLANK, counterexample=False, tried=1, counted=counted(200), profile=Profile(), family=family)
    assert (cell.verdict, cell.family) == (expected, family)


@pytest.mark.parametrize(("tried", "expected"), [(0, "vacuous"), (1, "undecided")])
def test_without_a_census_the_search_alone_says_whether_there_was_anything_to_see(tried, expected):
    cell = figures(BLANK, counterexample=False, tried=tried, counted=counted(0), profile=Profile(census=0))
    assert (cell.verdict, cell.search_n) == (expected, tried)
    assert cell.degree is cell.degree_low is cell.rate_low is cell.rate_high is cell.p_value is None


HARSHER = {Verdict.SATISFIED: 0, Verdict.UNDECIDED: 1, Verdict.MOSTLY: 0, Verdict.REFUTED: 1}


@settings(max_examples=80, deadline=None)
@given(n=st.integers(20, 300), data=st.data(), counterexample=st.booleans())
def test_one_more_violation_or_near_tie_never_makes_a_verdict_kinder(n, data, counterexample):
    against = data.draw(st.integers(0, n - 1))
    ties = data.draw(st.integers(0, against))
    kinder = judged(n, against - ties, ties, counterexample=counterexample)
    for more in (
        {"violations": against - ties + 1, "near_ties": ties},
        {"violations": against - ties, "near_ties": ties + 1},
    ):
        assert HARSHER[judged(n, counterexample=counterexample, **more)] >= HARSHER[kinder]


@given(n=st.integers(0, 300), near_ties=st.integers(0, 300), tried=st.integers(0, 100))
def test_nothing_is_refuted_without_a_counterexample(n, near_ties, tried):
    assert judged(n, 0, min(n, near_ties), tried=tried) in {Verdict.SATISFIED, Verdict.UNDECIDED, Verdict.VACUOUS}


@pytest.mark.parametrize(
    ("control", "verdict", "wrong"),
    [
        ("", Verdict.REFUTED, False),
        ("", Verdict.ERROR, False),
        ("holds", Verdict.SATISFIED, False),
        ("holds", Verdict.MOSTLY, True),
        ("holds", Verdict.UNDECIDED, True),
        ("holds", Verdict.ERROR, True),
        ("fails", Verdict.REFUTED, False),
        ("fails", Verdict.MOSTLY, True),
        ("fails", Verdict.SATISFIED, True),
        ("fails", Verdict.ERROR, True),
    ],
)
def test_a_control_is_wrong_unless_it_comes_out_as_it_must(control, verdict, wrong):
    cell = Cell("0.0", "q", "output", "controls", "a_claim", verdict, control=control)
    assert cell.wrong is wrong
    assert cell.node == "controls.py::a_claim[0.0-q]"


@pytest.mark.parametrize("name", ["search", "census"])
def test_a_negative_number_of_examples_is_refused(name):
    with pytest.raises(ConjectureError, match=f"--{name} -1: this is a number of examples; give 0 or more"):
        Profile(**{name: -1})


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"epsilon": 0.0}, "--epsilon 0.0"),
        ({"delta": 1.0}, "--delta 1.0"),
        ({"confidence": 95}, "--confidence 95"),
        ({"epsilon": 0.1}, "above --delta 0.05"),
    ],
)
def test_a_bound_that_is_no_share_is_refused(given, says):
    with pytest.raises(ConjectureError, match=says):
        Profile(**given)


# A census in stages


def ended(n, discarded=0, violations=1):
    return replace(counted(n, violations, discarded=discarded), ended=True, first=n)


def test_of_a_census_that_ended_early_nothing_is_sure():
    assert p_of(ended(16), counterexample=True, profile=Profile()) == 1.0


@pytest.mark.parametrize(
    ("n", "discarded", "expected"),
    [
        (10, 90, "undecided"),  # 10 of 100 drawn, where 20 of 200 would do
        (9, 91, "vacuous"),
        (10, 91, "vacuous"),
        (16, 0, "undecided"),
    ],
)
def test_a_census_that_ended_early_is_held_to_its_part_of_the_hits(n, discarded, expected):
    found = verdict(counterexample=False, tried=100, counted=ended(n, discarded), profile=Profile())
    assert found == expected


@pytest.mark.parametrize(
    ("against", "family", "census", "goes_on"),
    [
        # the chance of so few violations among 200 at a rate of 0.05: 4: 0.0264, 5: 0.0623
        ({"violations": 4}, 1, 200, True),
        ({"violations": 5}, 1, 200, False),
        ({"violations": 3, "near_ties": 1}, 1, 200, True),
        ({"violations": 3, "near_ties": 2}, 1, 200, False),
        ({"near_ties": 5}, 1, 200, False),
        # none: 3.5e-05; one: 4.0e-04
        ({}, 1000, 200, True),
        ({"violations": 1}, 1000, 200, False),
        ({"violations": 1}, 100, 200, True),
        ({}, 1, 58, False),
        ({}, 1, 59, True),
    ],
)
def test_it_goes_on_where_the_whole_of_it_could_still_decide(against, family, census, goes_on):
    assert worth_going_on(counted(16, **against), profile=Profile(census=census), family=family) is goes_on


def test_without_a_family_a_census_goes_on_for_itself_alone():
    assert worth_going_on(counted(16, violations=4), profile=Profile())
    assert p_value(4, 200, bound=0.05) > Profile().alpha / 2


def test_it_goes_on_for_the_laxer_of_both_bounds_and_where_they_are_met_exactly():
    few = counted(16, violations=4)
    exactly = Profile(confidence=1 - p_value(4, 200, bound=0.05))
    assert worth_going_on(few, profile=exactly) == (p_value(4, 200, bound=0.05) <= exactly.alpha)
    assert worth_going_on(counted(16, violations=8), profile=Profile(delta=0.1))
