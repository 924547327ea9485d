"""Measures, kinship and implications on small cases whose answers can be worked out by hand."""

import numpy as np
import pytest

from harness.records.cell import Verdict
from reports.analysis.implications import at_most, equivalent_laws, implications, outcomes
from reports.analysis.kinship import kinship, silhouette
from reports.analysis.measures import entropy, laws
from reports.values import Estimate
from reports.views import Cell


def cell(head, law, verdict, degree=None, flags=(), null=None):
    def share(value):
        return None if value is None else Estimate(value, None, None, 100)

    return Cell(
        head=head, component="z", projection="output", chapter="book", conjecture=law, verdict=Verdict(verdict),
        degree=share(degree), null_random=None, null_rotated=share(null), violation_rate=None, search_n=1, census_n=100,
        violations=0, near_ties=0, discarded=0, p_value=None, family=1, margin=None, flags=flags, counterexample=None,
        message="",
    )  # fmt: skip


def by_head(table):
    """Heads, each with a letter a law: s, r, u, or nothing."""
    words = {"s": "satisfied", "m": "mostly", "r": "refuted", "u": "undecided"}
    return {
        head: [cell(head, f"law_{i}", words[letter]) for i, letter in enumerate(letters) if letter != "."]
        for head, letters in table.items()
    }


def test_a_law_that_half_of_the_heads_have_learnt_is_worth_a_bit():
    cells = [cell(f"0.{i}", "a", "satisfied" if i < 2 else "refuted", i / 4) for i in range(4)]
    (law,) = laws(cells)
    assert (law.heads, law.held, law.learnt, law.bits) == (4, 2, 2, 1.0)
    assert law.degree == pytest.approx(0.375)


@pytest.mark.parametrize("flag", ["trivial", "architectural", "untrained"])
def test_what_untrained_heads_do_as_well_is_not_learnt(flag):
    cells = [cell("0.0", "a", "satisfied", 1.0, (flag,)), cell("0.1", "a", "refuted", 0.5)]
    (law,) = laws(cells)
    assert (law.held, law.learnt, law.bits) == (1, 0, 0.0)


def test_the_gauge_says_nothing_against_having_learnt():
    (law,) = laws([cell("0.0", "a", "mostly", 1.0, ("gauge",)), cell("0.1", "a", "refuted", 0.5)])
    assert law.learnt == 1


def test_the_most_telling_law_stands_first_and_the_undecided_do_not_count():
    cells = [cell(f"0.{i}", "dull", "satisfied", 1.0) for i in range(4)]
    cells += [cell(f"0.{i}", "telling", verdict) for i, verdict in enumerate(("satisfied", "refuted", "undecided"))]
    assert [(law.conjecture, law.heads) for law in laws(cells)] == [("telling", 2), ("dull", 4)]


def test_entropy_is_the_same_from_both_sides():
    assert entropy(1, 5) == pytest.approx(entropy(4, 5))


def test_a_law_implies_another_unless_that_holds_anyway():
    table = {f"0.{i}": "sss" if i < 4 else "rrs" if i < 7 else "rss" for i in range(9)}
    found = implications(outcomes(by_head(table)))
    pairs = {(one.law[1], one.implied[1]): one for one in found}
    assert set(pairs) == {("law_0", "law_1")}, "everything implies law_2, which holds of all"
    one = pairs["law_0", "law_1"]
    assert (one.support, one.exceptions, one.breaking) == (4, 0, ())
    assert one.base == pytest.approx(6 / 9)


def test_exceptions_are_counted_and_named():
    table = {f"0.{i}": "ss" for i in range(40)} | {"1.0": "sr"} | {f"2.{i}": "rr" for i in range(20)}
    found = implications(outcomes(by_head(table)))
    one = next(one for one in found if one.law[1] == "law_0")
    assert (one.support, one.exceptions, one.breaking) == (41, 1, ("1.0",))


def test_too_many_exceptions_are_no_implication():
    table = {f"0.{i}": "ss" for i in range(9)} | {"1.0": "sr"} | {f"2.{i}": "rr" for i in range(20)}
    assert "law_0" not in [one.law[1] for one in implications(outcomes(by_head(table)))]


def test_what_was_not_decided_supports_nothing():
    table = {f"0.{i}": "su" for i in range(9)} | {f"1.{i}": "rr" for i in range(4)} | {"2.0": "rs"}
    assert not implications(outcomes(by_head(table)))


def test_an_upper_bound_is_clopper_and_pearsons():
    assert at_most(0, 20) == pytest.approx(1 - 0.05 ** (1 / 20))


def test_laws_that_no_head_tells_apart_are_one():
    table = {"0.0": "ssr", "0.1": "rrr", "0.2": "ssr"}
    (group,) = equivalent_laws(outcomes(by_head(table)))
    assert [law[1] for law in group.laws] == ["law_0", "law_1"]
    assert (group.heads, group.held) == (3, 2)


def test_laws_tried_on_different_heads_are_not_one():
    assert not equivalent_laws(outcomes(by_head({"0.0": "ss", "0.1": "r.", "0.2": ".r"})))


def signature(head, *degrees):
    return [cell(head, f"law_{i}", "refuted", degree) for i, degree in enumerate(degrees)]


def test_heads_of_two_kinds_are_two_families():
    heads = {f"0.{i}": signature(f"0.{i}", 0.9 + i / 100, 0.1) for i in range(4)}
    heads |= {f"1.{i}": signature(f"1.{i}", 0.1, 0.8 + i / 100) for i in range(3)}
    found = kinship(heads)
    assert [family.heads for family in found.families] == [tuple(f"0.{i}" for i in range(4)), ("1.0", "1.1", "1.2")]
    assert found.silhouette > 0.8
    first = next(one for one in found.heads if one.head == "0.0")
    assert (first.family, first.nearest[0]) == ("A", ("0.1", pytest.approx(0.005)))
    assert found.families[0].traits[0].inside > found.families[0].traits[0].outside


def test_points_keep_distances_that_a_plane_can_keep():
    heads = {f"0.{i}": signature(f"0.{i}", x) for i, x in enumerate((0.0, 0.1, 0.5, 1.0))}
    places = {one.head: np.array([one.x, one.y]) for one in kinship(heads).heads}
    assert np.linalg.norm(places["0.0"] - places["0.3"]) == pytest.approx(1.0, abs=1e-3)
    assert np.linalg.norm(places["0.1"] - places["0.2"]) == pytest.approx(0.4, abs=1e-3)


def test_few_heads_are_not_sorted_into_families():
    found = kinship({"0.0": signature("0.0", 0.5), "0.1": signature("0.1", 0.9), "0.2": []})
    assert found.silhouette is None
    assert [one.head for one in found.heads] == ["0.0", "0.1"]
    assert kinship({}).families == ()


def test_a_family_of_one_has_no_silhouette_of_its_own():
    apart = np.array([[0.0, 1.0, 1.0], [1.0, 0.0, 0.5], [1.0, 0.5, 0.0]])
    assert silhouette(apart, np.array([1, 2, 2])) == pytest.approx((0 + 0.5 + 0.5) / 3)
