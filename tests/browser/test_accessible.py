"""Every kind of page opens, fits the screen, and axe-core finds nothing on it: light or dark, wide or narrow."""

import pytest

from tests.support.pages import drawn, violations


@pytest.mark.parametrize(
    ("scheme", "width"),
    [
        ("light", 1280),
        pytest.param("dark", 400, marks=pytest.mark.thorough),
        pytest.param("dark", 1280, marks=pytest.mark.thorough),
        pytest.param("light", 400, marks=pytest.mark.thorough),
    ],
)
def test_every_kind_of_page_opens_without_a_complaint_fits_the_screen_and_axe_finds_nothing(
    visit, site, kinds, axe, scheme, width
):
    seen = visit(site, scheme=scheme, width=width)
    for page in seen.each(kinds):
        drawn(page)
        assert page.locator("h1").count() == 1
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url
        page.evaluate("document.querySelectorAll('[data-part]').forEach(one => one.hidden = false)")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert violations(page, axe) == [], page.url


def test_axe_would_find_one(visit, site, axe):
    page = visit(site).open("history.html")
    page.evaluate(
        "document.querySelector('h1').insertAdjacentHTML('afterend', '<p style=\"color:#888;background:#999\">low</p>')"
    )
    assert [found[0] for found in violations(page, axe)] == ["color-contrast"]


def test_axe_finds_no_violation_on_hostile_pages(visit, hostile, axe):
    page = visit(hostile).open("heads/0.0.html")
    drawn(page)
    assert violations(page, axe) == []
