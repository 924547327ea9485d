"""On a narrow screen nothing is cut off: what is wider than the screen scrolls by itself, and captions never have to."""

import pytest

from reports.pages.discovery import page as discovery_page
from reports.pages.site_writer import build
from tests.support import invented
from tests.support.pages import drawn

NARROW = 390

TOO_WIDE = """() => {
    const style = (one) => getComputedStyle(one);
    const scrolls = (one) => ["auto", "scroll"].includes(style(one).overflowX);
    const hidden = (one) => !one.checkVisibility({visibilityProperty: true}) || one.closest(".vh, .skip, svg *, dialog:not([open])");
    const scroller = (one) => {
        for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) if (scrolls(up)) return up;
        return null;
    };
    const found = [];
    for (const one of document.body.querySelectorAll("*")) {
        if (hidden(one)) continue;
        const {left, right, width} = one.getBoundingClientRect();
        const box = scroller(one);
        const told = `${one.localName}.${one.className}: ${(one.innerText ?? "").slice(0, 60)}`;
        if (!box && (right > innerWidth + 1 || left < -1)) found.push(`off the screen: ${told}`);
        const caption = one.matches("caption, figcaption, legend, .steps, .note, .readout, .told, h1, h2, h3, h4, p:not(.d *)");
        if (caption && box && width > box.clientWidth + 1) found.push(`has to be scrolled: ${told}`);
        const clips = ["hidden", "clip"].includes(style(one).overflowX) && style(one).textOverflow !== "ellipsis";
        if (clips && one.innerText && one.scrollWidth > one.clientWidth + 1) found.push(`cut: ${told}`);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The site of a run of one head."""
    folder = tmp_path_factory.mktemp("one")
    return build(invented.write(folder / "store.db"), folder / "site").parent


def opened(page):
    """The page with all that can be opened on it open."""
    drawn(page)
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate("document.querySelectorAll('[data-part]').forEach(one => one.hidden = false)")
    drawn(page)
    return page


def test_nothing_is_cut_off_on_any_page(visit, site, kinds):
    for page in visit(site, width=NARROW).each(kinds):
        assert opened(page).evaluate(TOO_WIDE) == [], page.url


def test_nothing_is_cut_off_on_the_pages_of_one_head(visit, one):
    for page in visit(one, width=NARROW).each(("index.html", "heads/0.1.html")):
        assert opened(page).evaluate(TOO_WIDE) == [], page.url
