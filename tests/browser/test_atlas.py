"""The pages of an atlas in a browser: they open from files, complain of nothing, and say what two heads share."""

import csv

import pytest

from tests.support.pages import drawn, violations

KINDS = ("index.html", "frequencies.html", "shared.html", "overlap.html", "growth.html", "planes.html", "claims.html")


@pytest.fixture(scope="session")
def pages(atlas_folder):
    return (*KINDS, "heads/0.1.html", "layers/0.html")


@pytest.mark.parametrize(("scheme", "width"), [("dark", 400), pytest.param("light", 1280, marks=pytest.mark.thorough)])
def test_every_page_opens_without_a_complaint_and_axe_finds_nothing(visit, atlas_folder, pages, axe, scheme, width):
    seen = visit(atlas_folder, scheme=scheme, width=width)
    for page in seen.each(pages):
        drawn(page)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert violations(page, axe) == [], page.url


def test_what_two_heads_share_is_what_the_table_says(visit, atlas_folder):
    page = visit(atlas_folder).open("shared.html#0.1+1.0")
    row = page.locator("#pair-found tbody tr").first
    with (atlas_folder / "tables" / "shared-natural-qk.csv").open(encoding="utf-8") as file:
        told = next(one for one in csv.DictReader(file) if (one["left"], one["right"]) == ("0.1", "1.0"))
    assert row.locator("th").inner_text() == "qk"
    assert row.locator("td").nth(2).inner_text() == told["shared"]
    assert row.locator("td").nth(4).locator("i").all_inner_texts() == told["tokens"].split()
    page.locator("#pair input[name=right]").fill("9.9")
    assert "There is no such head" in page.locator("#pair output").inner_text()


def test_the_picker_draws_the_head_asked_for(visit, atlas_folder):
    page = visit(atlas_folder).open("layers/0.html#0.1")
    assert page.locator("#picker select[name=head]").input_value() == "0.1"
    cells = page.locator("#large svg g:has(> rect)").count()
    length = page.locator("#large svg .lab").first.locator("text").count()
    assert cells == length * (length + 1) // 2
    before = page.locator("#large svg").get_attribute("aria-label")
    page.locator("#picker select[name=plot]").select_option("3")
    assert page.locator("#large svg").get_attribute("aria-label") != before


def test_without_scripts_the_tables_read(visit, atlas_folder, pages):
    without = visit(atlas_folder, scripts=False)
    for page in without.each(pages):
        assert page.locator("table").count() >= (0 if page.url.endswith("planes.html") else 1)
        assert not page.locator("form:visible").count(), "what does nothing is not shown"


def test_hostile_tokens_are_text(visit, hostile_atlas):
    seen = visit(hostile_atlas)
    for page in seen.each(str(path.relative_to(hostile_atlas)) for path in sorted(hostile_atlas.rglob("*.html"))):
        drawn(page)
        assert page.locator("main script, main b.evil, iframe").count() == 0
    page = seen.open("layers/0.html")
    assert "<b·class=evil>" in page.locator("#large svg").inner_html().replace("&lt;", "<").replace("&gt;", ">")
    assert "\u202e" not in page.content()
