"""`headlaws dataset` at the command line."""

import json
import shutil
import sys
from pathlib import Path

import pandas as pd
import pytest

from harness.cli import WRONG_ARGUMENT, main


def test_makes_the_file_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "x.parquet"
    arguments = [
        "--model",
        "specimen",
        "--head",
        "0.1",
        "--source",
        "periodic",
        "--prompts",
        "2",
        "--length",
        "6",
        "--out",
        str(out),
    ]
    assert _run(monkeypatch, *arguments) == 0
    said = capsys.readouterr()
    assert said.out == f"{out}: 42 rows of 2 prompts x 6 tokens x 1 head\n"
    assert "1 of 1 heads, 0:0" in said.err
    assert "\x1b" not in said.err
    assert len(pd.read_parquet(out)) == 42
    assert _run(monkeypatch, *arguments) == 0
    assert "there already" in capsys.readouterr().out


def test_a_data_set_of_a_model_that_was_edited_since_is_not_there_already(
    tiny_llama: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The weights are the same bytes, and config.json says another use of them."""
    model = shutil.copytree(tiny_llama, tmp_path / "m")
    given = ["--model", str(model), "--head", "1.0", "--source", "random", "--prompts", "2", "--length", "8"]
    assert _run(monkeypatch, *given, "--out", str(tmp_path / "t.parquet")) == 0
    config = json.loads((model / "config.json").read_text())
    config["rope_parameters"]["rope_theta"] = 10.0
    (model / "config.json").write_text(json.dumps(config))
    capsys.readouterr()
    assert _run(monkeypatch, *given, "--out", str(tmp_path / "t.parquet")) == WRONG_ARGUMENT
    assert "settings.rope_parameters.rope_theta (10000.0, now 10.0)" in capsys.readouterr().err
    assert _run(monkeypatch, *given, "--out", str(tmp_path / "t.parquet"), "--force") == 0
    assert _run(monkeypatch, *given, "--out", str(tmp_path / "fresh.parquet")) == 0
    made, fresh = (pd.read_parquet(tmp_path / name) for name in ("t.parquet", "fresh.parquet"))
    pd.testing.assert_frame_equal(made, fresh)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "x.tsv"], "the format is unknown"),
        (["--out", "."], "is a folder"),
        (["--out", "nowhere/x.parquet"], "the folder nowhere does not exist; make it first"),
        (["--out", "x.parquet", "--head", "2.0"], "layer 2 does not exist"),
        (["--out", "x.parquet", "--source", "tweets"], "this is not a file, nor one of reviews"),
        (["--out", "x.parquet", "--projection", "input"], "this projection is not known"),
        (["--out", "x.parquet", "--length", "64"], "reads 1 to 63"),
        (["--out", "x.parquet", "--prompts", "0"], "--prompts"),
        (["--out", "x.parquet", "--model", "./nowhere"], "the folder does not exist"),
        ([], "Missing option '--out'"),
    ],
)
def test_refused_in_one_line(
    arguments: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    model = [] if "--model" in arguments else ["--model", "specimen"]
    assert _run(monkeypatch, "--source", "random", *model, *arguments) == WRONG_ARGUMENT
    found = capsys.readouterr()
    assert said in found.err
    assert found.err.count("\n") == 1
    assert (found.out, list(tmp_path.iterdir())) == ("", [])


def test_a_file_that_is_something_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "notes.csv"
    out.write_text("my notes")
    arguments = ["--model", "specimen", "--source", "random", "--prompts", "1", "--length", "2", "--out", str(out)]
    assert _run(monkeypatch, *arguments) == WRONG_ARGUMENT
    assert "the file exists, but was made with other arguments" in capsys.readouterr().err
    assert out.read_text() == "my notes"
    assert _run(monkeypatch, *arguments, "--force") == 0
    assert len(pd.read_csv(out)) == 3 * 16


def test_interrupted(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.dataset.making.table", interrupt)
    out = tmp_path / "x.parquet"
    assert _run(monkeypatch, "--model", "specimen", "--source", "random", "--length", "2", "--out", str(out)) == 130
    assert "give the same command again to go on" in capsys.readouterr().err
    assert not out.exists()


def _run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> object:
    monkeypatch.setattr(sys, "argv", ["headlaws", "dataset", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return left.value.code
