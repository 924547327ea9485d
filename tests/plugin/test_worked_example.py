"""The worked example of the docs: its figures are what its command gives."""

import os
import re
import shlex
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest

from harness.laws.book import shipped
from tests.support.documents import ROOT

PAGE = (ROOT / ".github" / "docs" / "tutorial" / "three-heads.md").read_text(encoding="utf-8")
COMMAND = next(line.strip() for line in PAGE.splitlines() if line.startswith("    pytest properties/roles.py"))
HEADS = ("1.2", "8.1", "18.6")
ROW = re.compile(r"^\| ([a-z][a-z -]+) \| (attn|z) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
STATED = {
    (claim.replace(" ", "_"), component, head): figure.strip()
    for claim, component, *figures in ROW.findall(PAGE)
    for head, figure in zip(HEADS, figures, strict=True)
}


def found(folder, *files, components):
    command = [part for part in shlex.split(COMMAND)[1:] if not part.startswith("properties/") and part != "attn z"]
    command.remove("--component")
    chapters = [str(shipped() / file) for file in files]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *chapters, *command, "--component", components],
        cwd=folder,
        env=os.environ | {"COLUMNS": "80"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    with closing(sqlite3.connect(folder / ".headlaws" / "store.db")) as connection:
        rows = connection.execute("SELECT conjecture, component, head, degree, verdict FROM cells").fetchall()
    return {(name, component, head): (degree, verdict) for name, component, head, degree, verdict in rows}


def as_stated(figure):
    degree, _, verdict = figure.partition(" ")
    return pytest.approx(float(degree), abs=0.0051), verdict or "refuted"


def test_the_table_has_the_roles_and_more():
    assert sum(component == "attn" for _, component, _ in STATED) == 15
    assert sum(component == "z" for _, component, _ in STATED) == 15


@pytest.mark.real
@pytest.mark.thorough
def test_the_roles_are_as_the_table_says(tmp_path):
    came = found(tmp_path, "roles.py", components="attn")
    assert came == {place: as_stated(figure) for place, figure in STATED.items() if place[1] == "attn"}


@pytest.mark.long
def test_the_readings_are_as_the_table_says(tmp_path):
    came = found(tmp_path, "extension.py", "position.py", components="z")
    wanted = {place: as_stated(figure) for place, figure in STATED.items() if place[1] == "z"}
    assert {place: came[place] for place in wanted} == wanted
