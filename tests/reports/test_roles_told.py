"""What a card says of a head's role, and of a head that has none; and the tables of runs of few heads."""

import json
import random
from dataclasses import replace

import pytest

from harness.records.cell import Exhibit, Verdict
from harness.records.store import Store
from harness.text import sentence
from reports.pages.site_writer import build
from tests.support import invented
from tests.support.invented import CLAIMS, Claim, cell, run, text
from tests.support.invented_facts import ROLES, beside, facts
from tests.support.links import broken_links
from tests.support.tables import Tables

CLAIM = Claim(*CLAIMS[6][:2], tuple(CLAIMS[6][2].split()), "")
PLAYS = {"0.1": "the token before", "0.2": "an earlier copy", "0.3": "what followed an earlier copy"}
HEADS = ("0.0", *PLAYS)


def attending(head, rng):
    """Facts of a head that plays its role, or none."""
    made = facts(head, text, rng).data
    shares = {role: 0.8 if PLAYS.get(head) == role else 0.1 for role in ROLES}
    return Exhibit(head, "facts", "", {**made, "attends": {"random": shares, "text": shares}})


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    rng, place = random.Random(5), tmp_path_factory.mktemp("roles")
    known = {
        "verdict": Verdict.REFUTED,
        "degree": 0.9,
        "census_n": 200,
        "violations": 20,
        "null_random": 0.5,
        "flags": "",
    }
    made = [replace(cell(head, part, CLAIM, rng), **known) for head in HEADS for part in "vz"]
    cells = [replace(beside(one, rng), stands_out="") for one in made]
    made = run("r", "2026-11-23T12:09:19.123+00:00", "right", HEADS, invented.NULLS)
    Store(place / "store.db").add(made, [CLAIM], cells, [attending(head, rng) for head in HEADS])
    return build(place / "store.db", place / "site").parent


@pytest.mark.parametrize(
    ("head", "name"),
    [("0.1", "a previous-token head"), ("0.2", "a duplicate-token head"), ("0.3", "an induction head")],
)
def test_a_card_says_what_a_head_is_called(folder, head, name):
    page = (folder / f"heads/{head}.html").read_text("utf-8")
    assert f"<b>It attends as {name}</b> does" in page


def test_a_head_with_nothing_special_is_called_so(folder):
    page = (folder / "heads/0.0.html").read_text("utf-8")
    assert "It attends as" not in page
    assert (
        "<b>Nothing special:</b> in no cell is it certain that the agreement lies more than 0.1 from all three nulls."
        in page
    )


def test_few_heads_have_a_table_of_laws_by_head(folder):
    found = json.loads((folder / "report.json").read_text("ascii"))
    cells = [dict(zip(found["cells"]["columns"], row, strict=True)) for row in found["cells"]["rows"]]
    seen = 0
    for component, page in (("z", "index.html"), ("v", "matrix-v.html")):
        tables = {table.name: table.rows for table in Tables(folder / page).tables}
        table = tables[f"Laws of component {component} by head"]
        assert table[0] == ["law", *HEADS]
        rows = [row for row in table[1:] if len(row) > 1]
        assert [row[0] for row in rows] == [sentence(CLAIM.name)]
        for head, entry in zip(HEADS, rows[0][1:], strict=True):
            one = next(one for one in cells if (one["head"], one["component"]) == (head, component))
            assert one["verdict"] in entry
            seen += 1
        assert not any("head’s" in name for name in tables), "no matrix"
    assert seen == len(cells)
    assert broken_links(folder) == []
