"""The index: what stands out, what is said where nothing does, the table of one head, and where links lead."""

import json
import random
import re
from collections import Counter
from dataclasses import replace

import pytest

from harness.records.cell import Cell, Verdict
from harness.records.comparison import distance
from harness.records.store import Store
from harness.records.words import VERDICTS
from harness.text import sentence
from reports.analysis.measures import laws
from reports.load import report
from reports.pages.matrix import matrices, ordered_components
from reports.pages.overview import overview
from reports.pages.site_writer import build
from tests.support import invented
from tests.support.invented import CLAIMS, Claim, cell, run
from tests.support.invented_facts import beside
from tests.support.links import broken_links
from tests.support.tables import Tables

CLAIM = Claim(*CLAIMS[6][:2], tuple(CLAIMS[6][2].split()), "")


def found(*addresses, **changes):
    rng = random.Random(3)
    made = [cell(head, part, CLAIM, rng) for head in addresses for part in CLAIM.components]
    plain = replace(made[0], verdict=Verdict.REFUTED, degree=0.9, degree_low=0.8, degree_high=1.0, census_n=200)
    bare = replace(plain, violations=20, rate_low=0.05, rate_high=0.2, flags="", message="", counterexample=None)
    return [replace(bare, head=one.head, component=one.component, **changes) for one in made]


def site(folder, cells: list[Cell], heads=("0.0",)):
    store = folder / "store.db"
    Store(store).add(run("r", "2026-11-23T12:09:19.123+00:00", "right", heads, invented.NULLS), [CLAIM], cells, [])
    return store, build(store, folder / "site").parent


def test_where_nothing_stands_out_it_says_so(tmp_path):
    cells = [replace(beside(one, random.Random(1)), stands_out="") for one in found("0.0")]
    _, folder = site(tmp_path, cells)
    text = (folder / "index.html").read_text("utf-8")
    assert "<b>Nothing stands out:</b> 4 cells were compared" in text
    assert '<ol class="standing">' not in text


def test_where_nulls_are_missing_it_says_why(write, tmp_path):
    store = write(tmp_path / "a.db", nulls={"sequences": 0, "missing": "left out (--no-nulls)"}, controls="wrong")
    text = build(store, tmp_path / "out").read_text("utf-8")
    assert "<b>Nothing can stand out:</b>" in text
    assert "(null models: left out (--no-nulls))" in text


def test_the_furthest_ten_come_first_and_lead_to_their_lines(tmp_path):
    rng = random.Random(1)
    cells = [replace(beside(one, rng), stands_out="above") for one in found("0.0", "0.1", "0.2")]
    store, folder = site(tmp_path, cells, ("0.0", "0.1", "0.2"))
    said = overview(report(store))
    assert (said.standing, said.heads, len(said.shown)) == (12, 3, 10)
    furthest = sorted((abs(distance(one.comparisons)) for one in cells), reverse=True)
    assert [abs(one.deviation.distance) for one in said.shown] == furthest[:10]
    for one in said.shown:
        page, _, anchor = one.page.partition("#")
        assert f"id={anchor}>" in (folder / page).read_text("utf-8")


@pytest.mark.parametrize("others", [(), ("0.1",)])
def test_a_run_of_one_head_whose_pairs_were_tried_links_to_no_page_that_is_not_there(tmp_path, others):
    """Of a pair, the other head may not be in the run."""
    cells = [beside(one, random.Random(1)) for one in found("0.0", "0.0+0.1", *others)]
    cells = [replace(one, stands_out="above") for one in cells]
    _, folder = site(tmp_path, cells, ("0.0", *others))
    assert broken_links(folder) == []
    assert (folder / "heads" / "0.1.html").exists() == bool(others)
    assert re.search(r"0\.1", (folder / "pairs" / "0.html").read_text("utf-8"))


def test_a_dead_link_would_be_found(tmp_path):
    (tmp_path / "index.html").write_text('<p id="a"><a href="#b">x</a><a href="gone.html">y</a><a href="#a">z</a>')
    assert broken_links(tmp_path) == [("index.html", "#b"), ("index.html", "gone.html")]


def test_one_head_has_a_table_of_laws_by_component_with_z_first(store, tmp_path):
    folder = build(store, tmp_path / "site").parent
    table = next(one for one in Tables(folder / "index.html").tables if one.name == "Laws of head 0.0 by component")
    assert table.rows[0] == ["law", "z", "q", "k", "v", "qk"]
    known = json.loads((folder / "report.json").read_text("ascii"))
    cells = [dict(zip(known["cells"]["columns"], row, strict=True)) for row in known["cells"]["rows"]]
    for one in cells:
        one |= dict(zip(known["rates"]["columns"], known["rates"]["rows"][one["rate"]], strict=True))
    at = {(sentence(known["conjectures"][one["conjecture"]]["name"]), one["component"]): one for one in cells}
    seen = 0
    for name, *entries in (row for row in table.rows[1:] if len(row) > 1):
        for part, entry in zip(table.rows[0][1:], entries, strict=True):
            one = at.get((name, part))
            if one is None:
                assert entry in ("", "not run")
                continue
            assert VERDICTS[one["verdict"]].word in entry
            if one["census_n"]:
                assert entry.endswith(f"{one['census_n'] - one['violations']} of {one['census_n']}")
            seen += 1
    assert seen == sum(not known["conjectures"][one["conjecture"]]["control"] for one in cells) > 10
    assert not list(folder.glob("matrix-*.html"))
    assert broken_links(folder) == []


