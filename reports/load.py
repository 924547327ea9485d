"""A run's rows in a store, turned into the views of a report. Needs nothing but SQLite and JSON."""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

from harness.errors import StoreError
from harness.records.address import PAIR, by_layer, shown_place
from harness.records.cell import Verdict
from harness.records.claim import Control
from harness.records.comparison import comparisons
from harness.records.queries import opened, rows, runs, schema_version
from harness.records.store import READABLE, SCHEMA_VERSION
from harness.text import counted
from reports.analysis.findings import History
from reports.analysis.history import history
from reports.analysis.implications import equivalent_laws, implications, outcomes
from reports.analysis.kinship import kinship
from reports.analysis.measures import laws
from reports.analysis.missing import missing
from reports.graph_views import Transitions
from reports.head_facts import facts
from reports.stored_documents import (
    counterexample,
    draws,
    estimate,
    growth,
    number,
    rounded,
    stored,
    token_plot,
    transitions,
)
from reports.values import Estimate
from reports.views import Cell, Conjecture, Controls, Draw, Head, Nulls, Report, Run

_AS_STORED: Final = (
    *("head", "component", "projection", "chapter", "conjecture"),
    *("search_n", "census_n", "violations", "near_ties", "discarded", "family"),
)
_FAMILIES: Final = ("passages", "words", "repeats", "periodic", "extensions")


def report(store: Path, run_id: str | None = None) -> Report:
    """Return the report of one run, by default of the run that started last.

    Raises:
        StoreError: the file is no store, holds no run of that name, or holds rows that are not understood.

    """
    with opened(store) as connection:
        run = _run(connection, store, run_id)
        try:
            nulls = _nulls(run)
            cells = [_cell(row, nulls) for row in rows(connection, "cells", run.run_id)]
            exhibits = rows(connection, "exhibits", run.run_id)
            drawn = {row["name"]: draws(json.loads(row["data"])) for row in exhibits if row["kind"] == "draws"}
            conjectures = tuple(_conjecture(row, drawn) for row in rows(connection, "conjectures", run.run_id))
            return _report(run, nulls, conjectures, cells, exhibits, history(connection, run))
        except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
            raise StoreError(
                f"{store}: run {run.run_id} has a row that does not fit schema {SCHEMA_VERSION} "
                f"({type(error).__name__}: {error}); use the version of headlaws that wrote it"
            ) from error


def _run(connection: sqlite3.Connection, store: Path, run_id: str | None) -> Run:
    version = schema_version(connection)
    if version not in READABLE:
        raise StoreError(
            f"{store}: schema version {version or 'none'}; this headlaws reads {' and '.join(READABLE)}; "
            "use the version that wrote it"
        )
    newest = runs(connection)[::-1]
    if not newest:
        raise StoreError(f"{store}: the store has no runs yet; file one with `pytest properties/ --store {store}`")
    chosen = newest[0] if run_id is None else next((row for row in newest if row["run_id"] == run_id), None)
    if chosen is None:
        last = ", ".join(row["run_id"] for row in newest[:5])
        raise StoreError(
            f"--run {run_id}: not a run of {store}, which has {counted(len(newest), 'run')}; the newest: {last}"
        )
    return Run(
        **{name: chosen[name] for name in ("run_id", "model", "fingerprint", "started", "ended")},
        controls=Controls(chosen["controls"]),
        record=stored(chosen["record"]),
    )


def _nulls(run: Run) -> Nulls:
    recorded = run.record.get("nulls")
    found = recorded if isinstance(recorded, dict) else {}
    sequences = int(found.get("sequences") or 0)
    missing = str(found.get("missing") or ("" if sequences else "not recorded"))
    return Nulls(sequences, missing.removesuffix("."))


def _report(
    run: Run,
    nulls: Nulls,
    conjectures: tuple[Conjecture, ...],
    cells: list[Cell],
    exhibits: list[sqlite3.Row],
    past: History,
) -> Report:
    known = {found.key: found.control for found in conjectures if found.control is not Control.NONE}
    controls = [cell for cell in cells if cell.claim in known]
    claims = [cell for cell in cells if cell.claim not in known]
    heads = _heads(cells, claims, exhibits)
    of_one = {head.address: [cell for cell in head.cells if cell.claim not in known] for head in heads}
    singles = {address: found for address, found in of_one.items() if PAIR not in address}
    decisions = outcomes(singles)
    return Report(
        run=run,
        nulls=nulls,
        counts=_counts(claims),
        controls_as_known=sum(_as_known(known[cell.claim], cell.verdict) for cell in controls),
        controls_filed=len(controls),
        conjectures=conjectures,
        heads=heads,
        laws=laws(claims),
        kinship=kinship(singles),
        implications=implications(decisions),
        equivalent_laws=equivalent_laws(decisions),
        history=past,
        missing=missing(run, conjectures, cells),
    )


