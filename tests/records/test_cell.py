"""What a cell says of itself."""

import datetime

import pytest

from harness.records.beliefs import Belief
from harness.records.cell import FLAGS, Cell, Verdict, dull


@pytest.mark.parametrize(
    ("verdict", "holds", "decided"),
    [
        ("satisfied", True, True),
        ("mostly", True, True),
        ("refuted", False, True),
        ("undecided", False, False),
        ("vacuous", False, False),
        ("error", False, False),
    ],
)
def test_a_verdict_says_whether_the_claim_holds_and_whether_it_says_so_at_all(verdict, holds, decided):
    assert (Verdict(verdict).holds, Verdict(verdict).decided) == (holds, decided)


def test_what_depends_on_the_basis_is_not_dull():
    assert [flag for flag in FLAGS if dull([flag])] == ["trivial", "architectural", "untrained"]
    assert not dull([])


def test_a_cell_and_the_belief_about_it_have_one_key():
    place = ("0.1", "z", "output", "repetition", "a_claim")
    assert Cell(*place, Verdict.REFUTED).key == place
    assert Belief(*place, Verdict.REFUTED, "why", datetime.date(2026, 11, 29)).key == place
