"""What objects show of themselves in a notebook: HTML with everything escaped, and PNG."""

from dataclasses import replace

import pytest

from harness.errors import StoreError
from harness.graphs.plan import Plan, drawn
from harness.graphs.study import study
from harness.notebook import Verdicts, verdicts
from harness.readings.reading import line, triangle
from harness.records.cell import Cell, Verdict
from harness.records.claim import ClaimEntry
from harness.records.store import Store
from harness.text import token
from tests.support.invented import run


def test_readings_show_their_tokens():
    assert "<td>7</td>" in line([3, 7])._repr_html_()
    assert "~" in line([3, 7], near_ties=(1,))._repr_html_()
    assert triangle([[7], [8, 9]])._repr_html_().count("<td>") == 3


def test_a_heads_reading_names_what_it_read(specimen):
    reading = specimen.head("0.1")((7, 9, 7))
    shown = reading._repr_html_()
    for part in ("q", "k", "v", "z"):
        assert f"<tr><th>{part}</th>" in shown
    assert f'<td title="id 9">{token(specimen.text([9])[0])}</td>' in shown
    for part in (reading.v, reading.qk, reading.v[1:]):
        assert f'title="id 9">{token(specimen.text([9])[0])}' in part._repr_html_()


def test_verdicts_come_from_a_stores_path(tmp_path):
    path = tmp_path / "store.db"
    entry = ClaimEntry("repetition", "a_claim", "", "", "", ("v",), "", "", "", "")
    known = ClaimEntry("controls", "known", "", "", "", ("v",), "", "holds", "", "")
    for run_id, verdict in (("1-a", Verdict.REFUTED), ("2-b", Verdict.SATISFIED)):
        cell = Cell("0.1", "v", "output", "repetition", "a_claim", verdict, degree=0.25)
        control = Cell("0.1", "v", "output", "controls", "known", Verdict.SATISFIED)
        Store(path).add(run(run_id, run_id, "right", ("0.1",), {}), [entry, known], [cell, control], [])
    shown = verdicts(path)._repr_html_()
    assert "<caption>1 verdict</caption>" in shown
    assert "<td>a claim</td><td>satisfied</td><td>0.250</td>" in shown
    assert "<td>refuted</td>" in verdicts(path, run="last~1")._repr_html_()
    with pytest.raises(StoreError, match="no run begins like this"):
        verdicts(path, run="3")
    with pytest.raises(StoreError, match="the file does not exist"):
        verdicts(tmp_path / "other.db")


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
