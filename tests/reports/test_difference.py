"""What two runs disagree on, and why."""

import pytest

from harness.errors import StoreError
from harness.records.queries import opened
from reports.analysis.difference import UNEXPLAINED, compared, differences, run_named
from tests.support.two_runs import RUN, cells, entry, filed, night

BEFORE = cells(a="satisfied", b="refuted", c="undecided", d="mostly")
AFTER = cells(a="refuted", b="refuted", c="satisfied", e="refuted")


def difference(store, before="last~1", after="last"):
    with opened(store) as connection:
        return compared(connection, run_named(connection, before), run_named(connection, after))


def test_every_cell_is_the_same_changed_new_or_gone(tmp_path):
    found = difference(filed(tmp_path / "store.db", (RUN, BEFORE), (night(24), AFTER)))
    assert (found.same, found.new, found.gone) == (1, 1, 1)
    assert [(change.key[4], change.before, change.after, change.flipped) for change in found.changes] == [
        ("a", "satisfied", "refuted", True),
        ("c", "undecided", "satisfied", False),
    ]
    assert found.between == ("seed 20261123 → 20261124",)


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"weights_sha256": "b" * 64}, "weights aaaaaaaa → bbbbbbbb"),
        ({"preparation": {"name": "default"}}, "preparation none → default"),
        ({"versions": {"torch": "2.14.0"}}, "torch 2.13.0 → 2.14.0"),
        ({"profile": {"search": 60, "census": 300, "first": 16}}, "census 200 → 300"),
        ({"git_commit": "d" * 40}, "harness cccccccc → dddddddd"),
    ],
)
def test_what_differed_is_named(tmp_path, changes, cause):
    found = difference(filed(tmp_path / "store.db", (RUN, BEFORE), (night(24, **{"seed": RUN.seed, **changes}), AFTER)))
    assert found.between == (cause,)
    assert found.changes[0].causes == (cause,)


def test_an_edited_claim_is_a_cause_for_its_own_cells_alone(tmp_path):
    edited = [entry("a", code="assert True"), entry("b"), entry("c"), entry("e")]
    found = difference(filed(tmp_path / "store.db", (RUN, BEFORE), (night(24, seed=RUN.seed), AFTER, edited)))
    assert [change.causes for change in found.changes] == [("the law's code",), (UNEXPLAINED,)]
    assert found.between == ("the code of 1 law",)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model": "specimen-rotary"}, "model: specimen and specimen-rotary"),
        ({"projection": "seed"}, "projection: output and seed"),
        ({"bos": False}, "BOS in front: True and False"),
    ],
)
def test_runs_that_asked_something_else_are_not_compared(tmp_path, changes, why):
    found = difference(filed(tmp_path / "store.db", (RUN, BEFORE), (night(24, **changes), AFTER)))
    assert found.apart == why
    assert not found.changes


def test_runs_without_a_cell_in_common_are_not_compared(tmp_path):
    found = difference(filed(tmp_path / "store.db", (RUN, cells(a="refuted")), (night(24), cells(b="refuted"))))
    assert found.apart == "no cell was tried in both"


def test_controls_are_no_verdicts(tmp_path):
    some, other = cells(a="satisfied", b="satisfied"), cells(a="refuted", b="refuted")
    entries = [entry("a", control="holds"), entry("b")]
    found = difference(filed(tmp_path / "store.db", (RUN, some, entries), (night(24), other, entries)))
    assert [change.key[4] for change in found.changes] == ["b"]


@pytest.mark.parametrize("name", ["20261123", RUN.run_id, "last~1"])
def test_a_run_is_named_by_its_id_its_beginning_or_its_place(tmp_path, name):
    with opened(filed(tmp_path / "store.db", (RUN, BEFORE), (night(24), AFTER))) as connection:
        assert run_named(connection, name) == RUN.run_id


@pytest.mark.parametrize(
    ("name", "said"),
    [("2026", "2 runs begin like this"), ("x", "no run"), ("", "2 runs begin like this"), ("last~2", "2 runs")],
)
def test_a_name_that_is_nobody_s_or_several_s_is_refused(tmp_path, name, said):
    store = filed(tmp_path / "store.db", (RUN, BEFORE), (night(24), AFTER))
    with opened(store) as connection, pytest.raises(StoreError, match=said):
        run_named(connection, name)


def test_what_is_no_store_is_refused(tmp_path):
    (tmp_path / "text").write_text("no database")
    for place, said in ((tmp_path / "text", "not a headlaws store"), (tmp_path / "nothing", "the file does not exist")):
        with pytest.raises(StoreError, match=said), opened(place):
            raise AssertionError("it was opened")


def test_a_model_that_differs_in_what_an_older_record_does_not_speak_of() -> None:
    old, new = {"fingerprint": "a" * 64}, {"fingerprint": "b" * 64, "settings": {"x": "1"}, "vocabulary_sha256": "c"}
    assert differences(old, new) == ("the model's fingerprint aaaaaaaa → bbbbbbbb",)
    assert differences(old | {"dtype": "float32"}, new | {"dtype": "float64"}) == ("dtype float32 → float64",)
    later = new | {"fingerprint": "d" * 64, "settings": {"x": "2"}, "vocabulary_sha256": "e" * 64}
    assert differences(new, later) == ("tokenizer c → eeeeeeee", "configuration x 1 → 2")
