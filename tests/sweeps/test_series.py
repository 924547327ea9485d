"""A series: the same laws over three checkpoints of a tiny model, in which one of them emerges."""

import gc
import json
import os
import shutil
import sqlite3
import textwrap
import weakref
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli import headlaws
from harness.sweeps import series
from tests.support.sweeping import FIRST, SIZES

pytestmark = pytest.mark.slow

ONE = """
from hypothesis import given
from harness import agree, conjecture, is_prefix, words

@conjecture(components="v", source="a test")
@given(S=words(min_length=3, max_length=6))
def the_last_is_read_as_if_alone(head, S):
    '''True of layer 0 where there are no positions.'''
    assert agree(head(S)[-1:], head(S[-1:]))
"""
ALWAYS = """

@conjecture(components="v", source="a test")
@given(S=words(max_length=6))
def longer_ones_begin_alike(head, S):
    '''True of every head.'''
    assert is_prefix(head(S), head(S * 2))
"""
CLAIMS = (
    ONE
    + ALWAYS
    + """

@conjecture(components="v", source="a test")
@given(S=words(min_length=3, max_length=6))
def every_token_reads_as_the_first(head, S):
    '''True where positions drown the tokens.'''
    assert agree(head(S), head((S[0],) * len(S)))
"""
)
POSITIONS = {"step-1": 30.0, "step-2": 8.0, "step-10": 0.0}
"""By how much the position embeddings are multiplied: without them, a value of layer 0 is its token's alone."""


@pytest.fixture(scope="session")
def runs(tiny_gpt2, tmp_path_factory):
    """Three checkpoints, and what lies beside checkpoints: a log, and a folder without a model."""
    from safetensors.torch import load_file, save_file

    folder = tmp_path_factory.mktemp("training") / "runs"
    for name, scale in POSITIONS.items():
        shutil.copytree(tiny_gpt2, folder / name)
        weights = load_file(folder / name / "model.safetensors")
        weights["transformer.wpe.weight"] *= scale
        save_file(weights, folder / name / "model.safetensors", metadata={"format": "pt"})
    (folder / "step-log.txt").write_text("loss")
    (folder / "step-3").mkdir()
    return folder


@pytest.fixture(scope="module")
def swept(runs, tmp_path_factory):
    """All three by a pattern: the folder it was done in, and what came of it as JSON."""
    place = tmp_path_factory.mktemp("swept")
    return place, json.loads(invoked(arguments(place, CLAIMS, "--model", runs / "step-*", "--json")).stdout)


@pytest.fixture
def quick(runs, tmp_path):
    """A series of one claim and one head; gives the arguments, with what is added."""
    return lambda *more: arguments(tmp_path, ONE, "--model", runs / "step-*", *more, head="0.0")


def arguments(place, claims, *more, head="0.*"):
    book = place / "book"
    book.mkdir(exist_ok=True)
    (book / "few.py").write_text(textwrap.dedent(claims), encoding="utf-8")
    kept = ["--book", book, "--store", place / "store.db", "--report", place / "report"]
    return [str(one) for one in ("sweep", "--head", head, *SIZES, *FIRST, "--shrink-first", "0", *kept, *more)]


def invoked(given, *, code=0):
    done = CliRunner().invoke(headlaws, given, standalone_mode=False)
    assert done.exception is None, done.output
    assert (done.return_value or 0) == code, done.output
    return done


def filed(store):
    """The checkpoints that have a run in the store, in the order in which they were begun."""
    with closing(sqlite3.connect(store)) as connection:
        return [Path(row[0]).name for row in connection.execute("SELECT model FROM runs ORDER BY run_id")]


def journals(place):
    return list((place / "store.db.sweeps").glob("*.db"))


def laws(place):
    found = json.loads((place / "report" / "checkpoints.json").read_text("ascii"))
    return {row[1]: dict(zip(found["laws"]["columns"], row, strict=True)) for row in found["laws"]["rows"]}


def test_a_law_emerges_where_the_mathematics_has_it_emerge(swept):
    place, found = swept
    assert [Path(run["model"]).name for run in found["runs"]] == ["step-1", "step-2", "step-10"]
    assert filed(place / "store.db") == ["step-1", "step-2", "step-10"]
    said = {name: law["said"] for name, law in laws(place).items()}
    assert said["longer_ones_begin_alike"] == "holds from the first"
    assert said["the_last_is_read_as_if_alone"] == "emerges at step-10"
    assert "emerges" not in said["every_token_reads_as_the_first"]
    assert laws(place)["the_last_is_read_as_if_alone"]["stages"][-1] == [4, 4, 4, 1.0]


