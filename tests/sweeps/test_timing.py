"""What `headlaws bench --sweep` measures: all that it says it does, each in a process of its own."""

import json

import pytest
from click.testing import CliRunner

from harness.bench.sweep_phases import phase
from harness.bench.sweep_timing import SweepTiming
from harness.cli.bench import bench
from harness.cli.sweep import lines
from harness.profiling import Part
from harness.sweeps.sweep import alone, sweep
from harness.sweeps.workers_local import Processes
from tests.support.sweeping import ordered

TIMED = SweepTiming(
    model="m", heads=("0.0", "0.1"), chapters=("c",), sizes={"search": 8}, cells=10,
    together=3.0, alone=(4.0, 2.0), single=(10.0, 20.0), workers=2.0, load=0.5,
)  # fmt: skip


def test_ratios():
    assert (TIMED.together_over_single, TIMED.together_over_alone, TIMED.workers_gain) == (0.1, 0.5, 1.5)
    assert TIMED.as_json()["together_over_single"] == 0.1
    assert json.loads(json.dumps(TIMED.as_json()))["alone"] == [4.0, 2.0]


def test_a_phase_is_bound_by_what_takes_longer_and_by_neither_where_both_are_short():
    rates = {"matrix_rate": 10.0, "memory_rate": 5.0}
    computing = phase("one", 10.0, 80.0, 20.0, **rates)
    moving = phase("other", 10.0, 10.0, 45.0, **rates)
    neither = phase("third", 10.0, 10.0, 1.0, **rates)
    assert (computing.share, computing.bound) == (0.8, "matrix products")
    assert (moving.share, moving.bound) == (0.9, "memory")
    assert (neither.share, neither.bound) == (0.1, "many small steps, then matrix products")


@pytest.mark.thorough
def test_phases_of_a_sweep(monkeypatch, tiny_llama):
    monkeypatch.setattr("harness.cli.bench.SWEPT", {"search": 5, "census": 16, "first": 8})
    given = ["--sweep", "--phases-only", "--model", str(tiny_llama), "--head", "0.0", "--head", "2.0"]
    found = json.loads(CliRunner().invoke(bench, [*given, "--json"], catch_exceptions=False).stdout)["phases"]
    assert {one["name"] for one in found["phases"]} >= {"forward passes", "reading", "predicates"}
    forwards = next(one for one in found["phases"] if one["name"] == "forward passes")
    assert 0 < forwards["share"] < 1
    assert forwards["operations"] > 0 < forwards["bytes"]
    assert 3 * found["sequences"] >= found["from_the_bottom"] >= found["layer_runs"] > found["sequences"]


@pytest.mark.thorough
def test_the_command(monkeypatch):
    monkeypatch.setattr("harness.cli.bench.SWEPT", {"search": 5, "census": 16, "first": 8})
    given = ["--sweep", "--model", "specimen", "--head", "0.0", "--head", "0.1"]
    found = json.loads(CliRunner().invoke(bench, [*given, "--json"], catch_exceptions=False).stdout)
    assert found["heads"] == ["0.0", "0.1"]
    assert found["sizes"] == {"search": 5, "first": 8, "census": 16}
    assert found["cells"] > 20
    assert len(found["single"]) == len(found["alone"]) == 2
    assert all(seconds > 0 for seconds in (found["together"], *found["single"], *found["alone"], found["workers"]))
    said = CliRunner().invoke(bench, given, catch_exceptions=False).stdout
    assert "together / single runs" in said
    assert "one worker / two workers" in said
    assert "bound by" in said


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_says_what_its_time_went_to(few, tmp_path, network, workers):
    order = ordered(few, heads="0.1 0.3")
    make_workers = alone if workers == 1 else lambda order, worker: Processes(order, 2, worker)
    done = sweep(order, tmp_path / "store.db", make_workers=make_workers, report=tmp_path / "report")
    assert set(done.seconds) == set(Part)
    assert all(seconds > 0 for seconds in done.seconds.values())
    longest = max(cell.seconds for cell in done.session.cells)  # with others beside it, whose parts count as well
    assert sum(done.seconds.values()) >= longest
    assert "forward passes" in "\n".join(lines(done, tmp_path / "store.db"))