def _heads(cells: list[Cell], claims: list[Cell], exhibits: list[sqlite3.Row]) -> tuple[Head, ...]:
    filed: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in cells:
        filed[cell.head].append(cell)
    counted: defaultdict[str, list[Cell]] = defaultdict(list)
    for cell in claims:
        counted[cell.head].append(cell)
    shown: defaultdict[tuple[str, str], list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    for row in exhibits:
        if row["head"]:
            shown[row["head"], row["kind"]].append((row["name"], json.loads(row["data"])))
    addresses = {*filed, *(head for head, _ in shown)}
    made = []
    for address in sorted(addresses, key=by_layer):
        plots = [token_plot(*found) for found in shown[address, "token_plot"]]
        graphs = [transitions(name.split()[0], data) for name, data in shown[address, "transitions"]]
        growths = [growth(*found) for found in shown[address, "growth"]]
        made.append(
            Head(
                address=address,
                counts=_counts(counted[address]),
                cells=tuple(filed[address]),
                token_plots=tuple(sorted(plots, key=lambda plot: _family(plot.family))),
                transitions=tuple(sorted(graphs, key=_order_of_graphs)),
                growths=tuple(sorted(growths, key=lambda found: shown_place(found.component))),
                facts=next((facts(data) for _, data in shown[address, "facts"]), None),
            )
        )
    return tuple(made)


def _as_known(control: Control, verdict: Verdict) -> bool:
    return verdict is (Verdict.SATISFIED if control is Control.HOLDS else Verdict.REFUTED)


def _counts(cells: Iterable[Cell]) -> dict[str, int]:
    found = Counter(cell.verdict for cell in cells)
    return {verdict.value: found[verdict] for verdict in Verdict}


def _order_of_graphs(graph: Transitions) -> tuple[Any, ...]:
    """By component, the families by themselves before those together."""
    families = tuple(map(_family, graph.family.split(" and ")))
    return shown_place(graph.component), len(families), families


def _family(name: str) -> tuple[int, str]:
    return _FAMILIES.index(name) if name in _FAMILIES else len(_FAMILIES), name


def _conjecture(row: sqlite3.Row, drawn: Mapping[str, tuple[Draw, ...]]) -> Conjecture:
    return Conjecture(
        **{name: row[name] or "" for name in ("chapter", "name", "claim", "reason", "source", "family", "code")},
        components=tuple((row["components"] or "").split()),
        control=Control(row["control"] or ""),
        draws=drawn.get(f"{row['chapter']}.py::{row['name']}", ()),
    )


def _cell(row: sqlite3.Row, nulls: Nulls) -> Cell:
    return Cell(
        **{name: row[name] for name in _AS_STORED},
        verdict=Verdict(row["verdict"]),
        degree=estimate(row["degree"], row["degree_low"], row["degree_high"], row["census_n"]),
        null_random=_mean_of_null(row["null_random"], nulls),
        null_rotated=_mean_of_null(row["null_rotated"], nulls),
        violation_rate=_violation_rate(row),
        p_value=number(row["p_value"]),
        margin=number(row["margin"]),
        flags=tuple((row["flags"] or "").split()),
        counterexample=counterexample(json.loads(row["counterexample"])) if row["counterexample"] else None,
        message=row["message"] or "",
        near_tied=_near_tied(row["near_tied"]) if "near_tied" in row.keys() else None,  # noqa: SIM118  # no mapping
        **(_beside(row) if "comparisons" in row.keys() else {}),  # noqa: SIM118
    )


def _beside(row: sqlite3.Row) -> dict[str, Any]:
    """What a cell has beside it since version 4 of the store: its nulls, one by one, and natural text."""
    return {
        "comparisons": comparisons(stored(row["comparisons"])),
        "stands_out": row["stands_out"],
        "text": estimate(row["text_degree"], row["text_low"], row["text_high"], row["text_n"]),
    }


def _mean_of_null(degree: float | None, nulls: Nulls) -> Estimate | None:
    """A mean of degrees, which stores round one by one."""
    mean = number(degree)
    return None if mean is None or not nulls.sequences else Estimate(mean, None, None, nulls.sequences)


def _near_tied(share: float | None) -> float | None:
    found = number(share)
    return None if found is None else rounded(found)


def _violation_rate(row: sqlite3.Row) -> Estimate | None:
    if row["violations"] is None or not row["census_n"]:
        return None
    return estimate(row["violations"] / row["census_n"], row["rate_low"], row["rate_high"], row["census_n"])
