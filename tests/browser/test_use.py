"""What a reader does: filter, sort, open a head, hover an edge, zoom, switch the theme, and all of it by keyboard."""

import re
import shutil

import pytest


@pytest.fixture
def index(visit, site):
    return visit(site).open("index.html")


def said(page):
    return page.locator("#filters output").inner_text()


def test_unfiltered_it_counts_the_cells_that_were_tried(index):
    cells = index.locator("#heads tbody td").evaluate_all("all => all.filter(cell => cell.textContent.trim()).length")
    assert said(index) == f"18 heads, {index.locator('#heads th.law').count()} laws, {cells} cells"


def test_filter_by_layer_and_by_head(index):
    index.locator("#verdicts").scroll_into_view_if_needed()  # what is far below is drawn when a reader comes near
    index.select_option("[name=layer]", "1")
    assert {text.split(".")[0] for text in index.locator("#heads tbody th:visible").all_text_contents()} == {"1"}
    index.click("button[type=reset]")
    index.fill("[name=head]", "0-1.3")
    assert index.locator("#heads tbody th:visible").all_text_contents() == ["0.3", "1.3"]
    index.fill("[name=head]", "*.3")
    assert index.locator("#heads tbody th:visible").all_text_contents() == ["0.3", "1.3", "2.3"]


def test_filter_by_chapter_and_by_words_of_a_law(index):
    every = index.locator("#heads th.law").count()
    index.select_option("[name=chapter]", "periodicity")
    chapter = index.locator("#heads th.law:visible")
    assert 0 < chapter.count() < every
    assert set(chapter.evaluate_all("all => all.map(one => one.dataset.chapter)")) == {"periodicity"}
    index.click("button[type=reset]")
    index.fill("[name=law]", "rotating word")
    assert index.locator("#heads th.law:visible").all_text_contents() == ["rotating the word rotates the reading"]


def test_filter_by_verdict_and_flag_blanks_the_others(index):
    index.select_option("[name=verdict]", "s")
    index.select_option("[name=flag]", "fg")
    shown = index.locator("#heads tbody td:visible:not(.off)").evaluate_all(
        "all => all.filter(cell => cell.textContent.trim()).map(cell => cell.className)"
    )
    assert shown
    assert all({"s", "fg"} <= set(name.split()) for name in shown)
    assert f"{len(shown)} cells" in said(index)
    index.select_option("[name=flag]", "-")
    names = index.locator("#heads tbody td:visible:not(.off)").evaluate_all(
        "all => all.filter(cell => cell.textContent.trim()).map(cell => cell.className)"
    )
    assert names
    assert not [name for name in names if re.search(r"\bf[taug]\b", name)]


def test_filters_go_along_to_another_component(index):
    index.select_option("[name=layer]", "2")
    index.locator(".tabs a", has_text=re.compile(r"^k\b")).click()
    index.locator("#filters output", has_text="cells").wait_for()
    assert "matrix-k.html" in index.url
    assert {text.split(".")[0] for text in index.locator("#heads tbody th:visible").all_text_contents()} == {"2"}


def test_sort_by_a_law(index):
    button = index.locator("#heads th.law .dt-column-order").first
    button.click()
    button.click()
    texts = index.locator("#heads tbody tr td:nth-child(2)").all_text_contents()
    degrees = [float(found[0]) if (found := re.findall(r"[\d.]+", text)) else -1.0 for text in texts]
    assert degrees == sorted(degrees, reverse=True)
    assert degrees[0] > degrees[-1]
    assert index.evaluate("document.activeElement.className") == "dt-column-order", "the button keeps the focus"


def test_sort_by_head_is_by_number(index):
    before = index.locator("#heads tbody th").all_text_contents()
    corner = index.locator("#heads th.corner .dt-column-order")
    corner.click()
    assert index.locator("#heads th.corner").get_attribute("aria-sort") == "ascending"
    corner.click()
    names = index.locator("#heads tbody th").all_text_contents()
    addresses = [tuple(map(int, name.split("."))) for name in names]
    assert addresses == sorted(addresses, reverse=True)
    corner.click()
    assert index.locator("#heads tbody th").all_text_contents() == before
    assert index.locator("#heads [aria-sort]").count() == 0


def test_a_filter_that_no_head_passes_says_so_and_the_others_come_back(index):
    index.fill("[name=head]", "9.9")
    assert index.locator("#heads tbody").text_content().strip() == "No head matches."
    assert said(index) == "0 heads, 0 laws, 0 cells"
    index.click("button[type=reset]")
    assert index.locator("#heads tbody tr").count() == 18
    assert index.locator("#heads th.chapter:visible").count() > 1


def test_the_table_of_laws_sorts_and_searches(index):
    table = index.locator("#laws table")
    bits = [float(text) for text in table.locator("tbody td:nth-child(6)").all_inner_texts()]
    assert bits == sorted(bits, reverse=True), "most telling first"
    index.locator("#laws input[type=search]").fill("alphabet")
    assert all("alphabet" in text for text in table.locator("tbody tr").all_inner_texts())


def test_a_cell_opens_the_drawer_which_leads_to_the_head_at_its_law(index):
    cell = index.locator("#heads tbody td.r").first
    cell.hover()
    assert "refuted, agreement 0." in index.locator("#readout").inner_text()
    cell.click()
    index.locator("#drawer .kicker a").click()
    index.wait_for_url("**/heads/0.*.html#c*")
    target = index.locator("tr:target")
    assert target.count() == 1
    assert "refuted" in target.inner_text()


