"""On a narrow screen nothing is cut: what is wider than the screen scrolls by itself, and captions never have to."""

import pytest

from reports.pages.discovery import page as discovery_page
from reports.pages.site_writer import build
from tests.support import invented
from tests.support.pages import drawn, violations

NARROW = 390

TOO_WIDE = """() => {
    const style = (one) => getComputedStyle(one);
    const scrolls = (one) => ["auto", "scroll"].includes(style(one).overflowX) && one.localName !== "dialog";
    const away = ".vh, .skip, svg *, dialog:not([open])";
    const shown = (one) => one.checkVisibility({visibilityProperty: true}) && !one.closest(away);
    const scroller = (one) => {
        for (let up = one.parentElement; up && up !== document.body; up = up.parentElement) if (scrolls(up)) return up;
        return null;
    };
    const found = [];
    for (const one of document.body.querySelectorAll("*")) {
        if (!shown(one)) continue;
        const {left, right, width} = one.getBoundingClientRect();
        const box = scroller(one);
        const told = `${one.localName}.${one.className}: ${(one.innerText ?? "").slice(0, 60)}`;
        if (!box && (right > innerWidth + 1 || left < -1)) found.push(`off the screen: ${told}`);
        const caption = one.matches("caption, figcaption, legend, .steps, .note, .readout, .told, h1, h2, h3, h4, p");
        if (caption && box && width > box.clientWidth + 1) found.push(`has to be scrolled: ${told}`);
        const clips = ["hidden", "clip"].includes(style(one).overflowX) && style(one).textOverflow !== "ellipsis";
        if (clips && one.innerText && one.scrollWidth > one.clientWidth + 1) found.push(`cut: ${told}`);
    }
    return found;
}"""


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The site of a run of one head, whose vocabulary is hostile."""
    folder = tmp_path_factory.mktemp("one")
    return build(invented.write(folder / "store.db"), folder / "site").parent


def opened(page):
    """The page with all that can be opened on it open."""
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.evaluate("document.querySelectorAll('[data-part]').forEach(one => one.hidden = false)")
    drawn(page)
    return page


def test_nothing_is_cut_on_any_page(visit, site, kinds):
    for page in visit(site, width=NARROW).each(kinds):
        assert opened(page).evaluate(TOO_WIDE) == [], page.url


def test_nothing_is_cut_on_pages_of_one_head_whose_vocabulary_is_hostile(visit, one):
    for page in visit(one, width=NARROW).each(("index.html", "heads/0.0.html")):
        assert opened(page).evaluate(TOO_WIDE) == [], page.url


def test_nothing_is_cut_in_the_drawer(visit, site):
    page = visit(site, width=NARROW).open("heads/0.0.html")
    page.locator("table.verdicts td:has(code)").first.click(position={"x": 8, "y": 8})
    for _ in range(12):
        page.locator("#drawer[open] h2").wait_for()
        assert page.evaluate(TOO_WIDE) == []
        drawer = page.locator("#drawer")
        assert drawer.evaluate("box => box.scrollWidth <= box.clientWidth && !box.scrollLeft")
        if drawer.locator(".aligned .d").count():
            names, mark = (drawer.locator(one).first.bounding_box() for one in (".aligned tbody th", ".aligned .d"))
            assert mark["x"] >= names["x"] + names["width"] - 1, "the first difference is not under the names"
        before = page.url
        page.keyboard.press("j")
        page.wait_for_url(lambda url, before=before: url != before)


def test_nothing_is_cut_on_pages_of_an_atlas(visit, atlas_folder):
    pages = ("index.html", "frequencies.html", "shared.html", "growth.html", "planes.html", "claims.html")
    for page in visit(atlas_folder, width=NARROW).each((*pages, "heads/0.1.html", "layers/0.html")):
        assert opened(page).evaluate(TOO_WIDE) == [], page.url


@pytest.fixture(scope="module")
def discovery(tmp_path_factory):
    """A page of a discovery with a title that has no place to break."""
    head = {"head": "12.10", "component": "z", "verdict": "satisfied", "screen": 1.0, "degree": 0.9, "low": 0.85}
    head |= {"high": 0.95, "n": 200, "nulls": {name: [0.5, 0.4] for name in ("random", "rotated", "surrogate")}}
    head |= {"stands_out": "above", "flags": "untrained", "under": ["a_law " * 20], "confirmed": True}
    law = {"title": "a" * 200, "says": "It says so.", "about": "", "confirmed": True, "stands": True, "heads": [head]}
    law |= {"meaning": "A head that reads it alone would break it.", "above_by": 0.4}
    law |= {"screened": {"obeying": 2, "above": 1}}
    fact = {"says": "a fact " * 30, "components": [{"head": "12.10", "component": "z", "share": 0.97}] * 40}
    data = {"model": "a_model", "heads": ["12.10"], "seed": 0, "looked_at": 1, "facts": [fact]}
    data |= {"steps": [{"what": "what holds of every head of a null " * 3, "left": 12345}], "run": "r", "report": "x"}
    folder = tmp_path_factory.mktemp("discovery")
    shown = discovery_page({**data, "confirmed": 1, "standing_out": 1, "laws": [law]})
    (folder / "discovery.html").write_text(shown, "utf-8")
    return folder


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_is_cut_on_the_page_of_a_discovery_and_axe_finds_nothing(visit, discovery, axe, scheme):
    page = visit(discovery, width=NARROW, scheme=scheme).open("discovery.html")
    assert opened(page).evaluate(TOO_WIDE) == []
    assert violations(page, axe) == []


def test_what_is_cut_is_found(visit, site):
    page = visit(site, width=NARROW).open("history.html")
    for added in (
        "<div style='width:500px'>wide</div>",
        "<div style='overflow:auto'><table style='width:900px'><caption>long</caption></table></div>",
        "<div style='overflow:hidden;width:40px;white-space:nowrap'>long and cut</div>",
    ):
        page.evaluate("added => document.querySelector('main').insertAdjacentHTML('beforeend', added)", added)
    found = page.evaluate(TOO_WIDE)
    assert sorted({line.partition(":")[0] for line in found}) == ["cut", "has to be scrolled", "off the screen"]
