"""An order travels to workers whole, and equal orders alone have one digest."""

import json
import pickle
import sqlite3
from dataclasses import dataclass, fields, replace
from pathlib import Path

import pytest

from harness.errors import ModelError
from harness.records.earlier_runs import counterexamples
from harness.records.store import Store
from harness.runs.request import Request
from harness.sweeps.plan import COMPUTES, SweepOrder
from harness.sweeps.sweep import sweep
from harness.sweeps.tasks import tasks
from harness.sweeps.worker import Worker
from tests.support.sweeping import ordered

pytestmark = pytest.mark.slow

BELIEF = """model = "specimen"

[[beliefs]]
head = "0.1"
component = "z"
projection = "output"
chapter = "few"
conjecture = "every_token_reads_as_the_first"
verdict = "refuted"
reason = "a test"
date = 2026-11-22
"""


@dataclass(frozen=True)
class Longer(SweepOrder):
    """An order with a field that nobody has thought of."""

    further: str = ""


def travelled(order: SweepOrder) -> SweepOrder:
    found: SweepOrder = pickle.loads(pickle.dumps(order))
    return found


def test_every_field_travels_and_claims_are_read_again(few: Path, tmp_path: Path) -> None:
    order = Longer(
        ordered(few).request,
        few,
        shrink=3,
        replaying=(tmp_path / "store.db", ("a-run",)),
        checkpoint="step-1",
        kind="night",
        beliefs=tmp_path / "beliefs.toml",
        fingerprint="f",
        streams=tmp_path / "streams",
        further="too",
    )
    untold = [field.name for field in fields(order) if getattr(order, field.name) == field.default]
    assert untold == [], "each is something else than by default, or its travel would not be seen"
    claims = order.claims
    found = travelled(order)
    assert found == order
    assert "claims" not in found.__dict__
    assert found.claims.keys() == claims.keys()


def test_each_field_but_the_command_is_in_the_digest(few: Path, tmp_path: Path) -> None:
    beliefs = tmp_path / "beliefs.toml"
    beliefs.write_text(BELIEF)
    order = Longer(ordered(few).request, few)
    others = {
        "request": {"request": replace(order.request, bos=False)},
        "shrink": {"shrink": 5},
        "replaying": {"replaying": (tmp_path, ("a-run",))},
        "checkpoint": {"checkpoint": "step-1"},
        "kind": {"kind": "night"},
        "beliefs": {"beliefs": beliefs},
        "further": {"further": "too"},
    }
    assert {*others, "book", "fingerprint", "streams"} == {field.name for field in fields(order)}
    sums = {order.digest("f"), order.digest("g"), *(replace(order, **other).digest("f") for other in others.values())}
    assert len(sums) == len(others) + 2
    same = replace(order, request=replace(order.request, command="typed otherwise"))
    assert same.digest("f") == order.digest("f")
    assert order.keeping_streams(tmp_path).digest("f") == order.digest("f"), "no row depends on where runs are kept"
    before = replace(order, beliefs=beliefs).digest("f")
    beliefs.write_text(BELIEF.replace("refuted", "mostly"))
    assert replace(order, beliefs=beliefs).digest("f") != before
    next(few.glob("few.py")).write_text(next(few.glob("few.py")).read_text() + "\n")
    assert Longer(order.request, few).digest("f") not in sums


def test_a_worker_elsewhere_tries_the_counterexamples_of_the_night_before_first(few: Path, tmp_path: Path) -> None:
    """A counterexample that no search of this size finds by itself stands first where it was replayed."""
    store = tmp_path / "store.db"
    order = ordered(few, heads="0.1", components=("z",))
    first = sweep(order, store, report=tmp_path / "report")
    place = ("0.1", "z", "output", "few", "every_token_reads_as_the_first")
    known = counterexamples(store, first.run_id)[place]
    planted = {**known, "S": "(9, 8, 7, 6, 5, 4)"}
    _plant(store, first.run_id, planted)
    replaying = replace(order, replaying=(store, (first.run_id,)), shrink=0)
    here, there = (_cell(Worker(one)) for one in (replaying, travelled(replaying)))
    assert here.counterexample is not None
    assert there.counterexample is not None
    assert there.counterexample.inputs == here.counterexample.inputs == planted
    assert _cell(Worker(travelled(replace(order, shrink=0)))).counterexample.inputs != planted  # type: ignore[union-attr]


def test_a_worker_elsewhere_knows_what_is_believed(few: Path, tmp_path: Path) -> None:
    beliefs = tmp_path / "beliefs.toml"
    beliefs.write_text(BELIEF)
    order = replace(ordered(few, heads="0.1", components=("z",)), beliefs=beliefs)
    here, there = (_cell(Worker(one)) for one in (order, travelled(order)))
    assert there.message == here.message
    assert there.message.startswith("believed refuted")


def test_a_worker_that_loads_another_model_than_the_sweep_began_with_refuses(few: Path) -> None:
    order = ordered(few, heads="0.1")
    right = Worker(travelled(order.of_model(order.session().model.backbone.fingerprint)))
    assert _cell(right).head == "0.1"
    with pytest.raises(ModelError, match=r"--model 'specimen': the model changed after this sweep began .* start over"):
        _cell(Worker(travelled(order.of_model("0" * 64))))


def test_claims_that_are_at_hand_stay_with_an_order_of_a_model(few: Path) -> None:
    claims = list(ordered(few).claims.values())
    assert [*SweepOrder.of_claims(Request(), claims).of_model("f").claims.values()] == claims


def _cell(worker: Worker):  # type: ignore[no-untyped-def]
    """What a worker makes of one cell that few heads keep."""
    session = worker.session
    (task,) = (
        task
        for task in tasks(worker.order, session)
        if any(shard.conjecture == "every_token_reads_as_the_first" for shard in task.shards)
    )
    return next(cell for cell in worker.do(task).cells if cell.conjecture == "every_token_reads_as_the_first")


def _plant(store: Path, run_id: str, inputs: dict[str, str]) -> None:
    assert Store(store).has(run_id)
    with sqlite3.connect(store) as connection:
        connection.execute(
            "UPDATE cells SET counterexample = json_set(counterexample, '$.inputs', json(?)) WHERE run_id = ?"
            " AND counterexample IS NOT NULL",
            (json.dumps(inputs), run_id),
        )


def test_the_digest_covers_the_code_that_rows_depend_on_and_no_door() -> None:
    """So that a changed help text does not throw a sweep away, and a changed screen does."""
    grimp = pytest.importorskip("grimp")
    graph = grimp.build_graph("harness", cache_dir=None)
    rooms = {name.split(".")[1] for name in graph.find_upstream_modules("harness.sweeps.worker") if "." in name}
    plain = {"asserting", "errors", "files", "garbage", "html_table", "output_paths", "profiling", "text"}
    assert rooms - plain == {room.removesuffix(".py") for room in COMPUTES}