def test_a_component_that_depends_on_a_basis_never_comes_first():
    cells = {((*CLAIM_KEY, part), "0.0"): Flagged(("gauge",) if part in ("z", "q") else ()) for part in ("q", "z", "k")}
    assert ordered_components(cells) == ["k", "q", "z"]


CLAIM_KEY = (CLAIM.chapter, CLAIM.name)


class Flagged:
    def __init__(self, flags):
        self.flags = flags


def test_a_law_is_dull_where_all_its_cells_are_and_not_where_everything_is(tmp_path):
    other = Claim("repetition", "a_repeated_token_reads_the_same_everywhere", ("z",), "")
    cells = [one for one in found("0.0", "0.1") if one.component == "z"]
    dull = [replace(one, chapter=other.chapter, conjecture=other.name, flags="trivial") for one in cells]
    store = tmp_path / "store.db"
    made = run("r", "2026-11-23T12:09:19.123+00:00", "right", ("0.0", "0.1"), invented.NULLS)
    Store(store).add(made, [CLAIM, other], cells + dull, [])
    assert {one.conjecture: one.dull for one in matrices(report(store))[0].columns} == {
        CLAIM.name: False,
        other.name: True,
    }
    Store(tmp_path / "all.db").add(made, [other], dull, [])
    assert not any(one.dull for one in matrices(report(tmp_path / "all.db"))[0].columns)


def test_numbers_of_one_are_not_plural(tmp_path):
    _, folder = site(tmp_path, [replace(one, stands_out="above") for one in map(compared, found("0.0")[:1])])
    text = (folder / "index.html").read_text("utf-8")
    assert "1 cell of 1 compared cell stands out: the agreement lies more than 0.1" in text
    counts = Counter(re.findall(r"(?<![\d,.])1 (?:heads|cells|laws|pairs|conjectures|verdicts)\b", text))
    assert not counts


def test_a_run_says_how_many_of_its_verdicts_are_about_pairs(tmp_path):
    """Heads' pages do not count them, so that their numbers add up with the index's."""
    _, folder = site(tmp_path, [*found("0.0"), *found("0.0+0.1")[:2]], ("0.0", "0.1"))
    text = (folder / "index.html").read_text("utf-8")
    assert "2 verdicts are about two heads, and stand on the page of their pair." in text
    assert "4 refuted" in (folder / "heads" / "0.0.html").read_text("utf-8")
    assert "6 refuted" in text


def test_a_run_says_what_its_model_is(tmp_path):
    store = tmp_path / "store.db"
    made = run("r", "2026-11-23T12:09:19.123+00:00", "right", ("0.0",), invented.NULLS)
    Store(store).add(replace(made, origin="SmolLM2 <b>in 4-bit weights"), [CLAIM], found("0.0"), [])
    text = build(store, tmp_path / "site").read_text("utf-8")
    assert text.count("SmolLM2 &lt;b&gt;in 4-bit weights") == 2, "under the title, and in the record"


def test_a_run_of_one_head_begins_with_what_it_does(tmp_path):
    _, folder = site(tmp_path, found("0.0"))
    first, *_ = re.findall(r"<h2[^>]*>([^<]*)", (folder / "index.html").read_text("utf-8"))
    assert first == "What head 0.0 does"


def compared(one):
    return beside(one, random.Random(2))


def test_a_degree_and_its_nulls_are_means_over_the_same_heads(tmp_path):
    cells = [one for one in found("0.0", "0.1", "0.2") if one.component == "z"]
    degrees, nulls = (0.2, 0.6, 1.0), ((0.1, 0.2), (0.3, 0.4), (None, None))
    cells = [
        replace(one, degree=degree, null_random=random_, null_rotated=rotated)
        for one, degree, (random_, rotated) in zip(cells, degrees, nulls, strict=True)
    ]
    store, _ = site(tmp_path, cells, ("0.0", "0.1", "0.2"))
    loaded = [one for head in report(store).heads for one in head.cells]
    (law,) = laws(loaded)
    assert (law.degree, law.null_random, law.null_rotated) == pytest.approx((0.4, 0.2, 0.3))
    assert law.heads == 3
