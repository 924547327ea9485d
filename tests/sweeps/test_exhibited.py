"""Every head of a run has something to be shown, however many there are."""

import sqlite3
from collections import Counter
from contextlib import closing

import pytest

from harness.graphs.exhibits import FAMILIES, TRANSITIONS
from harness.runs import filing
from harness.sweeps.sweep import sweep
from tests.support.sweeping import HALF, ordered

pytestmark = pytest.mark.slow

EXHIBITED = True


@pytest.mark.parametrize("few_heads", [7, 8])
def test_of_many_heads_less_is_filed_and_of_none_nothing(few_heads, few, tmp_path, monkeypatch):
    monkeypatch.setattr(filing, "FEW_HEADS", few_heads)
    done = sweep(ordered(few, heads=HALF, shrink=0), tmp_path / "store.db", report=tmp_path / "report")
    with closing(sqlite3.connect(tmp_path / "store.db")) as connection:
        filed = connection.execute("SELECT head, kind, name FROM exhibits WHERE head != ''").fetchall()
    heads = [str(address) for address in done.session.request.addresses]
    assert len(heads) == 8
    graphs, growths = {7: (1, ["z"]), 8: (len(TRANSITIONS) + 1, ["qk", "z"])}[few_heads]
    for head in heads:
        kinds = Counter(kind for one, kind, _ in filed if one == head)
        assert kinds == {"token_plot": len(FAMILIES) + 1, "transitions": graphs, "growth": len(growths), "facts": 1}
        assert sorted(name for one, kind, name in filed if (one, kind) == (head, "growth")) == growths
