"""Pages open from their files, draw what they draw, and complain of nothing; every kind of page: `test_accessible`."""

import pytest

from tests.support.pages import drawn


def test_a_head_draws_its_plots_growth_and_graph(visit, site):
    page = visit(site).open("heads/1.4.html")
    drawn(page)
    assert page.locator("svg.plot").count() == 1, "the others wait for a reader"
    page.locator("details.more > summary").click()
    drawn(page)
    assert page.locator("svg.plot").count() == 4
    right = page.locator("svg.plot").first.bounding_box()
    assert right["x"] + right["width"] <= 1280, "all of it is in sight, the v column too"
    assert page.locator("svg.plot").first.locator("rect:not(.attention)").count() == 78, "a cell a pair of 12 positions"
    assert page.evaluate("document.querySelector('[data-graph]').cy.nodes().length") > 2
    assert page.evaluate("document.querySelectorAll('[data-growth] canvas').length") == 2


def test_a_law_a_model_and_a_history_draw_their_charts(visit, site, kinds):
    seen = visit(site)
    wanted = {kinds[4]: 5, "model.html": 1, "history.html": 1}
    for page, charts in zip(seen.each(wanted), wanted.values(), strict=True):
        drawn(page)
        found = page.evaluate(
            "[...document.querySelectorAll('.chart')]"
            ".filter(box => box.chart.getOption().series.some(one => one.data.length > 1)).length"
        )
        assert found == charts, page.url


def test_without_scripts_the_tables_read(visit, site, kinds):
    with_scripts, without = visit(site), visit(site, scripts=False)
    for pages in zip(with_scripts.each(kinds), without.each(kinds), strict=True):
        tables = "table:not(.squares) tbody tr:visible"  # the map is a drawing; its numbers stand in a table
        counts = [page.locator(tables).count() for page in pages]
        assert counts[1] >= counts[0] > 0, pages[0].url
    page = without.open("heads/0.0.html")
    assert page.locator("[data-part='0'] table:visible").count() >= 3
    page.locator("[data-part='2'] > summary").click()
    assert page.locator("[data-part='2'] table:visible").count() >= 3
    assert not page.locator("#walks").is_visible()
    page = without.open("index.html")
    assert page.locator("#heads tbody tr").count() == 18
    assert page.locator("#heads tbody td.r").first.inner_text().startswith("✗ 0.")
    assert not page.locator("#filters").is_visible(), "what does nothing is not shown"
    page.locator("#heads tbody th a").first.click()
    assert page.url.endswith("heads/0.0.html")


@pytest.mark.parametrize(
    ("made", "width"),
    [
        ("hostile_run", 1280),
        pytest.param("hostile", 400, marks=pytest.mark.thorough),
        pytest.param("hostile", 1280, marks=pytest.mark.thorough),
        pytest.param("hostile_run", 400, marks=pytest.mark.thorough),
    ],
)
def test_hostile_tokens_are_text_and_the_layout_holds(visit, made, width, request):
    folder = request.getfixturevalue(made)
    seen = visit(folder, width=width)
    for page in seen.each(str(path.relative_to(folder)) for path in sorted(folder.rglob("*.html"))):
        drawn(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        assert page.locator("script").count() <= 3
        assert page.locator("img").count() == 0


@pytest.mark.parametrize(("made", "head"), [("hostile", "0.0"), ("hostile_run", "0.1")])
def test_hostile_tokens_can_be_read(visit, made, head, request):
    page = visit(request.getfixturevalue(made)).open(f"heads/{head}.html")
    drawn(page)
    text = page.locator("main").inner_text()
    for shown in ("</script><scri", "\\u202e", "\\ud800", "␊"):
        assert shown in text or shown in page.content().replace("&lt;", "<").replace("&gt;", ">"), shown
    labels = ""
    for place in range(page.locator("[data-part]").count()):
        page.locator(f"input[name=walks][value='{place}']").check()
        page.locator(f"[data-graph='{place}'] canvas").first.wait_for()
        graph = f"document.querySelector('[data-graph=\"{place}\"]').cy"
        labels += page.evaluate(f"{graph}.nodes().map(node => node.data('said')).join()")
    assert "</script>" in labels or "<img" in labels
    assert not set("\u202e\x00\x1b") & set(labels)
