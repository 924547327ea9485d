"""The pages of a report of many heads in a browser: what they leave out comes with scripts."""

import re

import pytest

from reports.pages import head as head_pages
from reports.pages.site_writer import build
from tests.support import large
from tests.support.pages import violations

LAW = "laws/repetition.a_repeat_adds_no_new_attention_tokens.html"


@pytest.fixture(scope="module")
def short(tmp_path_factory):
    folder = tmp_path_factory.mktemp("short")
    store = large.write(folder / "store.db", layers=2, each=3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(head_pages, "MANY", 5)
        return build(store, folder / "site").parent


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.thorough)])
def test_the_rest_of_a_page_comes_when_a_reader_is_near(visit, short, axe, scheme):
    page = visit(short, scheme=scheme).open("heads/1.2.html")
    page.locator("#further").scroll_into_view_if_needed()
    page.locator("#transitions h2").wait_for()
    assert page.locator("#vocabulary li").count() > 10
    page.locator("details.more summary").first.click()
    page.locator("details.more [data-plot] svg").first.wait_for()
    for drawn in ("#transitions [data-graph]", "[data-growth]"):
        page.locator(drawn).first.scroll_into_view_if_needed()
        page.locator(f"{drawn} canvas").first.wait_for()
    assert violations(page, axe) == []


def test_laws_and_heads_become_links(visit, short):
    seen = visit(short)
    head = seen.open("heads/1.2.html")
    link = head.locator("table.short tbody th a")
    link.first.wait_for()
    assert link.count() == head.locator("table.short tr[id]").count() > 20
    name = link.first.inner_text()
    link.first.click()
    head.wait_for_url(re.compile(r"/laws/"))
    assert head.locator("h1").inner_text().lower() == name.lower()
    law = seen.open(LAW)
    heads = law.locator("dd[data-heads] a")
    first = heads.first.inner_text()
    heads.first.click()
    law.wait_for_url(f"**/heads/{first}.html")


def test_a_cell_of_the_short_table_opens_the_drawer(visit, short):
    page = visit(short).open("heads/1.2.html")
    page.locator("table.short th a").first.wait_for()
    page.locator("table.short td.r").first.click()
    page.locator("#drawer[open] h2").wait_for()
    assert page.locator("#drawer h3 code").count() == 1
    assert "Head 1.2, component" in page.locator("#drawer").inner_text()


def test_without_scripts_the_tables_read(visit, short):
    page = visit(short, scripts=False).open("heads/1.2.html")
    assert page.locator("table.short td.r:visible").count() > 20
    assert "report.json" in page.locator("#further").inner_text()
