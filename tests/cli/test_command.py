"""The `headlaws` command's door: what it lists, and how it refuses."""

import subprocess
import sys

import pytest


def headlaws(*arguments):
    script = "import sys; from harness.cli import main; sys.argv[0] = 'headlaws'; main()"
    return subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, timeout=120)


def test_help_names_every_command_and_imports_none():
    done = headlaws("--help")
    assert done.returncode == 0
    assert {"bench", "dataset", "models", "read", "replay", "report", "selfcheck"} <= set(done.stdout.split())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("nope",), "No such command 'nope'"),
        (("models", "--nope"), "nope"),
        (
            ("report", "--store", "none.db", "--out", "out"),
            "'none.db': the file does not exist; give the store that runs were filed in",
        ),
        (("replay", "00000000", "--store", "none.db"), "none.db"),
    ],
)
def test_what_is_refused_is_said_in_one_line_with_status_4(arguments, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = headlaws(*arguments)
    assert done.returncode == 4
    assert says in done.stderr
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