def test_every_figure_is_the_stores(swept):
    place, found = swept
    query = (
        "SELECT sum(verdict IN ('satisfied', 'mostly', 'refuted')), sum(verdict IN ('satisfied', 'mostly')),"
        " avg(degree) FROM cells WHERE run_id = ? AND conjecture = ?"
    )
    with closing(sqlite3.connect(place / "store.db")) as connection:
        for name, law in laws(place).items():
            stages = [connection.execute(query, (run["run"], name)).fetchone() for run in found["runs"]]
            assert [[heads, held] for heads, held, _, _ in law["stages"]] == [[*stage[:2]] for stage in stages]
            assert [degree for *_, degree in law["stages"]] == pytest.approx([stage[2] for stage in stages])
    assert len(laws(place)) == 3


def test_each_checkpoint_has_its_report_beside_the_page(swept):
    place, found = swept
    page = Path(found["page"])
    assert page == place / "report" / "checkpoints.html"
    for run in found["runs"]:
        assert Path(run["report"]) == page.with_name(run["run"]) / "index.html"
        assert Path(run["report"]).is_file()
        assert f'href="{run["run"]}/index.html"' in page.read_text("utf-8")


def test_the_page_made_again_from_the_store_is_the_same(swept, tmp_path):
    place, found = swept
    ids = [run["run"] for run in found["runs"]]
    again = ["report", "--store", str(place / "store.db"), "--out", str(tmp_path), "--checkpoints", *ids]
    assert invoked(again).stdout.strip() == str(tmp_path / "checkpoints.html")
    files = [path.relative_to(tmp_path) for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) > 30
    for file in files:
        assert (tmp_path / file).read_bytes() == (place / "report" / file).read_bytes(), file


@pytest.mark.thorough
def test_a_shell_may_write_the_folders_out(runs, tmp_path):
    words = [runs / name for name in ("step-1", "step-10", "step-2")]  # as a shell sorts them
    done = invoked(arguments(tmp_path, ONE, "--model", *words, head="0.0"))
    assert filed(tmp_path / "store.db") == ["step-1", "step-2", "step-10"]
    assert done.stdout.splitlines()[-1] == f"checkpoints: {tmp_path / 'report' / 'checkpoints.html'}"
    assert done.stdout.count("  run ") == 3


def test_a_single_match_is_a_series_of_one(runs, tmp_path):
    invoked(arguments(tmp_path, ONE, "--model", runs / "step-1*0", head="0.0"))
    assert laws(tmp_path)["the_last_is_read_as_if_alone"]["said"] == "holds from the first"
    assert filed(tmp_path / "store.db") == ["step-10"]


@pytest.mark.thorough
def test_broken_off_it_goes_on_and_when_done_it_begins_anew(quick, tmp_path, monkeypatch):
    real, begun = series.sweep, []

    def breaking(order, *more, **others):
        begun.append(order.checkpoint)
        if len(begun) == 2:
            raise KeyboardInterrupt
        return real(order, *more, **others)

    monkeypatch.setattr(series, "sweep", breaking)
    done = CliRunner().invoke(headlaws, quick(), standalone_mode=False)
    assert (done.return_value, filed(tmp_path / "store.db")) == (130, ["step-1"])
    assert "give the same command again" in done.stderr
    found = json.loads(invoked(quick("--json")).stdout)
    assert filed(tmp_path / "store.db") == ["step-1", "step-2", "step-10"], "the first was found finished"
    assert len(found["runs"]) == 3
    assert journals(tmp_path) == []
    invoked(quick())
    assert len(filed(tmp_path / "store.db")) == 6


@pytest.mark.thorough
def test_a_budget_is_of_all_together_and_what_it_left_is_done_next_time(quick, tmp_path):
    found = json.loads(invoked(quick("--minutes", "1e-9", "--json")).stdout)
    assert [Path(name).name for name in found["not_begun"]] == ["step-2", "step-10"]
    assert found["runs"][0]["left_out"]
    found = json.loads(invoked(quick("--json")).stdout)
    assert found["not_begun"] == []
    assert [run["left_out"] for run in found["runs"]] == [{}, {}, {}]
    assert journals(tmp_path) == []


@pytest.mark.thorough
def test_a_checkpoint_that_cannot_be_used_is_said_and_the_others_go_on(runs, tmp_path):
    copies = tmp_path / "copies"
    shutil.copytree(runs, copies)
    weights = copies / "step-2" / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[:-100])
    given = arguments(tmp_path, ONE, "--model", copies / "step-*", head="0.0")
    done = invoked(given, code=1)
    assert "not tried: --model" in done.stdout
    assert "it was cut off or changed" in done.stdout
    assert filed(tmp_path / "store.db") == ["step-1", "step-10"]
    weights.write_bytes(whole)
    invoked(given)
    assert filed(tmp_path / "store.db") == ["step-1", "step-10", "step-2"], "only what was missing is done"
    shown = json.loads((tmp_path / "report" / "checkpoints.json").read_text("ascii"))["checkpoints"]
    assert [one["label"] for one in shown] == ["step-1", "step-2", "step-10"]


