"""What objects show of themselves in a notebook: HTML with everything escaped, and PNG."""

from dataclasses import replace

import pytest

from harness.errors import StoreError
from harness.graphs.plan import Plan, drawn
from harness.graphs.study import study
from harness.notebook import Verdicts
from harness.readings.reading import line, triangle
from harness.records.cell import Cell, Verdict
from harness.records.queries import opened, rows
from harness.text import token
from tests.support import invented

NAME = "20261123-120919-abcdef"


def test_readings_show_their_tokens():
    assert "<td>7</td>" in line([3, 7])._repr_html_()
    assert "~" in line([3, 7], near_ties=(1,))._repr_html_()
    assert triangle([[7], [8, 9]])._repr_html_().count("<td>") == 3


def test_a_heads_reading_names_what_it_read(specimen):
    reading = specimen.head("0.1")((7, 9, 7))
    shown = reading._repr_html_()
    for part in ("q", "k", "v", "z"):
        assert f"<tr><th>{part}</th>" in shown
    assert f"<td>{token(specimen.text([9])[0])} 9</td>" in shown


def test_a_components_reading_names_what_it_read(specimen):
    reading = specimen.head("0.1")((7, 9, 7))
    for part in ("q", "qk"):
        shown = reading[part]._repr_html_()
        first = reading[part].rows[0][0]
        assert f"<td>{token(specimen.text([first])[0])} {first}</td>" in shown
    assert repr(reading.z).startswith("Reading([")


def test_verdicts_come_from_a_store(tmp_path):
    store = invented.write(tmp_path / "store.db", heads=("0.0", "0.1"))
    made = Verdicts.of_store(store)
    with opened(store) as connection:
        controls = {(row["chapter"], row["name"]) for row in rows(connection, "conjectures", NAME) if row["control"]}
        filed = [row for row in rows(connection, "cells", NAME) if (row["chapter"], row["conjecture"]) not in controls]
    assert controls
    assert [(one.head, one.component, one.conjecture, one.verdict.value, one.degree) for one in made.cells] == [
        (row["head"], row["component"], row["conjecture"], row["verdict"], row["degree"]) for row in filed
    ]
    assert f"<caption>{len(filed)} verdicts</caption>" in made._repr_html_()
    with pytest.raises(StoreError, match=r"run 'gone': not in .*; the newest are"):
        Verdicts.of_store(store, "gone")


def test_hostile_tokens_are_escaped(specimen, monkeypatch):
    reading = specimen.head("0.1")((7, 9, 7))
    monkeypatch.setattr(type(specimen), "text", lambda self, ids: ["<script>\u202e" for _ in ids])
    shown = reading._repr_html_()
    assert "<script>" not in shown
    assert "\u202e" not in shown
    assert "&lt;script&gt;" in shown


def test_a_picture_is_a_png(specimen):
    pytest.importorskip("matplotlib")
    assert specimen.head("0.1")((7, 9, 7))._repr_png_().startswith(b"\x89PNG")
    assert specimen.head("0.1", projection="circuit")((7, 9))._repr_png_() is None


def test_models_heads_verdicts_and_graphs_show_themselves(specimen):
    shape = specimen.backbone.shape
    assert f"{shape.n_layers} x {shape.n_heads}" in specimen._repr_html_()
    assert "<caption>Head 0.1</caption>" in specimen.head("0.1")._repr_html_()
    cell = Cell("0.1", "v", "output", "repetition", "a_claim", Verdict.REFUTED)
    shown = Verdicts.of([cell, replace(cell, degree=0.25)])._repr_html_()
    assert "<td>a claim</td><td>refuted</td><td>–</td>" in shown
    assert "<td>0.250</td>" in shown
    plan = Plan()
    graph = study(specimen.head("0.1").component("v"), plan, drawn(plan, specimen.lexicon))
    assert "<svg" in graph._repr_html_()
