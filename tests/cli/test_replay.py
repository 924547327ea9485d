"""`headlaws replay ID`: what a run found can be found again, by anyone, from the store alone."""

import ast
import shlex
import sqlite3
import sys
from contextlib import closing

import pytest
from click.testing import CliRunner

from harness.cli import headlaws, main
from harness.laws.book import shipped
from tests.support import forked

pytestmark = pytest.mark.slow  # one whole run of pytest stands behind them


@pytest.fixture(scope="module")
def filed(tmp_path_factory):
    """A run of one chapter on the specimen's position head, as a person would start it."""
    folder = tmp_path_factory.mktemp("my runs")
    store = folder / "store.db"
    command = [str(shipped() / "repetition.py"), "--head", "0.3", "--component", "z"]
    command += [
        "--model",
        "specimen",
        "--search",
        "40",
        "--census",
        "40",
        "--store",
        str(store),
        "--report",
        str(folder / "report"),
        "-v",
        "-p",
        "no:cacheprovider",
    ]
    done = forked.run("pytest", command, folder, COLUMNS="100")
    assert done.returncode == 0, done.stdout + done.stderr
    return store, done.stdout


@pytest.fixture
def ids(filed):
    with closing(sqlite3.connect(filed[0])) as connection:
        found = connection.execute("SELECT conjecture, counterexample ->> 'id' FROM verdicts WHERE verdict = 'refuted'")
        return dict(found.fetchall())


@pytest.mark.thorough
def test_every_refutation_still_stands(filed, ids, specimen, monkeypatch):
    asked = []
    monkeypatch.setattr("harness.readings.loading.load_model", lambda _name, **how: asked.append(how) or specimen)
    assert set(ids) == {
        "a_repeat_adds_no_new_attention_tokens",
        "a_repeated_token_reads_the_same_after_its_first_copy",
        "the_alphabet_of_a_repeated_token_stops_growing",
    }
    for name, id in ids.items():
        done = CliRunner().invoke(headlaws, ["replay", id, "--store", str(filed[0])], standalone_mode=False)
        assert (done.return_value, done.exception) == (0, None)
        assert f"repetition.py::{name}[0.3-z]" in done.output
        assert "the law is still broken, in float32 and in float64" in done.output
    assert asked == [{"dtype": "float32", "device": "cpu", "preparation": "none"}] * 3, "as the run had it"


def test_the_line_that_a_run_prints_is_one_that_replays(filed, ids, specimen, monkeypatch, tmp_path):
    monkeypatch.setattr("harness.readings.loading.load_model", lambda *_, **__: specimen)
    monkeypatch.chdir(tmp_path)
    lines = [line.partition("replay: headlaws ")[2] for line in filed[1].splitlines() if "replay: " in line]
    assert len(lines) == len(ids)
    assert CliRunner().invoke(headlaws, shlex.split(lines[0]), standalone_mode=False).return_value == 0


def test_inputs_that_no_reading_is_of_are_shown_as_text(filed, ids, specimen, monkeypatch):
    """The law reads `word * 2` and `word * times`, never the word itself."""
    monkeypatch.setattr("harness.readings.loading.load_model", lambda *_, **__: specimen)
    id = ids["a_repeat_adds_no_new_attention_tokens"]
    done = CliRunner().invoke(headlaws, ["replay", id, "--store", str(filed[0])], standalone_mode=False)
    with closing(sqlite3.connect(filed[0])) as connection:
        query = "SELECT counterexample ->> '$.inputs.word' FROM verdicts WHERE counterexample ->> 'id' = ?"
        ((word,),) = connection.execute(query, (id,))
    said = " ".join(specimen.text(ast.literal_eval(word)))
    assert f"  word: {said}\n" in done.output


def test_on_a_head_that_obeys_it_no_longer_stands(filed, ids, specimen, monkeypatch):
    """The same inputs on another model: one whose head 0.3 echoes."""

    class Other:
        in_float64, text, lexicon = specimen.in_float64, specimen.text, specimen.lexicon

        def head(self, address, **more):
            return specimen.head("0.1", **more)

    monkeypatch.setattr("harness.readings.loading.load_model", lambda *_, **__: Other())
    id = ids["a_repeat_adds_no_new_attention_tokens"]
    done = CliRunner().invoke(
        headlaws, ["replay", id, "--store", str(filed[0]), "--model", "other"], standalone_mode=False
    )
    assert (done.return_value, done.exception) == (1, None)
    assert "the law is no longer broken: holds in float32, holds in float64" in done.output


def refused(capsys, monkeypatch, *arguments):
    monkeypatch.setattr(sys, "argv", ["headlaws", "replay", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    out, err = capsys.readouterr()
    assert (left.value.code, out) == (4, "")
    assert err.count("\n") == 1
    return err


def test_an_unknown_id_is_one_line_and_status_4(filed, capsys, monkeypatch):
    assert "has no counterexample with this id" in refused(capsys, monkeypatch, "deadbeef", "--store", str(filed[0]))


def test_a_store_that_is_not_there_is_one_line_and_status_4(tmp_path, capsys, monkeypatch):
    assert "the file does not exist" in refused(capsys, monkeypatch, "deadbeef", "--store", str(tmp_path / "none.db"))


def test_a_book_that_has_not_the_claim_is_one_line_and_status_4(filed, ids, tmp_path, capsys, monkeypatch):
    assert "it has no laws" in refused(
        capsys, monkeypatch, next(iter(ids.values())), "--store", str(filed[0]), "--laws", str(tmp_path)
    )
