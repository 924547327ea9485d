"""The tutorial in properties/README.md, run as it is written: its files, its commands, and what it says comes out."""

import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass

import pytest

from harness.laws.book import shipped

README = (shipped() / "README.md").read_text(encoding="utf-8")
BLOCK = re.compile(r"(?:Save this as `(?P<file>[^`]+)`:\n\n)?```(?P<kind>\w+)\n(?P<text>.*?)```\n", re.DOTALL)
DOOR = "import sys; from harness.cli import main; sys.argv[0] = 'headlaws'; main()"


@dataclass(frozen=True)
class Block:
    kind: str
    text: str
    file: str | None


BLOCKS = [Block(found["kind"], found["text"], found["file"]) for found in BLOCK.finditer(README)]


def run(command, folder):
    """A command line of the tutorial, by this interpreter."""
    program, *arguments = shlex.split(command)
    start = {"pytest": ["-m", "pytest", "-p", "no:cacheprovider", "-p", "no:playwright"], "headlaws": ["-c", DOOR]}[
        program
    ]
    return subprocess.run(
        [sys.executable, *start, *arguments],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )


def shown(lines, output):
    """Which of the lines does not stand in the output, after those before it; None if all do."""
    rest = iter([line.rstrip() for line in output.splitlines()])
    return next((line for line in lines if line not in rest), None)


def test_it_has_files_commands_and_outputs():
    assert [block.kind for block in BLOCKS].count("python") == 1
    assert [block.kind for block in BLOCKS].count("sh") >= 4
    assert all(block.file for block in BLOCKS if block.kind == "python")
    assert {block.kind for block in BLOCKS} == {"python", "sh", "text"}


@pytest.mark.slow
def test_it_comes_out_as_written(tmp_path):
    output = ""
    for block in BLOCKS:
        if block.kind == "python":
            (tmp_path / block.file).parent.mkdir(exist_ok=True)
            (tmp_path / block.file).write_text(block.text, encoding="utf-8")
        elif block.kind == "sh":
            output = ""
            for command in block.text.splitlines():
                done = run(command, tmp_path)
                assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
                output += done.stdout
        else:
            missing = shown(block.text.splitlines(), output)
            assert missing is None, f"{missing!r} does not come out:\n{output}"


@pytest.mark.real
@pytest.mark.thorough
def test_its_conjecture_is_false_of_every_head_of_the_default_models_first_layer(tmp_path):
    (block,) = [block for block in BLOCKS if block.kind == "python"]
    (tmp_path / block.file).parent.mkdir()
    (tmp_path / block.file).write_text(block.text, encoding="utf-8")
    done = run("pytest my_laws --head '0.*'", tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    letters = [line.split()[0] for line in done.stdout.splitlines() if re.match(r"    [A-Z] \w+ +0\.\d-z", line)]
    assert letters == ["R"] * 9, done.stdout