def test_a_cell_of_a_pair_opens_the_drawer_which_leads_to_the_line_of_the_pair(visit, site):
    page = visit(site).open("matrix-pairs.html")
    row = page.locator("#heads tbody tr[data-layer='2']").nth(3)
    pair = row.locator("th").inner_text()
    assert pair.count("+") == 1
    row.locator("td").first.click()
    page.get_by_role("link", name="this pair in the table").click()
    page.wait_for_url(f"**/pairs/2.html#{pair.replace('+', '-')}")
    line = page.locator("tr:target")
    assert line.locator("th").inner_text().replace("\n", "") == pair
    line.locator("th a").first.click()
    page.wait_for_url(f"**/heads/{pair.split('+')[0]}.html")
    page.get_by_role("link", name="the pairs of its layer").click()
    page.wait_for_url("**/pairs/2.html")


def test_hover_an_edge_and_zoom(visit, site):
    page = visit(site).open("heads/1.4.html")
    box = page.locator("[data-graph]").first
    box.scroll_into_view_if_needed()
    box.locator("canvas").first.wait_for()
    places = page.evaluate(
        """() => { const box = document.querySelector('[data-graph]');
        const frame = box.querySelector('.canvas').getBoundingClientRect();
        return box.cy.edges().map(edge => edge.renderedMidpoint()).map(at => [frame.x + at.x, frame.y + at.y]); }"""
    )
    said = []
    for x, y in places:  # a node may lie over the middle of an edge
        page.mouse.move(x - 2, y - 2)
        page.mouse.move(x, y)
        page.wait_for_timeout(40)
        said.append(box.locator(".readout").inner_text())
    assert [line for line in said if re.fullmatch(r".+ → .+: \d+ times?", line)]
    zoom = "document.querySelector('[data-graph]').cy.zoom()"
    before = page.evaluate(zoom)
    page.get_by_role("button", name="Zoom in").click()
    assert page.evaluate(zoom) == pytest.approx(1.25 * before)
    page.locator(".graph-box .canvas").focus()
    page.keyboard.press("-")
    assert page.evaluate(zoom) == pytest.approx(before)
    assert page.evaluate("document.querySelector('[data-graph]').cy.edges().some(one => one.isLoop())"), "self-loops"


def test_graphs_are_shown_one_at_a_time_and_come_from_one_file(visit, site):
    page = visit(site).open("heads/1.4.html")
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    assert page.locator("[data-part]").count() == 4
    assert page.locator("[data-part]:visible").count() == 1
    assert not asked, "the graphs' file waits for a reader"
    names = ("words", "repeats", "periodic", "all together")
    for place, name in enumerate(names):
        page.get_by_role("radio", name=name, exact=True).check()
        part = page.locator(f"[data-part='{place}']")
        assert page.locator("[data-part]:visible").count() == 1
        assert part.locator("table").first.is_visible()
        part.scroll_into_view_if_needed()
        part.locator("canvas").first.wait_for()
        drawn = page.evaluate(
            f"document.querySelectorAll('[data-graph]')[{place}].cy.edges().map(one => one.data('said'))"
        )
        edges = part.locator("table").first.locator("tbody tr").count()
        assert len(drawn) >= edges > 2
        assert drawn[0].endswith(f": {part.locator('table').first.locator('tbody td').nth(2).inner_text()} times")
    assert [url.rpartition("/")[2] for url in asked] == ["1.4.js"]
    page.locator("input[name=walks]:checked").focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("[data-part]:visible").get_attribute("data-part") == "2", "by keyboard"


def test_without_the_file_of_the_graphs_the_page_says_so(visit, site, tmp_path):
    copied = shutil.copytree(site, tmp_path / "copy", ignore=shutil.ignore_patterns("graphs", "laws"))
    seen = visit(copied)
    page = seen.open("heads/1.4.html")
    box = page.locator("[data-graph]").first
    box.scroll_into_view_if_needed()
    box.get_by_text("The data file of the graphs is not beside this page").wait_for()
    assert all("ERR_FILE_NOT_FOUND" in line for line in seen.wrong)
    seen.wrong.clear()


def test_the_theme_is_switched_and_kept(visit, site):
    seen = visit(site)
    page = seen.open("index.html")
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    button = page.locator("#theme")
    button.click()
    button.click()
    assert button.inner_text() == "Theme: dark"
    dark = page.evaluate(paper)
    assert dark != light
    assert seen.open("heads/0.0.html").evaluate(paper) == dark


def test_keyboard_alone(visit, site):
    page = visit(site).open("index.html")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    for _ in range(200):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "layer":
            break
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    assert page.locator("[name=layer]").input_value() == "1"
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.tagName") == "TD":
            break
    first = page.evaluate("document.activeElement.parentElement.cells[0].textContent")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.tagName") == "TD"
    assert page.evaluate("document.activeElement.parentElement.cells[0].textContent") != first
    assert page.locator("#readout").inner_text().startswith("Head 1.")
    page.keyboard.press("Enter")
    assert "Head 1." in page.locator("#drawer .kicker").inner_text()
