"""Sites in a browser: small ones, made once, one of them hostile; pages open from their files with the network off."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.records.queries import opened
from reports.analysis.difference import run_named
from reports.pages import series
from reports.pages.site_writer import build
from tests.support import atlases, forked, invented, large
from tests.support.chromium import AXE, browser, executable, needed


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


@pytest.fixture(scope="session")
def chromium():
    needed("chromium", executable() is not None)
    try:
        import playwright  # noqa: F401
    except ImportError:
        needed("playwright", False)
    with browser() as opened:
        yield opened


@pytest.fixture(scope="session")
def axe():
    needed("axe-core (npm ci in reports/assets)", AXE.is_file())
    return AXE.read_text("utf-8")


@dataclass
class Visit:
    """Pages of a site, and all that went wrong while they were open."""

    context: object
    folder: Path
    wrong: list[str] = field(default_factory=list)

    def open(self, page: str):
        """The page in a tab of its own."""
        return self._turned(self._tab(), page)

    def each(self, pages: Iterable[str]):
        """The pages one after another in one tab, whose browser compiles their script once."""
        tab = self._tab()
        for page in pages:
            yield self._turned(tab, page)
        tab.close()

    def _tab(self):
        tab = self.context.new_page()

        def complain(what: str) -> None:
            self.wrong.append(f"{tab.url.removeprefix(self.folder.as_uri())}: {what}")

        def asked(url: str) -> None:
            if not url.startswith((self.folder.as_uri(), "data:")):
                complain(f"asked for {url}")

        tab.on("console", lambda said: said.type in ("error", "warning") and complain(said.text))
        tab.on("pageerror", lambda error: complain(str(error)))
        tab.on("dialog", lambda dialog: (complain("a dialog"), dialog.dismiss()))
        tab.on("request", lambda request: asked(request.url))
        return tab

    def _turned(self, tab, page: str):
        file, mark, place = page.partition("#")
        tab.goto((self.folder / file).as_uri() + mark + place)
        tab.wait_for_load_state("load")
        return tab


@pytest.fixture
def visit(chromium):
    """Opens a site; the test fails where a page complained, opened a dialog, or asked for what is not in its folder."""
    opened = []

    def start(folder, *, scheme="light", width=1280, scripts=True):
        context = chromium.new_context(
            offline=True, color_scheme=scheme, viewport={"width": width, "height": 900}, java_script_enabled=scripts
        )
        opened.append(Visit(context, folder))
        return opened[-1]

    yield start
    for one in opened:
        one.context.close()
    assert not [line for one in opened for line in one.wrong]


@pytest.fixture(scope="session")
def plays():
    """Heads of the small site that attend as the literature's heads do, each with its role and what it is called."""
    return {
        "1.2": ("the token before", "a previous-token head"),
        "2.0": ("an earlier copy", "a duplicate-token head"),
        "2.5": ("what followed an earlier copy", "an induction head"),
    }


@pytest.fixture(scope="session")
def site(tmp_path_factory, plays):
    """Two nights of 18 heads against the book, and a page with a column for each."""
    folder = tmp_path_factory.mktemp("site")
    roles = {head: role for head, (role, _) in plays.items()}
    store = large.write(folder / "store.db", layers=3, each=6, plays=roles)
    with opened(store) as connection:
        nights = [run_named(connection, name) for name in ("last~1", "last")]
    series.build(store, folder / "report", nights)
    return build(store, folder / "report").parent


@pytest.fixture(scope="session")
def hostile(tmp_path_factory):
    """A model whose vocabulary is out to break the pages."""
    folder = tmp_path_factory.mktemp("hostile")
    heads = tuple(f"0.{i}" for i in range(5))
    return build(invented.write(folder / "store.db", heads=heads), folder / "report").parent


@pytest.fixture(scope="session")
def hostile_checkpoints(tmp_path_factory):
    """A dozen checkpoints whose names are out to break the page."""
    folder = tmp_path_factory.mktemp("hostile-checkpoints")
    ids = invented.series(folder / "store.db")
    return series.build(folder / "store.db", folder / "report", ids).parent


@pytest.fixture(scope="session")
def hostile_run(tmp_path_factory):
    """What a real run of such a model leaves behind, in a process of its own: the vocabulary is changed underneath."""
    folder = tmp_path_factory.mktemp("run")
    done = forked.run("tests.support.hostile_run", ["store.db", "report"], folder)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return folder / "report"


@pytest.fixture(scope="session")
def kinds():
    """A page of each kind of the small site."""
    law = "laws/repetition.a_repeat_adds_no_new_attention_tokens.html"
    more = ("matrix-pairs.html", "pairs/1.html", "checkpoints.html")
    return ("index.html", "matrix-k.html", "heads/0.0.html", "model.html", law, "history.html", *more)


@pytest.fixture(scope="session")
def atlas_folder(tmp_path_factory):
    """An atlas of a few invented heads."""
    return atlases.folder(tmp_path_factory.mktemp("atlas"))


@pytest.fixture(scope="session")
def hostile_atlas(tmp_path_factory):
    """An atlas whose vocabulary is out to break the pages."""
    return atlases.folder(tmp_path_factory.mktemp("hostile-atlas"), hostile=True)
