"""What was stored under a law's former name is found under the present one."""

import sqlite3
from contextlib import closing

import pytest

from harness.records import beliefs, earlier_runs, queries, renames

FORMER, PRESENT = "reading_twice_is_the_same", "reading_twice_gives_the_same_result"
SCHEMA = """
CREATE TABLE runs (run_id TEXT PRIMARY KEY, started TEXT, model TEXT, fingerprint TEXT, record TEXT);
CREATE TABLE conjectures (run_id TEXT, chapter TEXT, name TEXT, control TEXT, code TEXT);
CREATE TABLE cells (
    run_id TEXT, head TEXT, component TEXT, projection TEXT, chapter TEXT, conjecture TEXT, verdict TEXT
);
CREATE TABLE exhibits (run_id TEXT, kind TEXT, name TEXT);
"""


@pytest.fixture
def store(tmp_path):
    path = tmp_path / "store.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(SCHEMA)
        connection.execute("INSERT INTO runs VALUES ('r', '2026', 'm', 'f', '{\"bos\": 1}')")
        connection.execute("INSERT INTO conjectures VALUES ('r', 'a', ?, '', 'code')", (FORMER,))
        connection.execute("INSERT INTO cells VALUES ('r', '0.0', 'z', 'output', 'a', ?, 'satisfied')", (FORMER,))
        connection.execute("INSERT INTO exhibits VALUES ('r', 'draws', ?)", (f"a.py::{FORMER}",))
        connection.commit()
    return path


@pytest.fixture
def renamed(monkeypatch):
    monkeypatch.setitem(renames.RENAMED, FORMER, PRESENT)


def test_without_renames_a_store_is_read_as_it_is(store):
    with queries.opened(store) as connection:
        assert list(queries.claims(connection, "r")) == [("a", FORMER)]


@pytest.mark.usefixtures("renamed")
def test_every_reader_sees_the_present_name(store):
    before = store.read_bytes()
    with queries.opened(store) as connection:
        assert queries.claims(connection, "r") == {("a", PRESENT): "code"}
        assert queries.verdicts(connection, "r") == {("0.0", "z", "output", "a", PRESENT): "satisfied"}
        assert [row["conjecture"] for row in queries.rows(connection, "cells", "r")] == [PRESENT]
        assert [row["name"] for row in queries.rows(connection, "exhibits", "r")] == [f"a.py::{PRESENT}"]
    found = earlier_runs.last_verdicts(store, "f", bos=True)
    assert found == {("0.0", "z", "output", "a", PRESENT): "satisfied"}
    assert store.read_bytes() == before, "a store is never rewritten"


@pytest.mark.usefixtures("renamed")
def test_a_belief_under_the_former_name_is_about_the_present_law(tmp_path):
    file = tmp_path / "beliefs.toml"
    belief = {"head": "0.0", "component": "z", "chapter": "a", "conjecture": FORMER, "verdict": "satisfied"}
    lines = [f'{key} = "{value}"' for key, value in (belief | {"reason": "r"}).items()]
    file.write_text("\n".join(['model = "m"', "[[beliefs]]", *lines, "date = 2026-01-01"]), encoding="utf-8")
    (one,) = beliefs.read(file).by_key.values()
    assert one.conjecture == PRESENT


def test_no_rename_leads_to_another_former_name():
    assert not set(renames.RENAMED) & set(renames.RENAMED.values())
