"""`headlaws sweep` as people meet it: what it refuses, what it shows on the way, what it says at the end."""

import json
import os
import pty
import re
import subprocess
import sys
import textwrap
import time

import pytest
from click.testing import CliRunner

from harness.cli import headlaws, progress
from harness.cli.progress import said_of, shown
from harness.sweeps.sweep import Progress

CHAPTER = """
from hypothesis import given
from harness import conjecture, is_prefix, words

@conjecture(components="v z", source="a test")
@given(S=words(max_length=5))
def longer_ones_begin_alike(head, S):
    '''True of every head.'''
    print("what a claim prints")
    assert is_prefix(head(S), head(S * 2))
"""


@pytest.fixture
def given(tmp_path, unexhibited):
    """Arguments of a sweep that takes a second."""
    chapter = tmp_path / "book" / "prefix.py"
    chapter.parent.mkdir()
    chapter.write_text(textwrap.dedent(CHAPTER), encoding="utf-8")
    given = ["--model", "specimen", "--head", "0.*", "--search", "5", "--census", "24", "--first", "8", "--no-nulls"]
    return ["sweep", *given, "--book", str(chapter.parent), "--store", str(tmp_path / "store.db"),
            "--report", str(tmp_path / "report"), "--epsilon", "0.4"]  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--address", "1.2.3.4:6379"], "this is for a Ray cluster; write --engine ray as well"),
        (["--head", "9.0"], "layer 9 does not exist"),
        (["--search", "-1"], "--search -1"),
        (["--first", "-1"], "--first -1"),
        (["--epsilon", "7"], "--epsilon 7"),
        (["--workers", "0"], "--workers"),
        (["--minutes", "0"], "--minutes"),
        (["--component", "w"], "component 'w'"),
        (["--book", "/nowhere"], "/nowhere"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(given, arguments, said, refused):
    assert said in refused(*given, *arguments)


def test_without_ray_it_says_so_before_it_loads_a_model(given, refused, monkeypatch):
    monkeypatch.setattr("harness.sweeps.workers_ray.find_spec", lambda name: None)
    monkeypatch.setattr("harness.readings.loading.load_model", None)
    assert "--engine ray: Ray is not installed; pip install 'headlaws[ray]'." in refused(*given, "--engine", "ray")


@pytest.mark.slow
def test_the_result_is_one_json_object_whatever_is_printed_on_the_way(given):
    done = CliRunner().invoke(headlaws, [*given, "--json"], standalone_mode=False)
    assert done.exception is None, done.output
    assert "what a claim prints" in done.stderr
    found = json.loads(done.stdout)
    assert found["verdicts"] == {"satisfied": 16}
    assert (found["controls"], found["errors"], found["left_out"], found["why"]) == ("not run", [], {}, "")


def test_what_it_says_to_people(given):
    done = CliRunner().invoke(headlaws, given, standalone_mode=False)
    said = done.stdout.splitlines()
    assert said[:2] == ["16 satisfied", "known-answer checks not run"]
    assert said[2].startswith("time of all workers: ")
    assert said[3].startswith("run ")
    assert said[4].startswith("report: ")


def test_a_budget_that_is_spent_is_said_with_what_to_do(given):
    done = CliRunner().invoke(headlaws, [*given, "--minutes", "1e-9"], standalone_mode=False)
    assert done.return_value == 0
    assert "16 cells not tried: the time of 1e-09 min was up; give the same command again to go on" in done.stdout


def test_lines_elsewhere_come_now_and_then_and_at_the_end(monkeypatch, capsys):
    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(progress, "time", clock)
    monkeypatch.setattr(progress, "said_of", lambda progress: f"number {progress.done}")
    seen = []
    with shown() as told:
        for done in (0, 2, 4, 6, 10):
            told(Progress(cells=10, tasks=5, done=done))
            seen.append(capsys.readouterr().err)
            clock.now += 20
    assert [bool(line) for line in seen] == [True, False, True, False, True]
    assert seen[-1] == "10 of 10 cells, number 10\n"


def test_the_rate_is_of_what_was_done_since_it_began_and_not_of_what_was_found():
    now = time.monotonic()
    assert said_of(Progress(cells=10, tasks=2, done=4, found=4, began=now)) == "4 done before"
    line = said_of(Progress(cells=1000, tasks=2, done=104, found=4, errors=3, began=now - 50, left=448.0))
    assert line == "2.0 a second, 7 min left, 3 errors"
    assert said_of(Progress(cells=90000, tasks=2, done=10, began=now - 10, left=9e4)).endswith("25 h 0 min left")
    unknown = Progress(cells=90000, tasks=2, done=10, began=now - 10)
    assert said_of(unknown) == "1.0 a second"  # nothing tells how long the rest will take


@pytest.mark.slow
def test_on_a_terminal_there_is_a_bar(given):
    """It crashed on the first frame there, where nothing is known yet."""
    mine, its = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", "from harness.cli import main; main()", *given],
        stdout=subprocess.PIPE, stderr=its, text=True, env=os.environ | {"COLUMNS": "90", "TERM": "xterm"},
    )  # fmt: skip
    os.close(its)
    seen = b""
    while True:
        try:
            part = os.read(mine, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(mine)
    said, _ = process.communicate(timeout=120)
    shown_there = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", seen.decode())
    assert process.returncode == 0, shown_there
    assert "0 of 16 cells" in shown_there
    assert "16 of 16 cells" in shown_there
    assert "Traceback" not in shown_there
    assert said.startswith("16 satisfied")
