"""The index in a browser: the map, the scatter, the matrix and its address, the table of one head; also by keyboard."""

import re

import pytest

from reports.pages.site_writer import build
from tests.support import invented, large
from tests.support.pages import drawn, violations

LANDSCAPE = 1047
"""Pixels of A4 landscape between margins of 10 mm."""


@pytest.fixture(scope="module")
def one(tmp_path_factory):
    """The site of a run of one head, whose vocabulary is hostile."""
    folder = tmp_path_factory.mktemp("one")
    return build(invented.write(folder / "store.db"), folder / "site").parent


@pytest.fixture
def index(visit, site):
    return visit(site).open("index.html")


def choose(page, box, place, words):
    page.locator(f"{box} select").nth(place).select_option(label=words)


def test_the_map_has_a_link_a_head_and_keeps_its_choice_in_the_address(index):
    squares = index.locator("#head-map .squares a")
    assert squares.count() == 18
    choose(index, "#head-map", 0, "z: tokens that cover 95 %, on random tokens")
    assert "map=covering-z-random" in index.url
    name = squares.first.get_attribute("aria-label")
    assert re.fullmatch(r"Head 0\.0: \d+", name), name
    said = index.locator("#head-map .steps span").first.inner_text()
    assert said == "What it says, z: tokens that cover 95 %, on random tokens"
    index.reload()
    assert squares.first.get_attribute("aria-label") == name
    choose(index, "#head-map", 0, "z: entropy in bits, on random tokens")
    index.go_back()
    assert squares.first.get_attribute("aria-label") == name
    index.go_back()
    assert "map=" not in index.url
    assert squares.first.get_attribute("aria-label") != name


def test_what_is_undecided_or_was_not_tried_is_hatched_and_says_so(index):
    select = index.locator("#head-map select")
    keys = select.evaluate("select => [...select.options].map(one => one.value)")
    seen = set()
    for key in (one for one in keys if one.startswith("excess-z")):
        select.select_option(key)
        said = index.locator("#head-map .squares a.hatched").evaluate_all("all => all.map(one => one.ariaLabel)")
        seen |= {text.rpartition(", ")[2] for text in said if ": no number" not in text}
        seen |= {"no number" for text in said if ": no number" in text}
    assert {"undecided", "no number"} <= seen <= {"undecided", "vacuous", "error", "not tried", "no number"}
    assert index.locator("#head-map .steps .hatched").inner_text() == "undecided or no number"


def test_arrows_move_on_the_map_and_enter_opens_a_head(index):
    index.locator("#head-map .squares a").first.focus()
    index.keyboard.press("ArrowDown")
    index.keyboard.press("ArrowRight")
    assert index.evaluate("document.activeElement.ariaLabel").startswith("Head 1.1: ")
    assert index.locator("#head-map .squares a[tabindex='0']").count() == 1
    index.keyboard.press("Enter")
    index.wait_for_url("**/heads/1.1.html")


def test_the_scatter_draws_the_heads_by_three_numbers_of_the_address(index):
    dots = index.locator("#head-scatter a")
    assert dots.count() == 18
    choose(index, "#head-scatter", 0, "z: entropy in bits, on random tokens")
    choose(index, "#head-scatter", 1, "z says what the value of BOS says, on natural text")
    choose(index, "#head-scatter", 2, "z: power of growth")
    assert {"across=entropy-z-random", "up=bos-text", "dots=growth-z"} == set(index.url.partition("#")[2].split("&"))
    data = index.evaluate("JSON.parse(document.getElementById('data').textContent)")
    values = {one[0]: one[4] for one in data["quantities"]}
    said = dots.nth(4).get_attribute("aria-label")
    found = [float(text) for text in re.findall(r"(?:across|up|colour) ([\d.]+)", said)]
    assert found == pytest.approx([values[key][4] for key in ("entropy-z-random", "bos-text", "growth-z")], abs=0.006)
    before = dots.evaluate_all("all => all.map(one => one.firstChild.getAttribute('cx'))")
    index.reload()
    assert dots.evaluate_all("all => all.map(one => one.firstChild.getAttribute('cx'))") == before
    assert len(set(before)) > 10
    dots.first.focus()
    index.keyboard.press("Enter")
    index.wait_for_url("**/heads/0.0.html")


