"""Beside other plugins of pytest the verdicts stay the same, and their files say which."""

import sqlite3
import xml.etree.ElementTree as ET
from contextlib import closing
from importlib.metadata import entry_points

import pytest

CHAPTER = """
from hypothesis import given
from harness import agree, conjecture, constant, words

@conjecture(components="z", source="a test")
@given(S=words(max_length=6))
def a_reading_is_itself_again(head, S):
    '''Nobody doubts it.'''
    assert agree(head(S), head(tuple(list(S))))

@conjecture(components="z", source="a test")
@given(S=words(min_length=2, max_length=6))
def a_reading_is_constant(head, S):
    '''Every entry is the same.'''
    assert constant(head(S))
"""
SIZES = ("--search", "10", "--census", "60", "--no-nulls", "--workers", "1", "--head", "0.1", "--model", "specimen")
APART = ("-p", "no:cacheprovider", "-p", "no:playwright")
PLUGINS = {
    "randomly": (),
    "timeout": ("--timeout", "60"),
    "pytest_cov": ("--cov=mine",),
    "rerunfailures": ("--reruns", "2"),
    "html": ("--html=report.html",),
    "asyncio": (),
}
"""By the names under which pytest loads them, with an option that makes each do something."""


def found(pytester, *more):
    pytester.makepyfile(mine=CHAPTER)
    done = pytester.runpytest_inprocess(*APART, *more, "mine.py", *SIZES)
    assert done.ret == 0
    asked = "SELECT conjecture, verdict, degree, violations, counterexample FROM cells ORDER BY run_id, conjecture"
    with closing(sqlite3.connect(pytester.path / ".headlaws" / "store.db")) as connection:
        return connection.execute(asked).fetchall()[-2:]


@pytest.mark.parametrize("plugin", PLUGINS)
def test_verdicts_are_the_same_beside_another_plugin(pytester, plugin):
    if plugin not in {one.name for one in entry_points(group="pytest11")}:
        pytest.skip(f"{plugin} is not installed; tox -e neighbours has it")
    none = [word for name in PLUGINS for word in ("-p", f"no:{name}")]
    alone = found(pytester, *none)
    assert [verdict for _, verdict, *_ in alone] == ["refuted", "vacuous"]
    others = [word for name in PLUGINS if name != plugin for word in ("-p", f"no:{name}")]
    assert found(pytester, *others, *PLUGINS[plugin]) == alone


def test_junits_file_has_the_verdict_and_the_degree(pytester):
    found(pytester, "--junitxml=report.xml")
    cases = ET.parse(pytester.path / "report.xml").findall(".//testcase")
    said = {
        case.get("name"): {one.get("name"): one.get("value") for one in case.findall(".//property")} for case in cases
    }
    assert said["a_reading_is_constant[0.1-z]"]["verdict"] == "refuted"
    assert 0 < float(said["a_reading_is_constant[0.1-z]"]["degree"]) < 1
