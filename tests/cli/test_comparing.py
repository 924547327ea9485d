"""`headlaws diff` and `headlaws history`."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from tests.support.two_runs import RUN, cells, filed, night


@pytest.fixture
def store(tmp_path):
    return filed(
        tmp_path / "store.db",
        (RUN, cells(a="satisfied", b="refuted", c="undecided")),
        (night(24), cells(a="refuted", b="refuted", c="satisfied")),
        (night(25, projection="seed"), [replace(cell, projection="seed") for cell in cells(a="refuted")]),
    )


def run(*arguments):
    return CliRunner().invoke(headlaws, [str(argument) for argument in arguments], standalone_mode=False)


def test_diff_says_what_flipped_and_what_differed(store):
    done = run("diff", "20261123", "20261124", "--store", store)
    assert done.return_value == 1
    assert done.output.splitlines()[1:] == [
        "differs: seed 20261123 → 20261124",
        "1 verdict the same, 2 changed (1 flipped between holding and refuted), 0 new, 0 gone",
        "  satisfied -> refuted: 1",
        "  undecided -> satisfied: 1",
        "satisfied -> refuted  repetition::a[0.1-z]",
        "undecided -> satisfied  repetition::c[0.1-z]",
    ]


def test_diff_gives_programs_an_object(store):
    found = json.loads(run("diff", "20261123", "20261124", "--store", store, "--json").output)
    assert found["changes"][0] == {
        "head": "0.1",
        "component": "z",
        "projection": "output",
        "chapter": "repetition",
        "conjecture": "a",
        "before": "satisfied",
        "after": "refuted",
        "flipped": True,
        "causes": ["seed 20261123 → 20261124"],
    }


def test_diff_of_a_run_with_itself_finds_nothing(store):
    done = run("diff", "20261124", "20261124", "--store", store)
    assert done.return_value == 0
    assert "3 verdicts the same, 0 changed" in done.output


def test_diff_of_runs_that_cannot_be_compared_says_so(store):
    done = run("diff", "20261124", "last", "--store", store)
    assert done.return_value == 3
    assert "not comparable: projection: output and seed" in done.output


def test_history_shows_what_changed_flips_first(store):
    lines = run("history", "--store", store).output.splitlines()
    assert [line.split()[1] for line in lines[:3]] == [RUN.run_id, night(24).run_id, night(25).run_id]
    assert lines[3:] == [
        "4 cells, 2 changed",
        "SR.  repetition::a[0.1-z]",
        "US.  repetition::c[0.1-z]",
    ]


def test_history_can_be_narrowed(store):
    assert "RR.  repetition::b[0.1-z]" in run("history", "--store", store, "--all", "--claim", "b").output
    assert "0 cells, 0 changed" in run("history", "--store", store, "--head", "0.7").output
    found = json.loads(run("history", "--store", store, "--json").output)
    assert found["cells"][0]["verdicts"] == ["satisfied", "refuted", None]
    assert found["cells"][0]["flips"] == 1


def test_history_of_another_model_says_which_there_are(store):
    done = run("history", "--store", store, "--model", "gpt2")
    assert "no run of it" in str(done.exception)
    assert "only of specimen; name one of these" in str(done.exception)
