"""A report of many heads has short pages: what is left out of them is in the files beside, all of it."""

import json
import re

import pytest

from harness.records.words import FLAGS, VERDICTS
from harness.text import sentence
from reports.formats import share
from reports.pages import head as head_pages
from reports.pages.cells import unpacked
from reports.pages.site_writer import build
from reports.urls import further_file, head_page
from tests.support import large
from tests.support.links import broken_links
from tests.support.tables import Tables

pytestmark = pytest.mark.slow

HEAD = "1.2"


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return large.write(tmp_path_factory.mktemp("store") / "store.db", layers=2, each=3)


@pytest.fixture(scope="module")
def whole(store, tmp_path_factory):
    return build(store, tmp_path_factory.mktemp("whole")).parent


@pytest.fixture(scope="module")
def short(store, tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head_pages, "MANY", 5)
        return build(store, tmp_path_factory.mktemp("short")).parent


def tables(path):
    return {table.name: table.rows for table in Tables(path).tables}


@pytest.fixture(scope="module")
def rest(short, tmp_path_factory):
    """The rest of a head's page, as a page of its own."""
    path = tmp_path_factory.mktemp("rest") / "rest.html"
    path.write_text(unpacked((short / further_file(HEAD)).read_text("ascii"))["html"], "utf-8")
    return path


@pytest.mark.slow
def test_every_table_stands_on_the_page_or_in_the_file_beside_it(whole, short, rest):
    page, beside = tables(short / head_page(HEAD)), tables(rest)
    expected = tables(whole / head_page(HEAD))
    changed = {name for name in expected if name.startswith(("Verdicts on head", "Readings of counterexample"))}
    assert {**page, **beside}.items() >= {name: expected[name] for name in expected.keys() - changed}.items()
    assert beside.keys() & {"Edges, commonest first", "Alphabet by length"} == {
        "Edges, commonest first",
        "Alphabet by length",
    }
    assert not page.keys() & {"Edges, commonest first", "Alphabet by length"}


def test_what_scripts_draw_is_there(whole, short):
    drawn = Tables(whole / head_page(HEAD)).data
    given = unpacked((short / further_file(HEAD)).read_text("ascii"))["data"]
    assert Tables(short / head_page(HEAD)).data["plots"] == drawn["plots"][:1]
    assert given == {**drawn, "plots": [None, *drawn["plots"][1:]]}


def test_a_short_table_tells_sign_degree_flags_and_what_stands_out(short):
    found = json.loads((short / "report.json").read_text("ascii"))
    cells = [dict(zip(found["cells"]["columns"], row, strict=True)) for row in found["cells"]["rows"]]
    claims = found["conjectures"]
    at = {
        (sentence(claims[cell["conjecture"]]["name"]), cell["component"]): cell
        for cell in cells
        if cell["head"] == HEAD and not claims[cell["conjecture"]]["control"]
    }
    (top, *rows) = tables(short / head_page(HEAD))[f"Verdicts on head {HEAD}"]
    seen = 0
    for name, *entries in (row for row in rows if len(row) > 1):
        for part, entry in zip(top[1:], entries, strict=True):
            if (name, part) in at:
                assert entry == said(at[name, part]), (name, part)
                seen += 1
    assert seen == len(at) > 100
    assert any(cell["stands_out"] for cell in at.values())


def said(cell):
    sign = next(mark.sign for verdict, mark in VERDICTS.items() if verdict == cell["verdict"])
    degree = "" if cell["degree"] is None else f" {share(cell['degree'])}"
    letters = "".join(FLAGS[flag].letter for flag in cell["flags"].split())
    return f"{sign}{degree}{letters} {cell['stands_out']}".strip()


def test_heads_of_a_law_are_plain_text_that_a_script_turns_into_links(whole, short):
    law = "laws/repetition.a_repeat_adds_no_new_attention_tokens.html"
    linked, plain = ((folder / law).read_text("utf-8") for folder in (whole, short))
    lists = re.findall(r"<dd data-heads>([^<]*)</dd>", plain)
    assert lists
    for names in lists:
        for name in names.split():
            assert f"<a href=../heads/{name}.html>{name}</a>" in linked
    assert "data-heads" not in linked
    assert broken_links(short) == []
