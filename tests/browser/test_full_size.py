"""A site of a full run: 30 layers of 9 heads against the whole book."""

import time

import pytest

from reports.pages.site_writer import build
from tests.support import large
from tests.support.pages import drawn, violations

pytestmark = pytest.mark.slow

MEGABYTE = 1_000_000


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    store = large.write(folder / "store.db")
    began = time.process_time()
    index = build(store, folder / "report")
    return index.parent, time.process_time() - began


def test_it_is_built_in_a_minute_and_takes_forty_megabytes(full):
    folder, seconds = full
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{seconds:.1f} s of a processor, {size / MEGABYTE:.1f} MB")
    assert seconds < 60
    assert size < 40 * MEGABYTE


@pytest.mark.parametrize("page", ["index.html", "matrix-q.html", "heads/29.8.html"])
def test_a_page_loads_in_two_seconds(chromium, full, page):
    """Of the page's own thread: the clock on the wall would measure what else the machine does."""
    folder, _ = full
    context = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900})
    opened = context.new_page()
    session = context.new_cdp_session(opened)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    began = time.monotonic()
    opened.goto((folder / page).as_uri())
    wall = time.monotonic() - began
    assert opened.locator("table").count()
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    print(f"{page}: {found['TaskDuration']:.2f} s of its thread, {wall:.2f} s on the wall")
    assert 0 < found["TaskDuration"] < 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation(visit, full, axe, scheme):
    seen = visit(full[0], scheme=scheme)
    law = "laws/repetition.a_repeat_adds_no_new_attention_tokens.html"
    for kind in ("index.html", "heads/3.3.html", "heads/7.3.html", law, "pairs/7.html", "model.html", "history.html"):
        page = seen.open(kind)
        drawn(page)
        assert violations(page, axe) == [], kind
        page.close()
