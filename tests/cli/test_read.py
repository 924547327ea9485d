"""`headlaws read`: JSON that says what readings say, grids that fit, and one line for what is refused."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.cells import cell_len

from harness import load_model
from harness.cli import WRONG_ARGUMENT, main
from harness.cli.grid import Row, line_grid, triangle_grid
from harness.readings.model import Model
from harness.records.address import COMPONENTS, Address

Run = Callable[..., tuple[object, str, str]]

HOSTILE = (
    "<b>\x1b[31m",
    "東京都庁舎前広場",
    "\u202egnp.exe",
    "\n\n\t",
    "a" * 70,
    "",
    '"}]',
    "~",
    "e\u0301",
    "🤷🏽‍♀️🤷🏽‍♀️🤷🏽‍♀️🤷🏽‍♀️",
    "\ud800",
    " ",
)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run(*arguments: str) -> tuple[object, str, str]:
        monkeypatch.setenv("COLUMNS", "80")
        monkeypatch.setattr(sys, "argv", ["headlaws", "read", *arguments])
        with pytest.raises(SystemExit) as left:
            main()
        found = capsys.readouterr()
        return left.value.code, found.out, found.err

    return run


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> Model:
    """The specimen with a vocabulary that nobody would wish for."""
    made = load_model("specimen")
    monkeypatch.setattr(type(made.backbone), "token", lambda _self, id: HOSTILE[id % len(HOSTILE)])
    monkeypatch.setattr("harness.readings.loading.load_model", lambda _name, **_: made)
    return made


def test_json_says_what_the_readings_say(run: Run, specimen: Model) -> None:
    code, out, err = run("--model", "specimen", "--head", "0.*", "--head", "0.1", "--ids", "5,9,9,7", "--json")
    found = json.loads(out)
    assert (code, err) == (0, "")
    assert [(entry["head"], entry["component"]) for entry in found] == [
        (f"0.{head}", component) for head in range(8) for component in COMPONENTS
    ]
    for entry in found:
        assert list(entry) == ["model", "head", "component", "projection", "ids", "tokens", "margins", "near_ties"]
        assert (entry["model"], entry["projection"], entry["ids"]) == ("specimen", "output", [5, 9, 9, 7])
        (reading,) = specimen.read([(5, 9, 9, 7)], Address(0, int(entry["head"][2:])), entry["component"])
        for name, column in (
            ("tokens", reading.tokens),
            ("margins", reading.margins),
            ("near_ties", reading.near_ties),
        ):
            rows = [row.tolist() for row in reading.by_row(column)]
            assert entry[name] == (rows if entry["component"] == "qk" else rows[0])
        if entry["component"] == "qk":
            assert [len(row) for row in entry["tokens"]] == [1, 2, 3, 4]


def test_components_and_projections(run: Run) -> None:
    def read(*arguments: str) -> list[str]:
        code, out, _ = run("--model", "specimen", "--ids", "5,9", "--json", *arguments)
        assert code == 0
        return [entry["component"] for entry in json.loads(out)]

    assert read("--component", "qk", "--component", "q") == ["q", "qk"]
    assert read("--projection", "circuit") == ["q", "k", "v", "z"]
    assert read("--projection", "seed") == list(COMPONENTS)


def test_bos_is_in_front_unless_left_out(run: Run, specimen: Model) -> None:
    for options, bos in (([], True), (["--no-bos"], False)):
        _, out, _ = run(
            "--model", "specimen", "--ids", "5,9,9", "--head", "0.6", "--component", "z", "--json", *options
        )
        (reading,) = specimen.read([(5, 9, 9)], Address(0, 6), "z", bos=bos)
        assert json.loads(out)[0]["tokens"] == reading.tokens.tolist()


def test_text(run: Run, specimen: Model) -> None:
    _, out, _ = run("--model", "specimen", "--text", "a b a", "--json", "--component", "q")
    assert json.loads(out)[0]["ids"] == list(specimen.encode("a b a"))


@pytest.mark.parametrize("family", ["words", "repeats", "periodic", "extensions", "passages"])
def test_a_family_is_drawn_with_its_seed(run: Run, specimen: Model, family: str) -> None:
    def ids(seed: int) -> list[int]:
        _, out, _ = run("--model", "specimen", "--family", family, "--seed", str(seed), "--json", "--component", "q")
        return list(json.loads(out)[0]["ids"])

    assert ids(3) == ids(3)
    assert len({tuple(ids(seed)) for seed in range(6)}) > 3
    assert set(ids(3)) <= set(specimen.lexicon.words)


@pytest.mark.parametrize("length", [1, 2, 7, 12, 24, 63])
def test_grids_fit_80_columns(run: Run, length: int) -> None:
    ids = [5 + i * i % 20 for i in range(length)]
    code, out, _ = run("--model", "specimen", "--head", "0.3", "--ids", ",".join(map(str, ids)))
    assert code == 0
    assert max(map(cell_len, out.splitlines())) <= 80
    assert "q: smallest margin" in out
    assert f"of {length * (length + 1) // 2}\n" in out


def test_a_hostile_vocabulary_harms_neither_grid_nor_json(run: Run, hostile: Model) -> None:
    arguments = ["--model", "specimen", "--head", "0.*", "--ids", ",".join(map(str, range(12)))]
    _, out, _ = run(*arguments)
    assert all(cell_len(line) <= 80 and (line.isprintable() or not line) for line in out.splitlines())
    _, out, _ = run(*arguments, "--json")
    assert out.isascii()
    assert len(json.loads(out)) == 40


def test_a_terminal_that_knows_ascii_only(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    class Ascii:
        encoding = "ascii"

        def __getattr__(self, name: str) -> Any:
            return getattr(stdout, name)

    stdout = sys.stdout
    monkeypatch.setattr(sys, "stdout", Ascii())
    from harness.cli.options import say

    say("·the…")


def test_near_ties_are_marked_in_the_gap() -> None:
    found = [*line_grid([Row("input", ["a", "b", "c"])], [Row("q", ["the", "~x", "y"], [False, True, True])], 80)]
    assert found == ["input a   b  c", "q     the~~x~y"]


def test_a_triangle_in_panels() -> None:
    words = [f"token{i}" for i in range(6)]
    found = [*triangle_grid([Row("input", words)], [Row(f"{i}", words[: i + 1]) for i in range(6)], 30)]
    assert max(map(len, found)) <= 30
    assert found[:4] == [
        "input token0 token1 token2",
        "0     token0",
        "1     token0 token1",
        "2     token0 token1 token2",
    ]
    assert found[7:] == [
        "",
        "input token3 token4 token5",
        "3     token3",
        "4     token3 token4",
        "5     token3 token4 token5",
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no sequence: a reading takes one sequence; give --text, or --ids as in 5,9,9, or --family"),
        (["--text", "a", "--ids", "5"], "--text and --ids: a reading takes one sequence"),
        (["--text", ""], "--text '': has no tokens"),
        (["--text", "\udcff"], "the text is not UTF-8"),
        (["--text", "a nonsense b"], "'nonsense': this is not one of the"),
        (["--ids", ""], "--ids '': there are no ids; give at least one"),
        (["--ids", "5,x"], "'x' is not an id; give whole numbers from 0"),
        (["--ids", "-1"], "'-1' is not an id; give whole numbers from 0"),
        (["--ids", "5.0"], "'5.0' is not an id; give whole numbers from 0"),
        (["--ids", "5,99999"], "id 99999: it is outside the vocabulary; specimen has ids 0-"),
        (["--ids", "5," * 64], "a sequence of 64 ids: specimen reads 1 to 63"),
        (["--ids", "5", "--seed", "3"], "--seed 3 with --ids: a seed needs --family"),
        (["--family", "tweets"], "'tweets' is not one of"),
        (["--ids", "5", "--component", "w"], "this component is not known"),
        (["--ids", "5", "--head", "2.0"], "layer 2 does not exist"),
        (["--ids", "5", "--projection", "circuit", "--component", "qk"], "not defined for component qk"),
        (["--ids", "5", "--projection", "input"], "this projection is not known"),
    ],
)
def test_refused_in_one_line(run: Run, arguments: list[str], said: str) -> None:
    code, out, err = run("--model", "specimen", *arguments)
    assert (code, out) == (WRONG_ARGUMENT, "")
    assert said in err
    assert err.count("\n") == 1


def test_infinite_margins_are_valid_json(run: Run, hostile: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    from harness.readings.reading import line

    reading = line([3, 1])
    object.__setattr__(reading, "margins", np.array([np.inf, 1.0]))
    monkeypatch.setattr(Model, "read", lambda *_, **__: [reading])
    _, out, _ = run("--model", "specimen", "--ids", "5,9", "--component", "q", "--json")
    assert json.loads(out)[0]["margins"] == [None, 1.0]


def test_a_model_in_a_folder_that_is_not_there(run: Run, tmp_path: Path) -> None:
    code, _, err = run("--model", str(tmp_path / "nowhere"), "--ids", "5")
    assert code == WRONG_ARGUMENT
    assert "the folder does not exist" in err
