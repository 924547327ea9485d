"""The drawer: any cell of any page opens it; it steps, closes, and the address keeps it."""

import re
import shutil

import pytest

from tests.support.pages import drawn, violations

LAW = "repetition.a_repeat_adds_no_new_attention_tokens"


def opened(page):
    page.locator("#drawer[open] h2").wait_for()
    return page.locator("#drawer")


def broken(page):
    """A place of the table of verdicts with a counterexample; what loads when it comes into sight is there."""
    place = page.locator("table.verdicts td:has(code)").first
    place.scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    return place


@pytest.fixture
def head(visit, site):
    return visit(site).open("heads/0.0.html")


def test_a_place_of_the_table_opens_it_and_says_what_the_table_says(head):
    place = broken(head)
    id = place.locator("code").inner_text()
    said = place.inner_text()
    place.click(position={"x": 8, "y": 8})
    box = opened(head)
    assert box.locator("h3 code").inner_text() == id
    holds = re.search(r"holds in (\d+ of \d+ \[[^]]*\]); agreement ([\d.]+)", said)
    assert f"Holds in {holds[1]}" in box.inner_text()
    assert box.locator("table.scale tr.own td.num").first.inner_text().split()[0] == holds[2]
    assert box.locator("table.aligned .d").count() >= 1
    frame = box.locator(".scroll").bounding_box()
    mark = box.locator(".d").first.bounding_box()
    assert frame["x"] <= mark["x"] <= frame["x"] + frame["width"], "scrolled to the first difference"
    assert "#cell=0.0-" in head.url


def test_keys_step_and_escape_closes_and_gives_the_focus_back(head):
    broken(head).click(position={"x": 8, "y": 8})
    opened(head)
    names = [head.url]
    for key in ("j", "ArrowRight", "k", "ArrowLeft"):
        before = head.url
        head.keyboard.press(key)
        head.wait_for_url(lambda url, before=before: url != before)
        names.append(head.url)
    assert names[:2] == names[:-3:-1]
    assert len(set(names)) == 3
    head.keyboard.press("Escape")
    head.wait_for_url(lambda url: not url.partition("#")[2])
    assert head.evaluate("document.activeElement.matches('table.verdicts td')")
    assert not head.locator("#drawer[open]").count()


def test_the_address_keeps_it(visit, site, head):
    broken(head).click(position={"x": 8, "y": 8})
    title = opened(head).locator("h2").inner_text()
    head.reload()
    assert opened(head).locator("h2").inner_text() == title
    head.go_back()
    head.locator("#drawer[open]").wait_for(state="detached")
    head.go_forward()
    assert opened(head).locator("h2").inner_text() == title
    page = visit(site).open(f"index.html#cell=0.1-z-{LAW}")
    assert "Head 0.1, component z" in opened(page).inner_text()
    page.get_by_role("button", name="Close").click()
    page.wait_for_url(lambda url: not url.partition("#")[2])


def test_squares_of_matrix_and_map_pairs_and_counterexamples_open_it(visit, site):
    seen = visit(site)
    page = seen.open(f"laws/{LAW}.html")
    page.locator("table.map td:visible").nth(1).click()
    assert "Head 0.1" in opened(page).inner_text()
    page.keyboard.press("Escape")
    article = page.locator("article.broken").first
    id = article.locator(".replay code").inner_text().split()[-1]
    article.get_by_role("button", name=id).click()
    assert opened(page).locator("h3 code").inner_text() == id
    pairs = seen.open("pairs/1.html")
    broken(pairs).click(position={"x": 8, "y": 8})
    assert "Heads 1." in opened(pairs).inner_text()
    index = seen.open("index.html")
    index.locator("#heads tbody td.r").first.click()
    assert "refuted" in opened(index).inner_text()


def test_by_keyboard_alone(head):
    head.locator("table.verdicts td[tabindex='0']").focus()
    head.keyboard.press("ArrowDown")
    here = head.evaluate("document.activeElement.innerText")
    head.keyboard.press("ArrowUp")
    assert head.evaluate("document.activeElement.innerText") != here
    head.keyboard.press("Enter")
    assert opened(head).locator("h2").count() == 1


def test_what_is_copied(visit, site):
    seen = visit(site)
    seen.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = seen.open("heads/0.0.html")
    broken(page).click(position={"x": 8, "y": 8})
    box = opened(page)
    id = box.locator("h3 code").inner_text()
    box.get_by_role("button", name="Copy replay command").click()
    box.get_by_role("button", name="Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == f"headlaws replay {id}"


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), pytest.param("dark", 390, marks=pytest.mark.thorough)])
def test_axe_finds_nothing_and_it_fits(visit, site, axe, scheme, width):
    page = visit(site, scheme=scheme, width=width).open(f"heads/0.0.html#cell=0.0-z-{LAW}")
    box = opened(page)
    drawn(page)
    assert violations(page, axe) == []
    assert box.evaluate("box => box.scrollWidth <= box.clientWidth")


def test_a_hostile_vocabulary_is_text(visit, hostile):
    page = visit(hostile).open("heads/0.0.html")
    broken(page).click(position={"x": 8, "y": 8})
    for _ in range(20):
        assert opened(page).locator("script, img").count() == 0
        page.keyboard.press("j")


def test_without_its_files_it_says_so(visit, site, tmp_path):
    copied = shutil.copytree(site, tmp_path / "copy", ignore=shutil.ignore_patterns("cells", "laws"))
    seen = visit(copied)
    page = seen.open("heads/0.0.html")
    broken(page).click(position={"x": 8, "y": 8})
    assert "not beside this page" in opened(page).inner_text()
    assert all("ERR_FILE_NOT_FOUND" in line for line in seen.wrong)
    seen.wrong.clear()


def test_without_scripts_the_table_reads(visit, site):
    page = visit(site, scripts=False).open("heads/0.0.html")
    assert "holds in" in broken(page).inner_text()
    assert page.locator("#card table.scale").count() == 3


def test_a_cell_that_is_not_there(visit, site):
    page = visit(site).open("heads/0.0.html#cell=0.0-z-nothing.such")
    assert "This run has no such cell" in opened(page).inner_text()
