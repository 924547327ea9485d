"""Which earlier run a night is compared with, and what is known of a cell: never of another way of reading it."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from harness.records.cell import Cell, Verdict
from harness.records.earlier_runs import last_run, last_verdicts, nights_before
from harness.records.run import Run
from harness.records.store import Store
from harness.runs.request import Request
from harness.trials.profile import Profile

HEADS, COMPONENTS = ("0.0", "0.1"), ("v", "z")


def request(**given: Any) -> Request:
    return Request(**{"model": "m", "heads": ("0.*",), "profile": Profile(seed=20261124)} | given)


def filed(store: Path, name: str, *, seed: int = 20261123, cells: tuple[Cell, ...] = (), **given: Any) -> str:
    """File a night of the day before; `given` says what was otherwise."""
    how = {"heads": HEADS, "components": COMPONENTS, "kind": "night", "book": "", "controls": "right"} | given
    asked = how.pop("asked", request(profile=Profile(seed=seed)))
    run = Run(
        run_id=name,
        started=how.pop("started", f"2026-11-23T{name}"),
        model=asked.model,
        fingerprint="f",
        weights_sha256="w",
        preparation={"name": "none", "note": ""},
        dtype=asked.dtype,
        device=asked.device,
        seed=seed,
        profile=asdict(asked.profile),
        projection=asked.projection,
        bos=asked.bos,
        command="",
        versions={},
        git_commit="",
        asked=asdict(asked),
        **how,
    )
    Store(store).add(run, [], cells, [])
    return name


def before(store: Path, **given: Any) -> list[str]:
    """The nights before one that asks what `filed` asks, but for the date."""
    asked = {**asdict(request(**given)), "book": "", "seed": 20261124}
    return nights_before(store, asked, heads=HEADS, components=COMPONENTS)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "store.db"


def test_without_a_store_there_is_no_past(store: Path) -> None:
    assert (before(store), last_run(store, "m"), last_verdicts(store, "f", bos=True)) == ([], "", {})


OTHERS: dict[str, dict[str, Any]] = {
    "a run in the daytime": {"kind": "run"},
    "a sweep": {"kind": "sweep"},
    "a checkpoint": {"kind": "checkpoint"},
    "fewer heads": {"heads": ("0.1",)},
    "fewer components": {"components": ("z",)},
    "another book": {"book": "/mine"},
    "wrong controls": {"controls": "wrong"},
    "the same night": {"seed": 20261124},
    "a later night": {"seed": 20261125},
    "another model": {"asked": request(model="other")},
    "another projection": {"asked": request(projection="circuit")},
    "no BOS": {"asked": request(bos=False)},
    "another preparation": {"asked": request(preparation="none")},
    "another dtype": {"asked": request(dtype="float64")},
    "other sizes": {"asked": request(profile=Profile(census=400))},
}


@pytest.mark.parametrize("other", OTHERS)
def test_the_night_before_is_the_last_that_asked_the_same(store: Path, other: str) -> None:
    night = filed(store, "01")
    filed(store, "02", **OTHERS[other])
    assert before(store) == [night]


def test_of_nights_that_were_cut_short_there_are_as_many_as_it_takes_to_a_whole_one(store: Path) -> None:
    short = {"tasks": {"c::holds layers 0": 7}, "why": "the time of 1.0 min was up"}
    filed(store, "01", seed=20261120)
    whole = filed(store, "02", seed=20261121)
    some = [filed(store, name, seed=seed, left_out=short) for name, seed in (("03", 20261122), ("04", 20261123))]
    assert before(store) == [*reversed(some), whole]


def test_where_none_was_whole_all_count(store: Path) -> None:
    night = filed(store, "01", left_out={"tasks": {"c::holds layers 0": 7}, "why": "the time of 1.0 min was up"})
    assert before(store) == [night]


def test_more_heads_and_a_size_that_was_not_known_then_do_no_harm(store: Path) -> None:
    filed(store, "01", seed=20261122)
    then = request(profile=Profile(seed=20261123))
    night = filed(store, "02", asked=then, heads=(*HEADS, "1.0"), components=(*COMPONENTS, "qk"))
    assert before(store) == [night]


def test_a_night_of_an_older_version_is_known_by_its_command(store: Path) -> None:
    import json
    import sqlite3

    for name, command in (("01", "headlaws nightly --store s"), ("02", "pytest properties/")):
        filed(store, name)
        with sqlite3.connect(store) as connection:
            (record,) = connection.execute("SELECT record FROM runs WHERE run_id = ?", (name,)).fetchone()
            old = {key: value for key, value in json.loads(record).items() if key not in ("kind", "asked", "book")}
            connection.execute(
                "UPDATE runs SET record = ? WHERE run_id = ?", (json.dumps(old | {"command": command}), name)
            )
    assert before(store) == ["01"]


def test_what_is_known_of_a_cell_is_known_of_its_projection_and_of_bos(store: Path) -> None:
    cell = Cell(
        head="0.0",
        component="z",
        projection="output",
        chapter="c",
        conjecture="holds",
        verdict=Verdict.SATISFIED,
        control="",
    )
    filed(store, "01", cells=(cell,))
    filed(store, "02", cells=(replace(cell, projection="circuit", verdict=Verdict.UNDECIDED),))
    filed(store, "03", cells=(replace(cell, verdict=Verdict.REFUTED),), asked=request(bos=False))
    place = ("0.0", "z", "output", "c", "holds")
    known = last_verdicts(store, "f", bos=True)
    assert (known[place], known[(*place[:2], "circuit", *place[3:])]) == ("satisfied", "undecided")
    assert last_verdicts(store, "f", bos=False) == {place: "refuted"}
