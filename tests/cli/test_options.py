"""Options that several commands share: one help, one refusal; and what each of them does, from end to end."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from harness.cli import WRONG_ARGUMENT, main

Run = Callable[..., tuple[object, str, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setattr(sys, "argv", ["headlaws", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        return left.value.code, found.out, found.err

    return run


def test_commands_say_the_same_of_the_same_option() -> None:
    shared: dict[str, set[Any]] = {}
    for command in ("read", "dataset", "bench"):
        for option in getattr(import_module(f"harness.cli.{command}"), command).params:
            if option.name in ("model", "preparation", "dtype", "device", "projection", "no_bos"):
                shared.setdefault(option.name, set()).add((option.help, option.default, option.metavar))
    assert {name: len(said) for name, said in shared.items()} == dict.fromkeys(shared, 1)
    assert len(shared) == 6


@pytest.mark.parametrize("command", [["read", "--ids", "5"], ["dataset", "--source", "random", "--out", "x.parquet"]])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--dtype", "int8"], "--dtype 'int8': this dtype is not known; choose one of float32, float64, bfloat16"),
        (
            ["--preparation", "svd"],
            "--preparation 'svd': this preparation is not known; choose from default, seed, none",
        ),
        (["--preparation", "seed"], "the specimen is read as it was built; give none"),
        (["--device", "cuda:99"], "on device 'cuda:99'"),
        (["--dtype", "bfloat16"], "the specimen is exact only in float32 and float64"),
    ],
)
def test_refused_in_one_line(
    run: Run, command: list[str], arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*command, "--model", "specimen", *arguments)
    assert (code, out, list(tmp_path.iterdir())) == (WRONG_ARGUMENT, "", [])
    assert said in err
    assert err.count("\n") == 1


def test_a_device_that_is_not_there(run: Run, tiny_gpt2: Path) -> None:
    for device in ("nonsense", "meta"):
        code, out, err = run("read", "--model", str(tiny_gpt2), "--ids", "5", "--device", device)
        assert (code, out, err.count("\n")) == (WRONG_ARGUMENT, "", 1)
        assert f"--device '{device}': torch cannot use this device here" in err


@pytest.mark.slow
@pytest.mark.parametrize("model", ["tiny_gpt2", "tiny_llama"])
def test_read_in_each_dtype(run: Run, model: str, request: pytest.FixtureRequest) -> None:
    folder = str(request.getfixturevalue(model))

    def read(dtype: str) -> tuple[list[dict[str, Any]], str]:
        _, out, err = run("read", "--model", folder, "--head", "1.*", "--ids", "7,31,7,12", "--json", "--dtype", dtype)
        return json.loads(out), err

    single, said = read("float32")
    assert said == ""
    double, said = read("float64")
    assert said == ""
    half, said = read("bfloat16")
    assert said.startswith("headlaws: --dtype bfloat16: margins are noisy. Those below 3.0% of their scale")
    assert said.count("\n") == 1
    assert len(single) == len(double) == len(half) == 20
    for one, other, rough in zip(single, double, half, strict=True):
        for component in ("tokens", "near_ties", "margins"):
            assert len(flat(one[component])) == len(flat(other[component])) == len(flat(rough[component]))
        near = [any(ties) for ties in zip(flat(one["near_ties"]), flat(other["near_ties"]), strict=True)]
        same = [a == b for a, b in zip(flat(one["tokens"]), flat(other["tokens"]), strict=True)]
        assert all(agree or tie for agree, tie in zip(same, near, strict=True))
        assert flat(one["margins"]) == pytest.approx(flat(other["margins"]), abs=1e-3)
        same = [a == b for a, b in zip(flat(rough["tokens"]), flat(other["tokens"]), strict=True)]
        assert all(agree or tie for agree, tie in zip(same, flat(rough["near_ties"]), strict=True))
    margins = [flat(entry["margins"]) for entry in single], [flat(entry["margins"]) for entry in double]
    assert margins[0] != margins[1], "float64 is another computation, or this shows nothing"


@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16", "float16"])
def test_a_data_set_records_what_it_was_computed_in(run: Run, tiny_gpt2: Path, tmp_path: Path, dtype: str) -> None:
    out = tmp_path / "x.parquet"
    code, _, err = run(*_dataset(tiny_gpt2, out), "--dtype", dtype, "--preparation", "none", "--device", "cpu")
    assert code == 0
    assert ("margins are noisy" in err) == (dtype in ("bfloat16", "float16"))
    record = json.loads(pq.read_metadata(out).metadata[b"headlaws"])
    assert (record["dtype"], record["device"], record["preparation"]["name"]) == (dtype, "cpu", "none")
    assert len(pd.read_parquet(out)) == 2 * 15 * 12


@pytest.mark.slow
def test_a_data_set_of_another_preparation_is_another_one(run: Run, tiny_gpt2: Path, tmp_path: Path) -> None:
    found = {}
    for name in ("default", "seed", "none"):
        out = tmp_path / f"{name}.parquet"
        assert run(*_dataset(tiny_gpt2, out), "--preparation", name)[0] == 0
        found[name] = pd.read_parquet(out)
    assert (found["default"]["q"] != found["seed"]["q"]).any()
    pd.testing.assert_series_equal(found["default"]["z"], found["seed"]["z"])
    code, _, err = run(*_dataset(tiny_gpt2, tmp_path / "seed.parquet"))
    assert code == WRONG_ARGUMENT
    assert "was made with other arguments" in err


def _dataset(model: Path, out: Path) -> tuple[str, ...]:
    sizes = ("--prompts", "2", "--length", "5", "--source", "random")
    return ("dataset", "--model", str(model), *sizes, "--out", str(out))


def flat(entries: list[Any]) -> list[Any]:
    """Entries of a line, or of a triangle's rows."""
    return [entry for row in entries for entry in (row if isinstance(row, list) else [row])]
