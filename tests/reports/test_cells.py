"""The files of cells hold every cell and every counterexample, with the figures of report.json as pages write them."""

from itertools import accumulate

import pytest

from harness.records.comparison import NULLS
from harness.text import token
from reports.formats import share
from reports.load import report
from reports.pages.cells import NULL_PARTS, ROW, unpacked
from reports.pages.site_writer import build
from reports.urls import LAWS_FILE, TOKENS_FILE, cell_anchor
from tests.support import invented, large

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    store = large.write(tmp_path_factory.mktemp("store") / "store.db", layers=2, each=3)
    return report(store), build(store, tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module")
def filed(made):
    """The rows of all files, by head, component and claim."""
    _, folder = made
    laws = unpacked((folder / LAWS_FILE).read_text("ascii"))["laws"]
    found = {}
    for path in sorted((folder / "cells").glob("[0-9p]*.js")):
        data = unpacked(path.read_text("ascii"))
        for row in zip(*data["columns"], strict=True):
            one = dict(zip(ROW, row, strict=True))
            one["nulls"] = [[one[f"{part}_{place}"] for part in NULL_PARTS] for place in range(len(NULLS))]
            one["ids"] = list(accumulate(data["tokens"].get(one["head"], [])))
            found[one["head"], one["component"], *laws[one["law"]][:2]] = one
    return found


@pytest.mark.slow
def test_every_cell_and_every_counterexample_is_there(made, filed):
    found, _ = made
    cells = [cell for head in found.heads for cell in head.cells]
    assert len(filed) == len(cells) > 500
    for cell in cells:
        one = filed[cell.head, cell.component, *cell.claim]
        assert (one["counterexample"] or None) == (cell.counterexample and cell.counterexample.id)
    assert sum(cell.counterexample is not None for cell in cells) > 200


def test_its_figures_are_those_of_the_report(made, filed):
    found, _ = made
    compared = 0
    for cell in (cell for head in found.heads for cell in head.cells):
        one = filed[cell.head, cell.component, *cell.claim]
        assert one["verdict"] == cell.verdict.value[0]
        assert (one["n"], one["violations"]) == (cell.census_n or 0, cell.violations or 0)
        if cell.degree is not None:
            value, n, *ends = one["degree"]
            known = (cell.degree.value, cell.degree.low, cell.degree.high)
            assert [value, *ends] == [float(share(each)) for each in known]
            assert n == cell.degree.n
        for name, null in zip(NULLS, one["nulls"] if cell.comparisons else [], strict=False):
            beside = cell.comparisons[name]
            assert null == [
                [float(share(each)) for each in beside.degrees],
                pytest.approx(round(beside.excess, 3)),
                *(pytest.approx(each, abs=1e-9) for each in reaches(beside)),
                beside.n,
            ]
            compared += 1
    assert compared > 500


def reaches(beside):
    """How far the interval lies from the excess, below and above, as pages write them."""
    low, excess, high = (round(each, 3) for each in (beside.low, beside.excess, beside.high))
    return excess - low, high - excess


def given(one):
    """A counterexample's inputs; those that are the sequence of a reading are written down."""

    def written(place):
        return str(tuple(one["ids"][each] for each in one["sequences"][place]))

    return [(name, written(value) if isinstance(value, int) else value) for name, value in one["inputs"]]


def texts(folder):
    """The text of each token, by its id as it is written."""
    return unpacked((folder / TOKENS_FILE).read_text("ascii"))


def test_readings_are_the_store_s(made, filed):
    found, folder = made
    said = texts(folder)
    read_at_all = set()
    for cell in (cell for head in found.heads for cell in head.cells if cell.counterexample):
        one = filed[cell.head, cell.component, *cell.claim]
        assert given(one) == [*cell.counterexample.inputs]
        parts = (one[name] for name in ("labels", "starts", "sequences", "read", "triangles"))
        for reading, *packed in zip(cell.counterexample.readings, *parts, strict=True):
            label, start, sequence, read, triangle = packed
            assert (label, start, bool(triangle)) == (reading.label, reading.start, reading.rows is not None)
            rows = reading.rows if triangle else [reading.tokens or ()]
            lines = [sequence, *(read if triangle else [read])]
            for places, tokens in zip(lines, [reading.sequence, *rows], strict=True):
                ids = [one["ids"][place] for place in places]
                assert ids == [t.id for t in tokens]
                assert [said[str(id)] for id in ids] == [token(t.text) for t in tokens]
                read_at_all.update(map(str, ids))
    assert set(said) == read_at_all


def test_a_hostile_vocabulary_is_made_visible(tmp_path):
    folder = build(invented.write(tmp_path / "store.db"), tmp_path / "site").parent
    said = texts(folder).values()
    assert "\\ud800" in said
    assert not [text for text in said if "\u202e" in text or "\x00" in text or "\n" in text]


def test_a_cell_has_a_name_for_the_address():
    assert cell_anchor("0.1+0.4", "z", "pairs", "a_law") == "cell=0.1+0.4-z-pairs.a_law"
