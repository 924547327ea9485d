"""What is measured of a device can be measured on the CPU, small."""

import json

import pytest
from click.testing import CliRunner

from harness.bench.device import exactness, main
from harness.readings.decoding.top_two import Folded
from tests.readings.test_decode import case
from tests.readings.test_on_device import elsewhere


def test_differences_are_counted_and_there_are_none():
    folded = Folded(*case("plain", 0, 1, 700, 16, True)[1:])
    found = exactness(folded, 300)
    assert set(found) == {"random", "two tokens alike", "tiny", "one large coordinate"}
    assert not any(number for columns in found.values() for number in columns.values())
    wrong = elsewhere(folded, seed=0, moved=0.0)
    wrong.plain.all_scores = lambda some: folded.plain.all_scores(some).flip(1)
    wrong.on_cpu = lambda: folded
    assert exactness(wrong, 300)["random"]["tokens"] > 100


@pytest.mark.thorough
def test_the_whole_script_runs_on_the_cpu(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, ["--model", "specimen", "--device", "cpu", "--small"], catch_exceptions=False)
    found = json.loads(said.stdout)
    assert found["device"] == "cpu"
    assert found["reading"]["device"] > 0 < found["reading"]["cpu"]
    assert found["one head"]["cells"] > 0 < found["ten heads"]["cells"]
    assert not any(number for columns in found["exactness"].values() for number in columns.values())
