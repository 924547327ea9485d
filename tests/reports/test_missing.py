from types import SimpleNamespace

from harness.records.claim import Control
from reports.analysis.missing import missing
from reports.views import Conjecture, Controls, Run

RECORD = {"heads": ["0.0", "0.1", "1.0"], "components": ["v", "z"], "projection": "output"}


def run(controls=Controls.RIGHT, **record):
    return Run("r", "m", "f", "", None, controls, {**RECORD, **record})


def claim(components="v z", code=""):
    return Conjecture("book", "a_law", "", "", "", tuple(components.split()), "", Control.NONE, code)


def tried(*cells):
    return [SimpleNamespace(head=head, law=("book", "a_law", part)) for head, part in map(str.split, cells)]


def why(*, of=None, cells=(), **given):
    return [(one.component, one.heads, one.why) for one in missing(run(**given), [of or claim()], tried(*cells))]


ALL = tuple(f"{head} {part}" for head in RECORD["heads"] for part in "vz")


def test_a_run_that_tried_all_lacks_nothing():
    assert why(cells=ALL) == []


def test_a_component_that_was_not_asked_for():
    assert why(of=claim("q v z"), cells=ALL) == [("q", 3, "the component was not asked for")]


def test_a_claim_about_the_first_layer_says_its_scope():
    code = '@conjecture(components="v z", scope="first layer")'
    assert why(of=claim(code=code), cells=ALL[:4]) == [
        ("v", 1, "the law applies only to its scope: first layer"),
        ("z", 1, "the law applies only to its scope: first layer"),
    ]


def test_a_run_that_ended_early():
    assert why(cells=ALL[:3]) == [
        ("v", 1, "the run ended before these heads"),
        ("z", 2, "the run ended before these heads"),
    ]


def test_a_sweep_that_was_cut_short_says_why_itself():
    found = why(cells=ALL[:5], left_out={"tasks": {"1.0": 1}, "why": "the time was up"})
    assert found == [("z", 1, "the time was up")]


def test_wrong_controls_are_the_reason_before_any_other():
    found = why(controls=Controls.WRONG)
    assert {reason for *_, reason in found} == {"a known-answer check failed, so the run filed no verdicts"}


def test_of_pairs_some_are_tried_by_rule():
    assert why(of=claim("z"), cells=["0.0+0.1 z"]) == []