@pytest.mark.thorough
def test_the_same_weights_twice_are_two_runs(runs, tmp_path):
    for name in ("a-1", "a-2"):
        shutil.copytree(runs / "step-10", tmp_path / name)
    invoked(arguments(tmp_path, ONE, "--model", tmp_path / "a-*", head="0.0"))
    assert filed(tmp_path / "store.db") == ["a-1", "a-2"]


def test_pickles_are_allowed_for_all_checkpoints_or_for_none(runs, tmp_path, monkeypatch):
    import torch
    from safetensors.torch import load_file

    monkeypatch.setenv("HEADLAWS_CACHE", str(tmp_path / "cache"))
    for name in ("step-1", "step-2", "step-10"):
        folder = tmp_path / "runs" / name
        shutil.copytree(runs / name, folder)
        torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
        (folder / "model.safetensors").unlink()
    several = ["--model", tmp_path / "runs" / "step-1", tmp_path / "runs" / "step-[2]", tmp_path / "runs" / "step-10"]
    refused = CliRunner().invoke(headlaws, arguments(tmp_path, ONE, *several, head="0.0"), standalone_mode=False)
    assert "or write --allow-pickle if you trust its source" in str(refused.exception)
    invoked(arguments(tmp_path, ONE, *several, "--allow-pickle", head="0.0"))
    assert filed(tmp_path / "store.db") == ["step-1", "step-2", "step-10"]
    assert laws(tmp_path)["the_last_is_read_as_if_alone"]["said"] == "emerges at step-10"


@pytest.mark.thorough
@pytest.mark.parametrize("workers", [1, 2])
def test_one_model_is_held_at_a_time(quick, workers, monkeypatch):
    real, models = series.sweep, []
    gc.unfreeze()
    monkeypatch.setattr(os, "cpu_count", lambda: 2)  # so that two processes are forked, and share the model

    def watching(*given, **others):
        gc.collect()
        assert [model() for model in models] == [None] * len(models)
        done = real(*given, **others)
        models.append(weakref.ref(done.session.model))
        return done

    monkeypatch.setattr(series, "sweep", watching)
    invoked(quick("--workers", str(workers)))
    assert len(models) == 3
    gc.freeze()


@pytest.mark.thorough
def test_a_wrong_control_of_one_checkpoint_is_the_exit_status_of_all(runs, tmp_path):
    control = ONE.replace('source="a test")', 'source="a test", control="holds")')
    found = json.loads(
        invoked(arguments(tmp_path, control + ALWAYS, "--model", runs / "step-*", "--json", head="0.0"), code=1).stdout
    )
    assert [run["controls"] for run in found["runs"]] == ["wrong", "wrong", "right"]
    shown = json.loads((tmp_path / "report" / "checkpoints.json").read_text("ascii"))["checkpoints"]
    assert [one["apart"] for one in shown] == ["a known-answer check failed, so no verdicts are filed"] * 2 + [""]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["sweep", "--model", "nowhere/step-*"], "'nowhere/step-*': no folder matches that has a config.json"),
        (["sweep", "step-1"], "'step-1': checkpoints come after --model"),
        (["sweep", "--model", "specimen", "./nothing"], "the folder does not exist"),
        (["sweep", "--model", "specimen", "specimen-rotary", "--head", "0.7"], "head 7 does not exist"),
        (["sweep", "--model", "runs/step-*", "--revision", "main"], "only a model from a hub has revisions"),
        (["sweep", "--revision", "main", "--model", "org/a", "org/b"], "write it to each name, as in org/name@main"),
        (["sweep", "--allow-pickle", "--model", "nowhere/step-*"], "no folder matches that has a config.json"),
        (["read", "--head", "0.0", "--ids", "1,2"], "headlaws sweep"),
        (["graph", "--head", "0.0", "--out", "g.svg"], "headlaws sweep"),
        (["atlas", "--out", "atlas"], "headlaws sweep"),
        (["nightly"], "headlaws sweep"),
        (["dataset", "--out", "d.csv"], "headlaws sweep"),
        (["plot", "--head", "0.0", "--ids", "1,2", "--out", "p.png"], "headlaws sweep"),
        (["bench"], "headlaws sweep"),
        (["selfcheck"], "headlaws sweep"),
        (["report", "--store", "s.db", "--out", "o", "--checkpoints"], "name the runs after it"),
        (["report", "--store", "s.db", "--out", "o", "one"], "write --checkpoints"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_line(given, said, runs, tmp_path, monkeypatch, refused):
    monkeypatch.chdir(tmp_path)
    pattern = [] if given[0] in ("sweep", "report") else ["--model", str(runs / "step-*")]
    assert said in refused(*given, *pattern)
    assert list(tmp_path.iterdir()) == []


def test_pytest_takes_one_model(pytester, runs):
    pytester.makepyfile("")
    done = pytester.runpytest_subprocess("--model", str(runs / "step-*"), "--head", "0.0")
    assert done.ret == 4
    done.stderr.fnmatch_lines(["*this is a pattern, but only one model is allowed here*headlaws sweep*"])
