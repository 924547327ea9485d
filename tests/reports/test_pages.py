import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser

import pytest
from click.testing import CliRunner

from harness.cli.report import report as command
from harness.errors import HeadlawsError, StoreError
from reports import pages
from reports.pages import build

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Elements with their attributes, and the text a reader sees."""

    def __init__(self, source):
        super().__init__()
        self.elements = []
        self.text = []
        self.feed(source)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text.append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def built(store, tmp_path_factory):
    return build(store, tmp_path_factory.mktemp("report"))


@pytest.fixture(scope="module")
def source(built):
    return built.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(source):
    return Page(source)


def test_the_page_runs_nothing_and_asks_for_nothing(page, source):
    assert not {"script", "img", "iframe", "object", "form", "base"} & {name for name, _ in page.elements}
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert [link["href"] for link in page.all("link")] == ["data:,"]
    assert {anchor["href"] for anchor in page.all("a") if not anchor["href"].startswith("#")} == {"report.json"}
    assert "url(" not in re.sub(r"url\(#tip\)", "", source)
    policy = [meta["content"] for meta in page.all("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert policy[0].startswith("default-src 'none'; style-src 'unsafe-inline'; img-src data:")


def test_hostile_text_is_there_as_text(page, source):
    seen = "".join(page.text)
    for shown in ("</script><scri", "\\u202e", "\\ud800", "␊", "{{·7*7·}}"):
        assert shown in seen
    assert not set("\u202e\u202c\x00\x1b") & set(source)


def test_every_name_is_given_once_and_every_link_leads_somewhere(page):
    ids = Counter(attributes["id"] for _, attributes in page.elements if "id" in attributes)
    assert max(ids.values()) == 1
    wanted = [a["href"] for _, a in page.elements if a.get("href", "").startswith("#")]
    wanted += ["#" + a["aria-labelledby"] for _, a in page.elements if "aria-labelledby" in a]
    assert not {href for href in wanted if href[1:] not in ids}


def test_tables_say_what_their_headings_head(page):
    assert all(attributes.get("scope") for attributes in page.all("th"))
    assert len(page.all("h1")) == 1


def test_what_scrolls_can_be_reached_by_keyboard(page):
    assert all(
        a.get("tabindex") == "0" and a.get("aria-label") for a in page.all("div") if "scroll" in a.get("class", "")
    )


def test_no_share_without_its_n(source):
    cells = re.findall(r'<td class="v">.*?</td>', source, flags=re.DOTALL)
    with_share = [found for found in cells if re.search(r"\d\.\d{3}|\[", found)]
    assert with_share
    assert all(re.search(r"n = \d+", found) for found in with_share)


def test_a_verdict_is_a_sign_and_a_word(source):
    assert '<b class="refuted"><span aria-hidden="true">✗</span> refuted</b>' in source
    assert '<b class="satisfied"><span aria-hidden="true">✓</span> satisfied</b>' in source


def test_every_counterexample_is_there_with_its_replay(built, source):
    heads = json.loads(built.with_name("report.json").read_text("ascii"))["heads"]
    kept = [cell["counterexample"]["id"] for head in heads for cell in head["cells"] if cell["counterexample"]]
    assert sorted(re.findall(r"headlaws replay (\w+)", source)) == sorted(kept)
    assert source.count('<td class="d">') >= len(kept)


def test_report_json_keeps_the_vocabulary_as_it_is(built):
    raw = built.with_name("report.json").read_text("ascii")
    found = json.loads(raw, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))
    texts = {token["text"] for plot in found["heads"][0]["token_plots"] for token in plot["sequence"]}
    assert found["format"] == 1
    assert texts & {"\ud800", "\u202egnp.exe\u202c", "\n", "</script><script>alert(1)</script>"}


def test_building_twice_gives_the_same_bytes(store, built, tmp_path):
    again = build(store, tmp_path / "deep" / "report")
    for name in ("index.html", "report.json"):
        assert again.with_name(name).read_bytes() == built.with_name(name).read_bytes()
    assert sorted(path.name for path in again.parent.iterdir()) == ["index.html", "report.json"]


def test_the_same_bytes_in_another_process(store, built, tmp_path):
    program = (
        "import sys; from pathlib import Path; from reports.pages import build\n"
        "build(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "heavy = {'torch', 'transformer_lens', 'transformers', 'pandas', 'hypothesis'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", program, str(store), str(tmp_path)], check=True)
    assert (tmp_path / "index.html").read_bytes() == built.read_bytes()


def test_wrong_controls_stand_at_the_top_and_nothing_is_filed(write, tmp_path):
    built = build(write(tmp_path / "store.db", controls="wrong"), tmp_path / "out")
    text = built.read_text("utf-8")
    assert "Controls: WRONG. No verdicts filed" in text
    assert '<td class="v">' not in text
    assert text.index("WRONG") < text.index("<nav")


def test_controls_that_were_not_run_are_said_to_be_so(write, tmp_path):
    built = build(write(tmp_path / "store.db", controls="not run"), tmp_path / "out")
    assert "Controls: not run" in built.read_text("utf-8")


def test_many_heads_stay_one_page_of_reasonable_size(write, tmp_path):
    heads = tuple(f"0.{number}" for number in range(9))
    built = build(write(tmp_path / "store.db", heads=heads, copies=7), tmp_path / "out")
    assert built.stat().st_size < 2_600_000
    ids = Counter(re.findall(r' id="([^"]+)"', built.read_text("utf-8")))
    assert max(ids.values()) == 1


def test_a_failed_build_leaves_the_old_page(store, tmp_path, monkeypatch):
    before = build(store, tmp_path).read_bytes()
    monkeypatch.setattr(pages, "page", lambda found: "half \ud800")
    with pytest.raises(UnicodeEncodeError):
        build(store, tmp_path)
    assert (tmp_path / "index.html").read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["index.html", "report.json"]


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


def test_a_degree_stands_beside_the_nulls(built, source):
    found = json.loads(built.with_name("report.json").read_text("ascii"))
    assert found["nulls"] == {"sequences": 60, "missing": ""}
    cells = [cell for head in found["heads"] for cell in head["cells"] if cell["null_rotated"] is not None]
    assert cells
    assert {cell["null_random"]["n"] for cell in cells} == {60}
    shown = re.findall(r"<small>nulls ([\d.]+), ([\d.]+), n = 60</small>", source)
    assert len(shown) == len(cells)
    assert ("0.247", "0.329") in shown, "a quarter and a third of 0.987"
    assert "over the census’s first 60 sequences" in source


def test_a_run_without_nulls_says_so(write, tmp_path):
    missing = {"sequences": 0, "missing": "left out (--no-nulls)"}
    source = build(write(tmp_path / "store.db", nulls=missing), tmp_path / "report").read_text("utf-8")
    assert source.count("Null models: left out (--no-nulls).") == 1
    assert "In this run: left out (--no-nulls)." in source
    assert "<small>nulls" not in source


def test_a_run_that_knew_of_no_nulls_says_that_they_are_not_recorded(write, tmp_path):
    source = build(write(tmp_path / "store.db", nulls={}), tmp_path / "report").read_text("utf-8")
    assert "Null models: not recorded." in source
