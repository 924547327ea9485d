"""Stores with runs written by hand, for what compares runs."""

from dataclasses import replace

from harness.records.cell import Cell, Verdict
from harness.records.claim import ClaimEntry
from harness.records.run import Run
from harness.records.store import Store

RUN = Run(
    run_id="20261123-000000-000-aaaa",
    started="2026-11-23T00:00:00.000+00:00",
    ended="2026-11-23T01:00:00.000+00:00",
    model="specimen",
    fingerprint="f" * 64,
    weights_sha256="a" * 64,
    preparation={"name": "none"},
    dtype="float32",
    device="cpu",
    seed=20261123,
    profile={"search": 60, "census": 200, "first": 16},
    heads=("0.0", "0.1"),
    components=("z",),
    projection="output",
    bos=True,
    command="headlaws nightly",
    versions={"torch": "2.13.0"},
    git_commit="c" * 40,
    controls="right",
)


def entry(name, *, control="", code="assert agree(...)"):
    return ClaimEntry(
        "repetition", name, "A claim.", "", "a test", ("z",), "S=words()", control, code, "/book/repetition.py"
    )


def cells(**verdicts):
    """Cells of head 0.1, by the claim's name."""
    return [Cell("0.1", "z", "output", "repetition", name, Verdict(said)) for name, said in verdicts.items()]


def night(day, **changes):
    """The run of another night."""
    moment = {"started": f"2026-11-{day}T00:00:00.000+00:00", "run_id": f"202611{day}-000000-000-bbbb"}
    return replace(RUN, **{**moment, "seed": int(f"202611{day}"), **changes})


def filed(path, *runs):
    """A store of runs: (run, cells, entries by hand where the claims' texts matter)."""
    store = Store(path)
    for run, some, *entries in runs:
        names = dict.fromkeys(cell.conjecture for cell in some)
        store.add(run, entries[0] if entries else [entry(name) for name in names], some, [])
    return path
