import json
import sqlite3
from contextlib import closing

import pytest

from harness.errors import StoreError
from harness.records.store import Store
from reports.load import report
from reports.views import Controls


def change(path, statement, *values):
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement, values)


def test_a_run_is_read_whole(store):
    found = report(store)
    with closing(sqlite3.connect(store)) as connection:
        (filed,) = connection.execute("SELECT count(*) FROM cells").fetchone()
    assert found.run.controls is Controls.RIGHT
    assert sum(len(head.cells) for head in found.heads) == filed == sum(found.counts.values()) + found.controls_filed
    assert [plot.family for plot in found.heads[0].token_plots] == ["passages", "words", "repeats", "periodic"]
    assert found.heads[0].transitions[0].edges


def test_controls_are_held_against_what_is_known(store):
    found = report(store)
    assert found.controls_as_known == found.controls_filed == 15


def test_the_newest_run_is_the_default(write, tmp_path):
    path = tmp_path / "store.db"
    write(path, run_id="new", started="2026-11-24T01:00:00.000+00:00")
    write(path, run_id="old", started="2026-11-23T01:00:00.000+00:00")
    assert report(path).run.run_id == "new"
    assert report(path, "old").run.run_id == "old"


def test_heads_stand_in_the_order_of_layers(write, tmp_path):
    path = write(tmp_path / "store.db", heads=("10.0", "2.10", "2.9"))
    assert [head.address for head in report(path).heads] == ["2.9", "2.10", "10.0"]


def test_reading_leaves_the_store_as_it_was(store):
    before = store.read_bytes()
    report(store)
    assert store.read_bytes() == before


def test_a_share_without_sequences_is_no_share(write, tmp_path):
    path = write(tmp_path / "store.db")
    change(path, "UPDATE cells SET census_n = 0, degree = 0.5")
    assert all(cell.degree is None and cell.violation_rate is None for cell in report(path).heads[0].cells)


def test_numbers_that_json_does_not_know_become_nothing(write, tmp_path):
    path = write(tmp_path / "store.db")
    change(path, "UPDATE cells SET margin = 9e999, degree_low = -9e999")
    cells = report(path).heads[0].cells
    assert {cell.margin for cell in cells} == {None}
    assert {cell.degree.low for cell in cells if cell.degree} == {None}


@pytest.mark.parametrize(
    ("prepare", "said"),
    [
        (lambda path: None, "the file does not exist"),
        (lambda path: path.write_bytes(b"no database" * 100), "not a headlaws store"),
        (
            lambda path: sqlite3.connect(path).execute("CREATE TABLE meta(key, value)").connection.close(),
            "schema version none",
        ),
        (lambda path: Store(path), "the store has no runs yet"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line(tmp_path, prepare, said):
    path = tmp_path / "store.db"
    prepare(path)
    with pytest.raises(StoreError, match=said) as refused:
        report(path)
    assert "\n" not in str(refused.value)


def test_an_unknown_run_is_refused_with_those_there_are(store):
    with pytest.raises(
        StoreError, match=r"--run nope: not a run of .*, which has 1 run; the newest: 20261123-120919-abcdef"
    ):
        report(store, "nope")


@pytest.mark.parametrize("column", ["verdict", "counterexample"])
def test_a_row_that_is_not_understood_is_an_error_in_one_line(write, tmp_path, column):
    path = write(tmp_path / "store.db")
    change(path, f"UPDATE cells SET {column} = ?", json.dumps({"odd": 1}))
    with pytest.raises(StoreError, match=r"has a row that does not fit schema 4 \(") as refused:
        report(path)
    assert "\n" not in str(refused.value)


def test_tokens_without_their_texts_are_an_error_in_one_line(write, tmp_path):
    path = write(tmp_path / "store.db")
    reading = {"label": "head(S)", "ids": [1, 2], "text": ["a"], "tokens": [1, 2], "strings": ["a", "b"]}
    found = {"id": "c0ffee00", "inputs": {}, "readings": [reading], "first_difference": None, "length": 2}
    change(path, "UPDATE cells SET counterexample = ?", json.dumps(found))
    with pytest.raises(StoreError, match="2 ids with 1 texts"):
        report(path)


def test_a_store_on_a_read_only_disk_is_read(write, tmp_path, monkeypatch):
    path = write(tmp_path / "store.db")
    real = sqlite3.connect

    def refusing(address, **options):
        if not address.endswith("&immutable=1"):
            raise sqlite3.OperationalError("unable to open database file")
        return real(address, **options)

    monkeypatch.setattr(sqlite3, "connect", refusing)
    assert report(path).heads