def test_fewer_than_ten_keys_lead_to_the_matrix(index):
    index.keyboard.press("Tab")
    index.keyboard.press("Tab")
    assert index.evaluate("document.activeElement.textContent") == "Skip to the matrix"
    index.keyboard.press("Enter")
    for _ in range(6):
        index.keyboard.press("Tab")
        if index.evaluate("document.activeElement.closest('table#heads') !== null"):
            return
    raise AssertionError("nine keys do not lead to the matrix")


def test_filters_live_in_the_address_and_drop_empty_rows_and_columns(index):
    every = index.locator("#heads th.law:visible").count()
    index.select_option("[name=verdict]", "u")
    assert index.url.endswith("#verdict=u")
    counted = "rows => rows.map(row => row.querySelectorAll('td.u:not(.off)').length)"
    rows = index.locator("#heads tbody tr:visible").evaluate_all(counted)
    assert rows
    assert all(rows)
    columns = index.locator("#heads th.law:visible").count()
    assert 0 < columns < every
    filled = index.locator("#heads tbody").evaluate(
        "body => new Set([...body.querySelectorAll('td.u:not(.off)')].map(cell => cell.cellIndex)).size"
    )
    assert filled == columns
    index.reload()
    assert index.locator("#heads th.law:visible").count() == columns
    index.go_back()
    assert index.locator("[name=verdict]").input_value() == ""
    assert index.locator("#heads th.law:visible").count() == every


def test_the_colour_is_the_holding_rate_or_the_excess_by_a_printed_scale_the_same_in_light_and_dark(visit, site):
    found = {}
    for scheme in ("light", "dark"):
        page = visit(site, scheme=scheme).open("index.html")
        colour = "cell => getComputedStyle(cell).backgroundColor"
        steps = page.locator("[data-legend=held] .step").evaluate_all(f"all => all.map({colour})")
        assert len(set(steps)) == 11
        cell = page.locator("#heads td.h10").first
        assert cell.evaluate(colour) == steps[10]
        page.select_option("[name=colour]", "excess")
        apart = page.locator("[data-legend=excess] .step").evaluate_all(f"all => all.map({colour})")
        assert page.locator("[data-legend=held]").is_hidden()
        assert page.locator("#heads td.d5").first.evaluate(colour) == apart[5]
        found[scheme] = steps, apart
    assert found["light"] == found["dark"]


def test_the_printed_matrix_fits_the_sheet(visit, site):
    page = visit(site, width=LANDSCAPE).open("index.html")
    page.emulate_media(media="print")
    assert page.locator("#heads").evaluate("table => table.scrollWidth") <= LANDSCAPE
    assert page.evaluate("document.documentElement.scrollWidth") <= LANDSCAPE


def test_the_table_of_one_head_is_filtered_and_opens_cells(visit, one):
    page = visit(one).open("index.html")
    assert page.locator("#head-map").count() == 0
    page.select_option("[name=verdict]", "r")
    assert page.url.endswith("#verdict=r")
    shown = page.locator("#laws-of-one tbody tr[data-claim]:visible")
    assert shown.count() > 0
    assert all("refuted" in text for text in shown.all_inner_texts())
    assert page.locator("#filters output").inner_text().startswith(f"{shown.count()} law")
    page.reload()
    assert page.locator("[name=verdict]").input_value() == "r"
    page.locator("#laws-of-one td.r:visible").first.click()
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_url("**/index.html#verdict=r")
    assert page.locator("[name=verdict]").input_value() == "r"


