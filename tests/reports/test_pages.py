import gc
import json
import re
import subprocess
import sys
from base64 import b64encode
from collections import Counter
from hashlib import sha256
from html.parser import HTMLParser
from pathlib import Path

import pytest
from click.testing import CliRunner

from harness.cli.report import report as command
from harness.errors import HeadlawsError, StoreError
from harness.records.comparison import NULLS
from reports.formats import share
from reports.load import report
from reports.pages import site_writer
from reports.pages.site_writer import build


class Page(HTMLParser):
    """Elements with their attributes, the scripts that stand in it, and the text a reader sees."""

    def __init__(self, path):
        super().__init__()
        self.path = path
        self.elements = []
        self.text = []
        self.scripts = []
        self._in_script = False
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        self._in_script = tag == "script"

    def handle_endtag(self, tag):
        self._in_script = self._in_script and tag != "script"

    def handle_data(self, data):
        (self.scripts if self._in_script else self.text).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@pytest.fixture(scope="module")
def built(store, tmp_path_factory):
    return build(store, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def site(built):
    return [Page(path) for path in sorted(built.parent.rglob("*.html"))]


@pytest.fixture(scope="module")
def head(built):
    return (built.parent / "heads" / "0.0.html").read_text("utf-8")


def test_there_is_a_page_of_each_kind(built):
    found = {str(path.relative_to(built.parent)) for path in built.parent.rglob("*") if path.is_file()}
    assert {"index.html", "model.html", "history.html", "heads/0.0.html", "report.json"} <= found
    assert "laws/repetition.a_repeat_adds_no_new_attention_tokens.html" in found
    assert {"assets/site.js", "assets/site.css", "assets/LICENSES.txt"} <= found


def test_pages_run_their_own_script_alone_and_ask_for_nothing_outside(site, built):
    for page in site:
        assert not {"img", "iframe", "object", "base", "video"} & {name for name, _ in page.elements}
        assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
        own, loaded, *data = page.all("script")
        assert (own, set(loaded)) == ({}, {"src", "defer"})
        assert all(one == {"type": "application/json", "id": "data"} for one in data)
        policy = next(meta["content"] for meta in page.all("meta") if "http-equiv" in meta)
        assert policy.startswith("default-src 'none'; script-src 'self' file: 'sha256-")
        assert b64encode(sha256(page.scripts[0].encode()).digest()).decode() in policy, "the script that stands in it"
        assert "connect-src" not in policy
        for tag, name in (("script", "src"), ("link", "href")):
            for found in page.all(tag):
                if name in found and found[name] != "data:,":
                    assert (page.path.parent / found[name]).resolve().is_relative_to(built.parent.resolve())
                    assert (page.path.parent / found[name]).is_file()


def test_every_name_is_given_once_and_every_link_leads_somewhere(site):
    ids = {page.path.resolve(): Counter(page.ids) for page in site}
    for page in site:
        assert max(ids[page.path.resolve()].values()) == 1, page.path
        for name in ("aria-labelledby", "for"):
            assert all(a[name] in page.ids for _, a in page.elements if name in a)
        for link in page.all("a"):
            path, _, anchor = link["href"].partition("#")
            target = (page.path.parent / path).resolve() if path else page.path.resolve()
            assert target.is_file(), (page.path, link)
            assert not anchor or anchor in ids[target], (page.path, link)


def test_hostile_text_is_there_as_text(site):
    for page in site:
        source = page.path.read_text("utf-8")
        assert not set("\u202e\u202c\x00\x1b") & set(source), page.path
        assert "<script>alert" not in source
        assert "<img" not in source
    seen = "".join("".join(page.text) for page in site if page.path.parent.name == "heads")
    for shown in ("</script><scri", "\\u202e", "\\ud800", "␊", "{{·7*7·}}"):
        assert shown in seen, shown


def test_tables_say_what_their_headings_head(site):
    for page in site:
        assert all(attributes.get("scope") for attributes in page.all("th")), page.path
        assert len(page.all("h1")) == 1


def test_what_scrolls_can_be_reached_by_keyboard(site):
    for page in site:
        for a in page.all("div"):
            if "scroll" in (a.get("class") or "").split():
                assert a.get("tabindex") == "0"
                assert a.get("aria-label")


def test_no_share_without_its_n(head):
    cells = re.findall(r"<td(?: style=[^>]*)?><b class=.*?(?=<td|\n)", head)
    with_share = [found for found in cells if re.search(r"\d\.\d{3}|\[", found)]
    assert len(with_share) > 10
    assert all(re.search(r"holds in \d+ of \d+ ", found) for found in with_share)


def test_a_verdict_is_a_sign_and_a_word(head):
    assert "<b class=r>✗ refuted</b>" in head
    assert "<b class=s>✓ satisfied</b>" in head


def test_every_counterexample_is_shown_or_named_and_the_shortest_are_shown(built, head):
    found = json.loads(built.with_name("report.json").read_text("ascii"))
    columns = found["cells"]["columns"]
    controls = {place for place, one in enumerate(found["conjectures"]) if one["control"]}
    cells = [dict(zip(columns, row, strict=True)) for row in found["cells"]["rows"]]
    kept = [cell for cell in cells if cell["counterexample"] and cell["conjecture"] not in controls]
    assert kept
    assert all(cell["counterexample"] in head for cell in kept)
    shown = re.findall(r"headlaws replay (\w+)", head)
    assert shown
    assert head.count('<td class="d">') >= len(shown)
    lengths = {cell["counterexample"]: cell["length"] for cell in kept}
    assert min(lengths.values()) == lengths[shown[0]]


def test_building_twice_gives_the_same_bytes(store, built, tmp_path):
    again = build(store, tmp_path / "deep" / "report").parent
    names = sorted(str(path.relative_to(again)) for path in again.rglob("*") if path.is_file())
    assert names == sorted(str(path.relative_to(built.parent)) for path in built.parent.rglob("*") if path.is_file())
    for name in names:
        assert (again / name).read_bytes() == (built.parent / name).read_bytes(), name


@pytest.mark.slow
def test_the_same_bytes_in_another_process_without_heavy_libraries(store, built, tmp_path):
    program = (
        "import sys; from pathlib import Path; from reports.pages.site_writer import build\n"
        "build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "heavy = {'torch', 'transformer_lens', 'transformers', 'pandas', 'hypothesis', 'pytest'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program, str(store), str(tmp_path)], check=True)
    for path in built.parent.rglob("*.*"):
        assert (tmp_path / path.relative_to(built.parent)).read_bytes() == path.read_bytes()


def test_wrong_controls_stand_at_the_top_and_nothing_is_filed(write, tmp_path):
    built = build(write(tmp_path / "store.db", controls="wrong"), tmp_path / "out")
    text = built.read_text("utf-8")
    assert "Known-answer checks FAILED" in text
    assert "No verdicts filed." in text
    assert "<table class=matrix" not in text
    assert text.index("Known-answer checks FAILED") < text.index("<main")
    assert "a known-answer check failed, so the run filed no verdicts" in text


def test_controls_that_were_not_run_are_said_to_be_so(write, tmp_path):
    built = build(write(tmp_path / "store.db", controls="not run"), tmp_path / "out")
    assert "Known-answer checks not run" in built.read_text("utf-8")


def test_a_failed_build_leaves_the_old_index(store, tmp_path, monkeypatch):
    before = build(store, tmp_path).read_bytes()
    monkeypatch.setattr(site_writer, "document", lambda *found: "half \ud800")
    with pytest.raises(UnicodeEncodeError):
        build(store, tmp_path)
    assert gc.isenabled(), "cycles are looked for again, however it ended"
    assert (tmp_path / "index.html").read_bytes() == before
    assert not list(tmp_path.rglob("*.part"))


def test_a_folder_that_cannot_be_is_refused_in_one_line(store, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(HeadlawsError, match="the report cannot be written") as refused:
        build(store, tmp_path / "file")
    assert "\n" not in str(refused.value)


def test_the_command_prints_where_the_page_lies(store, tmp_path):
    done = CliRunner().invoke(command, ["--store", str(store), "--out", str(tmp_path / "out")])
    assert (done.exit_code, done.output.strip()) == (0, str(tmp_path / "out" / "index.html"))


def test_the_command_refuses_in_one_line(tmp_path):
    done = CliRunner().invoke(command, ["--store", str(tmp_path / "none.db"), "--out", str(tmp_path)])
    assert isinstance(done.exception, StoreError)
    assert "\n" not in str(done.exception)


def test_a_degree_stands_beside_the_nulls(built, store, head):
    compared = [cell for one in report(store).heads for cell in one.cells if cell.comparisons]
    assert len(compared) > 10
    for cell in compared:
        assert f"nulls {', '.join(share(cell.comparisons[name].degree) for name in NULLS)}" in head
    assert "n = 60" in head
    assert "three <dfn>nulls</dfn>, measured on the same sequences" in built.read_text("utf-8")


@pytest.mark.parametrize(
    ("nulls", "said"),
    [({"sequences": 0, "missing": "left out (--no-nulls)"}, "left out (--no-nulls)"), ({}, "not recorded")],
)
def test_a_run_without_nulls_says_so(nulls, said, write, tmp_path):
    index = build(write(tmp_path / "store.db", nulls=nulls), tmp_path / "report")
    assert f"Null models: {said}." in index.read_text("utf-8")
    page = (index.parent / "heads" / "0.0.html").read_text("utf-8")
    assert f"null models: {said}" in page
    assert "; nulls 0" not in page


def test_names_that_are_no_file_names_stay_inside_the_folder(write, tmp_path):
    store = write(tmp_path / "store.db", heads=("../../0.0", "a b"))
    build(store, tmp_path / "out")
    assert {path.name for path in tmp_path.iterdir() if not path.name.startswith("store.db")} == {"out"}
    assert {path.name for path in (tmp_path / "out" / "heads").iterdir()} == {
        "~2e~2e~2f~2e~2e~2f0~2e0.html",
        "a~20b.html",
    }


@pytest.mark.slow
def test_the_large_generator_makes_what_pages_can_show(tmp_path):
    from tests.support.large import write as large

    index = build(large(tmp_path / "store.db", layers=2, each=3), tmp_path / "out")
    assert len(list((Path(index).parent / "heads").iterdir())) == 6
