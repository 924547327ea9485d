"""The page of a series in a browser: it opens from its file, complains of nothing, and a head can be looked up."""

import pytest

from tests.support.pages import drawn, violations


@pytest.mark.parametrize(
    ("made", "scheme", "width"),
    [
        ("site", "light", 1280),
        ("hostile_checkpoints", "dark", 400),
        pytest.param("site", "dark", 400, marks=pytest.mark.thorough),
        pytest.param("hostile_checkpoints", "light", 1280, marks=pytest.mark.thorough),
    ],
)
def test_checkpoints_open_and_axe_finds_nothing(visit, axe, made, scheme, width, request):
    page = visit(request.getfixturevalue(made), scheme=scheme, width=width).open("checkpoints.html")
    drawn(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg.curves").count() == page.locator(".small-multiples figcaption").count() > 3
    assert page.locator("svg.curves").first.bounding_box()["height"] > 50
    assert violations(page, axe) == []


def test_without_scripts_a_head_is_looked_up_among_checkpoints(visit, site):
    page = visit(site, scripts=False).open("checkpoints.html")
    first = page.locator(".lookup a").first
    head = first.inner_text()
    first.click()
    assert page.url.endswith(f"#head-{head}")
    group = page.locator(f"[id='head-{head}']")
    assert group.locator("tr").first.inner_text() == f"Head {head}"
    assert group.locator("td[class]").first.inner_text().split()[0] in "✓◐✗?∅!"
