"""The store: whole runs or nothing, once written never changed, readable by anyone."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace

import pandas
import pytest
from hypothesis import given

from harness import agree, conjecture, words
from harness.errors import StoreError
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.comparison import Comparison
from harness.records.counterexample import Counterexample
from harness.records.earlier_runs import counterexample_named
from harness.records.run import Run, environment, new_run_id, now
from harness.records.store import Store
from reports.load import report


@conjecture(components="q z", source="a test")
@given(S=words())
def a_claim(head, S):
    """What is claimed.

    What it would mean.
    """
    assert agree(head(S), head(S))


a_claim.__test__ = False  # filed here, not tried
COLUMNS = [
    *("run_id", "model", "head", "component", "projection", "chapter", "conjecture", "verdict"),
    *("degree", "degree_low", "degree_high", "null_random", "null_rotated"),
    *("search_n", "census_n", "violations", "near_ties", "discarded"),
    *("rate_low", "rate_high", "p_value", "family", "margin", "flags", "counterexample", "message"),
    *("near_tied", "p_epsilon", "null_surrogate", "comparisons", "p_above", "p_below", "stands_out"),
    *("text_degree", "text_low", "text_high", "text_n"),
]

SINCE = {"2": ("near_tied", "p_epsilon"), "3": COLUMNS[COLUMNS.index("null_surrogate") :]}
"""The columns that came after a version."""


def run(run_id="20260101-000000-aaaaaa", **more):
    made = Run(
        run_id=run_id,
        started=now(),
        model="specimen",
        fingerprint="f",
        weights_sha256="w",
        preparation={"name": "none"},
        dtype="float32",
        device="cpu",
        seed=0,
        profile={"census": 200},
        heads=("0.0",),
        components=("q",),
        projection="output",
        bos=True,
        command="pytest properties/",
        versions={},
        git_commit="",
    )
    return replace(made, **more).finished(controls="right")


BROKEN = Counterexample(id="c1a2b3d4", inputs={"S": "(1, 2)"}, readings=(), first_difference=(1,), margin=0.5, length=2)


def cell(head="0.0", **more):
    return Cell(head, "q", "output", "chapter", "a_claim", Verdict.REFUTED, degree=0.5, counterexample=BROKEN, **more)


def exhibit():
    return Exhibit("0.0", "token_plot", "words", {"ids": [1], "input": ["\ud800</script>"]})


def query(path, sql, *arguments):
    with closing(sqlite3.connect(path)) as connection, connection:
        return connection.execute(sql, arguments).fetchall()


def counts(path):
    return [
        query(path, f"SELECT count(*) FROM {table}")[0][0] for table in ("runs", "conjectures", "cells", "exhibits")
    ]


@pytest.fixture
def path(tmp_path):
    return tmp_path / "deep" / "store.db"


@pytest.fixture
def filled(path):
    Store(path).add(run(), [a_claim.conjecture.entry], [cell()], [exhibit()])
    return path


def test_a_run_comes_back_as_it_was_filed(filled):
    ((record, controls),) = query(filled, "SELECT record, controls FROM runs")
    assert json.loads(record)["command"] == "pytest properties/"
    assert controls == "right"
    ((claim, reason, components),) = query(filled, "SELECT claim, reason, components FROM conjectures")
    assert (claim, reason, components) == ("What is claimed.", "What it would mean.", "q z")
    assert json.loads(query(filled, "SELECT data FROM exhibits")[0][0]) == exhibit().data


def test_pandas_reads_the_view_by_its_documented_columns(filled):
    with closing(sqlite3.connect(filled)) as connection:
        frame = pandas.read_sql("SELECT * FROM verdicts", connection)
    assert list(frame.columns) == COLUMNS
    assert frame.loc[0, ["model", "verdict", "degree"]].tolist() == ["specimen", "refuted", 0.5]
    assert pandas.isna(frame.loc[0, "rate_low"])
    assert json.loads(frame.loc[0, "counterexample"])["id"] == "c1a2b3d4"


def test_tables_are_strict_and_the_file_is_in_wal_mode(filled):
    assert query(filled, "PRAGMA journal_mode") == [("wal",)]
    tables = {
        name: strict
        for _, name, kind, _, _, strict in query(filled, "PRAGMA table_list")
        if kind == "table" and "sqlite" not in name
    }
    assert tables == dict.fromkeys(("meta", "runs", "conjectures", "cells", "exhibits"), 1)
    with pytest.raises(sqlite3.IntegrityError, match="REAL"):
        query(filled, "UPDATE cells SET degree = 'half'")


def test_runs_are_added_and_none_is_written_again(filled):
    Store(filled).add(run("20260102-000000-bbbbbb"), [a_claim.conjecture.entry], [cell()], [])
    assert counts(filled) == [2, 2, 2, 1]
    before = query(filled, "SELECT * FROM runs")
    with pytest.raises(StoreError, match="UNIQUE") as refused:
        Store(filled).add(run(), [], [cell("0.1")], [])
    assert "\n" not in str(refused.value)
    assert query(filled, "SELECT * FROM runs") == before


def unwritable():
    yield exhibit()
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("cells", "exhibits", "error"),
    [
        ([cell(), cell()], [], StoreError),  # the same cell twice
        ([cell()], [Exhibit("0.0", "k", "n", {"not": {"for", "json"}})], TypeError),
        ([cell()], unwritable(), KeyboardInterrupt),
    ],
)
def test_what_goes_wrong_half_way_leaves_nothing(filled, cells, exhibits, error):
    with pytest.raises(error):
        Store(filled).add(run("20260103-000000-cccccc"), [a_claim.conjecture.entry], cells, exhibits)
    assert counts(filled) == [1, 1, 1, 1]
    Store(filled).add(run("20260103-000000-cccccc"), [], [], [])


def test_a_reader_sees_a_run_whole_or_not_at_all(filled):
    seen = []

    def watching():
        seen.append(counts(filled))
        yield exhibit()

    Store(filled).add(run("20260104-000000-dddddd"), [a_claim.conjecture.entry], [cell()], watching())
    assert seen == [[1, 1, 1, 1]]
    assert counts(filled) == [2, 2, 2, 2]


# A store of an earlier schema


def of_version(path, version):
    """The same store as an earlier version had it."""
    later = [name for before, names in SINCE.items() if before >= version for name in names]
    with closing(sqlite3.connect(path)) as connection, connection:
        (view,) = connection.execute("SELECT sql FROM sqlite_master WHERE type = 'view'").fetchone()
        for statement in (
            "DROP VIEW verdicts",
            *(f"ALTER TABLE cells DROP COLUMN {name}" for name in later),
            re.sub(rf",\s+({'|'.join(later)})\b", "", view),
            f"UPDATE meta SET value = '{version}'",
        ):
            connection.execute(statement)


@pytest.mark.parametrize("version", SINCE)
def test_a_store_of_an_earlier_version_is_read_and_gets_the_new_columns_when_it_is_written(filled, version):
    of_version(filled, version)
    query(filled, "DELETE FROM exhibits")  # made up, and nothing that a report can show
    shown = report(filled).heads[0].cells[0]
    assert (shown.near_tied, shown.comparisons, shown.stands_out, shown.text) == (None, {}, "", None)
    old = query(filled, "SELECT * FROM cells")
    told = Comparison((0.25, 0.5, 0.25), 0.5, 0.1, 0.7, 32)
    newer = cell(near_tied=0.25, comparisons={"random": told}, stands_out="above", text_degree=0.5, text_n=32)
    Store(filled).add(run("20260105-000000-eeeeee"), [a_claim.conjecture.entry], [newer], [])
    rows = query(filled, "SELECT * FROM cells ORDER BY run_id")
    assert rows[0][: len(old[0])] == old[0]
    assert set(rows[0][len(old[0]) :]) == {None, "{}", "", 0}
    assert query(filled, "SELECT near_tied, stands_out FROM verdicts ORDER BY run_id") == [(None, ""), (0.25, "above")]
    assert query(filled, "SELECT value FROM meta") == [("4",)]
    (now_shown,) = [one for head in report(filled).heads for one in head.cells]
    assert (now_shown.near_tied, now_shown.comparisons, now_shown.stands_out) == (0.25, {"random": told}, "above")
    assert (now_shown.text.value, now_shown.text.n) == (0.5, 32)
    made = filled.with_name("new.db")
    Store(made)
    columns = "SELECT name, type, \"notnull\", dflt_value FROM pragma_table_info('cells')"
    assert query(filled, columns) == query(made, columns)
    assert query(filled, "SELECT * FROM pragma_table_info('verdicts')") == query(
        made, "SELECT * FROM pragma_table_info('verdicts')"
    )


# What is no store


def text_file(path):
    path.write_text("verdicts, mostly\n" * 100)


def anothers_database(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def anothers_meta(path):
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE meta (something TEXT)")


def later_schema(path):
    Store(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE meta SET value = '5'")


def folder(path):
    path.mkdir()


def below_a_file(path):
    path.parent.rmdir()
    path.parent.write_text("")


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (text_file, "not a database"),
        (anothers_database, "not a headlaws store"),
        (anothers_meta, "no such column"),
        (later_schema, "schema version '5'"),
        (folder, "unable to open"),
        (below_a_file, "File exists"),
    ],
)
def test_what_is_no_store_is_refused_in_one_line_and_left_as_it_was(tmp_path, make, says):
    path = tmp_path / "there" / "store.db"
    path.parent.mkdir()
    make(path)
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StoreError, match=says) as refused:
        Store(path)
    assert "\n" not in str(refused.value)
    assert str(path) in str(refused.value)
    assert (path.read_bytes() if path.is_file() else None) == before


CREATE = """
import sys, time
from pathlib import Path
from harness.records.store import Store
print("ready", flush=True)
sys.stdin.readline()
for i in range(20):
    Store(Path(sys.argv[1]) / f"{i}.db")
