"""What `headlaws bench --sweep` measures: all that it says it does, each in a process of its own."""

import json

import pytest
from click.testing import CliRunner

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


@pytest.mark.parametrize("workers", [1, 2])
def test_a_sweep_says_what_its_time_went_to(few, tmp_path, network, workers):
    order = ordered(few, heads="0.*")
    make_workers = alone if workers == 1 else lambda order, worker: Processes(order, 2, worker)
    done = sweep(order, tmp_path / "store.db", make_workers=make_workers, report=tmp_path / "report")
    assert set(done.seconds) == set(Part)
    assert all(seconds > 0 for seconds in done.seconds.values())
    assert sum(done.seconds.values()) >= sum(cell.seconds for cell in done.session.cells)
    assert "forward passes" in "\n".join(lines(done, tmp_path / "store.db"))