@pytest.mark.parametrize(("scheme", "width"), [("light", 390), ("dark", 1024)])
@pytest.mark.thorough
def test_axe_finds_nothing_on_the_index_whatever_it_shows(visit, site, one, axe, scheme, width):
    for folder, hashes in ((site, ("", "#colour=excess&map=bos-text")), (one, ("", "#colour=excess"))):
        for mark in hashes:
            page = visit(folder, scheme=scheme, width=width).open(f"index.html{mark}")
            drawn(page)
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            assert violations(page, axe) == []


def test_without_scripts_the_tables_read(visit, site, one):
    page = visit(site, scripts=False).open("index.html")
    assert page.locator("#head-map").is_hidden()
    page.locator("#map summary").click()
    assert page.locator("#map table.numbers tbody tr").count() == 18
    assert page.locator("#heads th.law").count() > 20
    assert page.locator(".standing li").count() == 10
    assert visit(one, scripts=False).open("index.html").locator("#laws-of-one tbody tr[data-claim]").count() == 5


@pytest.mark.parametrize("kind", ["random tokens", "natural text"])
def test_heads_that_play_a_role_come_first_when_the_map_shows_it_and_their_cards_say_it(index, plays, kind):
    for head, (role, called) in plays.items():
        choose(index, "#head-map", 0, f"to {role}, on {kind}")
        first = index.locator("#head-map .most a").first
        assert first.inner_text() == head
        square = index.locator("#head-map .squares a.h9")
        assert square.all_inner_texts() == ["0.90"], "no other square is so dark"
        assert square.get_attribute("aria-label") == f"Head {head}: 0.90"
        first.click()
        index.wait_for_url(f"**/heads/{head}.html")
        card = index.locator("#card")
        assert f"It attends as {called} does" in card.inner_text()
        shares = card.locator("table.roles tr", has_text=role).first.locator("td").all_inner_texts()
        assert shares == ["0.900", "0.900"]
        index.go_back()


def told(page):
    """What the drawer says, once it is open."""
    page.locator("#drawer[open] h2").wait_for()
    return page.locator("#drawer").inner_text()


def test_which_heads_copy_is_one_click_away(index):
    data = index.evaluate("JSON.parse(document.getElementById('data').textContent)")
    key = "excess-z-components.the_output_reads_as_one_of_the_values"
    found = next(one for one in data["quantities"] if one[0] == key)
    decided = [
        (value, name)
        for (name, _), value, verdict in zip(data["heads"], found[4], found[5], strict=True)
        if value is not None and verdict in "smr"
    ]
    index.click("text=Which heads copy?")
    assert f"map={key}" in index.url
    links = index.locator("#head-map .most a")
    values = {name: value for value, name in decided}
    assert [values[name] for name in links.all_inner_texts()] == sorted((value for value, _ in decided), reverse=True)[
        :5
    ]
    first = links.first.inner_text()
    links.first.click()
    assert f"Head {first}, component z" in told(index)
    index.keyboard.press("Escape")
    index.wait_for_url(lambda url: "#map=" in url)


def test_what_breaks_a_law_on_a_head_is_two_clicks_away(index):
    index.click("text=What breaks a law on a head?")
    place = index.locator("#heads tbody td.r:visible").first
    head = place.evaluate("cell => cell.parentElement.dataset.head")
    place.click()
    said = told(index)
    assert f"Head {head}, component z" in said
    assert index.locator("#drawer h3 code").count() == 1, "a counterexample"
    assert index.locator("#drawer table.aligned .d").count() >= 1


def test_what_changed_since_the_last_run_is_two_clicks_away(visit, tmp_path):
    store = large.write(tmp_path / "store.db", layers=3, each=6, seed=4)
    index = visit(build(store, tmp_path / "site").parent).open("index.html")
    index.click("text=What changed since the last run?")
    assert index.url.endswith("#changes")
    row = index.locator("#changes tbody tr").first
    head, law, before, now, why = row.locator("th, td").all_inner_texts()
    assert before.split()[-1] != now.split()[-1]
    assert why
    row.locator("td a[href^='#cell=']").click()
    said = told(index)
    assert now.split()[-1] in said
    assert law.rpartition(" ")[0] in said
    assert all(one in said for one in head.split("+"))