"""


def test_processes_that_make_the_same_store_at_once_do_not_harm_each_other(tmp_path):
    started = [
        subprocess.Popen(
            [sys.executable, "-c", CREATE, tmp_path],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    for process in started:
        assert process.stdout.readline() == "ready\n"
    for process in started:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in started:
        _, complaints = process.communicate(timeout=60)
        assert (process.returncode, complaints) == (0, "")
    assert all(counts(tmp_path / f"{i}.db") == [0, 0, 0, 0] for i in range(20))


# Stored counterexamples


def test_a_counterexample_is_found_by_its_id(filled):
    found = counterexample_named(filled, "c1a2b3d4")
    assert (found.head, found.component, found.chapter, found.conjecture) == ("0.0", "q", "chapter", "a_claim")
    assert found.inputs == {"S": "(1, 2)"}
    assert found.record["model"] == "specimen"


def test_of_two_runs_the_newest_ones_is_given(filled):
    Store(filled).add(run("20270101-000000-eeeeee"), [], [cell()], [])
    assert counterexample_named(filled, "c1a2b3d4").run_id == "20270101-000000-eeeeee"


def test_a_folder_of_any_name_may_hold_the_store(tmp_path):
    path = tmp_path / "100% sure? #1" / "store.db"
    Store(path).add(run(), [], [cell()], [])
    assert counterexample_named(path, "c1a2b3d4").head == "0.0"


@pytest.mark.parametrize(
    ("make", "id", "says"),
    [
        (lambda path: None, "c1a2b3d4", "the file does not exist"),
        (text_file, "c1a2b3d4", "not a database"),
        (anothers_database, "c1a2b3d4", "no such table"),
        (lambda path: Store(path), "' OR 1=1 --", "has no counterexample with this id"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(tmp_path, make, id, says):
    path = tmp_path / "store.db"
    make(path)
    with pytest.raises(StoreError, match=says) as refused:
        counterexample_named(path, id)
    assert "\n" not in str(refused.value)


# The run's record


def test_run_ids_sort_by_time_and_are_not_given_twice():
    made = [new_run_id() for _ in range(50)]
    assert len(set(made)) == 50
    assert sorted(id[:15] for id in made) == [id[:15] for id in made]


def test_versions_name_what_the_figures_depend_on():
    assert {"python", "torch", "transformer-lens", "hypothesis", "numpy"} <= set(environment())


def test_a_finished_run_is_the_same_run():
    made = run(controls="not run")
    assert (made.controls, bool(made.ended)) == ("right", True)
    assert json.loads(json.dumps(made.record()))["heads"] == ["0.0"]
