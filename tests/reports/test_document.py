"""Every figure on a page is in report.json, and every figure there is the store's."""

import json
import re
import sqlite3
from contextlib import closing
from html.parser import HTMLParser
from statistics import mean

import pytest

from harness.records.cell import Verdict
from harness.records.comparison import NULLS
from harness.records.words import FLAGS, VERDICTS
from harness.text import sentence
from reports.formats import share
from reports.pages.site_writer import build
from tests.support.large import write as large

pytestmark = pytest.mark.slow

SAME = {"head", "component", "verdict", "search_n", "near_ties", "discarded", "flags", "message", "stands_out"}
SHARES = {"degree", "degree_low", "degree_high", "near_tied"}
COUNTS = ("census_n", "violations", "p_value", "family")


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    return large(tmp_path_factory.mktemp("store") / "store.db", layers=3, each=4)


@pytest.fixture(scope="module")
def folder(kept, tmp_path_factory):
    return build(kept, tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module")
def found(folder):
    refuse = lambda name: pytest.fail(f"{name} is no JSON")  # noqa: E731
    return json.loads((folder / "report.json").read_text("ascii"), parse_constant=refuse)


def records(table):
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


@pytest.mark.slow
def test_every_cell_is_the_stores_digit_for_digit(kept, found):
    with closing(sqlite3.connect(kept)) as connection:
        connection.row_factory = sqlite3.Row
        rows = connection.execute("SELECT * FROM cells WHERE run_id = ?", (found["run"]["run_id"],)).fetchall()
    claims = [(one["chapter"], one["name"]) for one in found["conjectures"]]
    stored = {(row["head"], row["component"], row["chapter"], row["conjecture"]): row for row in rows}
    cells, rates = records(found["cells"]), records(found["rates"])
    assert len(cells) == len(stored) == len(rows) > 1000 > len(rates) > 100
    for cell in cells:
        row = stored[cell["head"], cell["component"], *claims[cell["conjecture"]]]
        assert {name: cell[name] for name in SAME} == {name: row[name] for name in SAME}
        shares = SHARES if row["census_n"] else {"near_tied"}
        assert {name: cell[name] for name in shares} == {name: five(row[name]) for name in shares}
        rate = rates[cell["rate"]]
        assert [rate[name] for name in COUNTS] == [row[name] for name in COUNTS]
        if row["census_n"]:
            assert [rate[name] for name in ("rate_low", "rate_high")] == [five(row["rate_low"]), five(row["rate_high"])]
        stored_text = [five(row[f"text_{name}"]) for name in ("degree", "low", "high")]
        assert cell["text"] == ([*stored_text, row["text_n"]] if row["text_n"] else None)
        beside = json.loads(row["comparisons"])
        assert nulls(found, cell) == (beside or None)
        for name in ("random", "rotated") if beside else ():
            assert row[f"null_{name}"] == pytest.approx(mean(beside[name]["degrees"]))
        broken = json.loads(row["counterexample"]) if row["counterexample"] else {"id": None, "length": None}
        assert (cell["counterexample"], cell["length"]) == (broken["id"], broken["length"])


def five(share):
    """A share to five places; only 0 and 1 themselves are written so."""
    return share if share in (None, 0, 1) else round(min(max(share, 0.00001), 0.99999), 5)


def in_five(said):
    """Statistics of a graph with their shares to five places."""
    if isinstance(said, dict) and said.keys() == {"value", "low", "high", "n"}:
        return {name: number if name == "n" else five(number) for name, number in said.items()}
    if isinstance(said, dict):
        return {name: in_five(one) for name, one in said.items()}
    return [in_five(one) for one in said] if isinstance(said, list) else said


def nulls(found, cell):
    """A cell's nulls as the store has them, from the tables that cells share."""
    if cell["nulls"] is None:
        return None
    made = {}
    for name, (place, excess, low, high) in zip(NULLS, cell["nulls"], strict=True):
        degrees, n = found["null_degrees"]["rows"][place]
        made[name] = {"degrees": degrees, "excess": excess, "low": low, "high": high, "n": n}
    return made


def check_facts(found, data, tokens):
    assert [found[key] for key in ("sequences", "attends", "reads_bos")] == [
        data[key] for key in ("sequences", "attends", "reads_bos")
    ]
    assert found["says"].keys() == data["says"].keys()
    for part, kinds in data["says"].items():
        for kind, said in kinds.items():
            one = found["says"][part][kind]
            assert {**one, "commonest": [[*tokens[at], share] for at, share in one["commonest"]]} == said
    departs = [
        {
            "ids": [tokens[at][0] for at in one["sequence"]],
            "text": [tokens[at][1] for at in one["sequence"]],
            "z": [tokens[at] for at in one["z"]],
            "at": one["at"],
            "count": one["count"],
        }
        for one in found["departs"]
    ]
    assert departs == data["departs"]


def test_every_exhibit_is_the_stores(kept, found):
    with closing(sqlite3.connect(kept)) as connection:
        rows = connection.execute("SELECT head, kind, name, data FROM exhibits WHERE head != ''").fetchall()
    tokens, heads = found["tokens"], {head["address"]: head for head in found["heads"]}
    assert rows
    for head, kind, name, data in rows:
        data = json.loads(data)
        if kind == "token_plot":
            plot = next(one for one in heads[head]["token_plots"] if one["family"] == name)
            assert [[tokens[plot["alphabet"][at]][0] for at in row] for row in plot["rows"]] == data["rows"]
            assert [tokens[at] for at in plot["sequence"]] == [
                list(one) for one in zip(data["ids"], data["input"], strict=True)
            ]
            assert plot["attention"] == data["attention"]
        elif kind == "transitions":
            part, *families = name.split()
            graph = next(one for one in heads[head]["transitions"] if one["family"] == " and ".join(families))
            assert graph["component"] == part
            said, structure = in_five(data["statistics"]), graph["structure"]
            assert [structure[key] for key in ("strong", "ends", "recurrent")] == [*said["structure"].values()]
            assert [structure[key] for key in ("pairs", "deterministic")] == [*said["determinism"].values()][:2]
            assert [structure[key] for key in ("given_state", "given_both")] == [*said["entropy"].values()][:2]
            shares = [said["support"]["coverage"], said["determinism"]["held_out"], *said["prediction"].values()][:6]
            machine = said["automaton"]
            shares += [machine["accuracy"]] if "accuracy" in machine else []
            assert [share for _, share in graph["claims"]] == shares
            assert structure["machine"]["why_not"] == machine.get("why_not", "")
            words = {one["id"]: one["text"] for one in data["alphabet"]}
            steps = [
                [one["from"], words[one["label"]], one["says"], one["to"]] for one in machine.get("transitions", [])
            ]
            assert structure["machine"]["transitions"] == steps
            assert [structure["machine"][key] for key in ("size", "unmet")] == [
                machine.get(key, 0) for key in ("size", "unmet")
            ]
            nodes = {(*tokens[at], count) for at, count in graph["nodes"]}
            assert nodes == {(node["id"], node["text"], node["count"]) for node in data["nodes"]}
            ids = [tokens[at][0] for at, _ in graph["nodes"]]
            edges = {(ids[source], ids[target], count) for source, target, count, _ in graph["edges"]}
            assert edges == {(edge["source"], edge["target"], edge["count"]) for edge in data["edges"]}
            said = {
                (ids[source], ids[target]): [graph["labels"][one] for one in some]
                for source, target, _, some in graph["edges"]
            }
            assert said == {(edge["source"], edge["target"]): edge["examples"] for edge in data["edges"]}
        elif kind == "facts":
            check_facts(heads[head]["facts"], data, tokens)
        else:
            assert kind == "growth"
            growth = next(one for one in heads[head]["growths"] if one["component"] == name)
            assert growth["power"] == data["power"]
            assert growth["curves"] == [*map(list, data["curves"].items())]
            assert [[*tokens[at], count] for at, count in growth["vocabulary"]] == data["vocabulary"]
            assert [growth[key] for key in ("sequences", "distinct", "readings")] == [
                data[key] for key in ("sequences", "distinct", "readings")
            ]


def test_the_inputs_of_every_claim_are_the_stores_and_its_page_shows_them(kept, folder, found):
    with closing(sqlite3.connect(kept)) as connection:
        rows = dict(connection.execute("SELECT name, data FROM exhibits WHERE kind = 'draws'"))
    tokens = found["tokens"]
    assert len(rows) == len(found["conjectures"])
    for claim in found["conjectures"]:
        stored = json.loads(rows[f"{claim['chapter']}.py::{claim['name']}"])["draws"]
        assert len(stored) == 5
        assert [draw["inputs"] for draw in claim["draws"]] == [[*map(list, one["inputs"].items())] for one in stored]
        for draw, one in zip(claim["draws"], stored, strict=True):
            assert [[name, [tokens[at] for at in part]] for name, part in draw["sequences"]] == [
                [part["name"], [*map(list, zip(part["ids"], part["text"], strict=True))]] for part in one["sequences"]
            ]
        page = (folder / "laws" / f"{claim['chapter']}.{claim['name']}.html").read_text("utf-8")
        for name, value in (given for one in stored for given in one["inputs"].items()):
            assert f"<code>{name} = {value}</code>" in page


class Cells(HTMLParser):
    """The text of the table cells of a page, row by row, by the id of the table."""

    def __init__(self, path):
        super().__init__()
        self.rows = []
        self.inside = False
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag, attrs):
        if tag == "tr":
            self.rows.append([])
        self.inside = tag in ("td", "th") or (self.inside and tag not in ("tr", "table", "section"))
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        if tag in ("td", "th", "tr", "table"):
            self.inside = False

    def handle_data(self, data):
        if self.inside:
            self.rows[-1][-1] += data


def shown(cell):
    letters = "".join(FLAGS[flag].letter for flag in cell["flags"].split())
    degree = "" if cell["degree"] is None else share(cell["degree"])
    return f"{VERDICTS[Verdict(cell['verdict'])].sign} {degree}{letters}"


@pytest.mark.parametrize("component", ["qk", "q", "k", "v", "z", "attn"])
def test_every_square_of_a_matrix_is_its_cell(component, folder, found):
    page = folder / ("index.html" if component == "z" else f"matrix-{component}.html")
    claims = [sentence(one["name"]) for one in found["conjectures"]]
    cells = {
        (cell["head"], claims[cell["conjecture"]]): cell
        for cell in records(found["cells"])
        if cell["component"] == component
        and not found["conjectures"][cell["conjecture"]]["control"]
        and "+" not in cell["head"]
    }
    rows = Cells(page).rows
    start = next(i for i, row in enumerate(rows) if row[:1] == ["head"] and not rows[i + 1][0][0].isdigit())
    columns = rows[start + 1]
    seen = 0
    for row in rows[start + 2 :]:
        if len(row) != len(columns) + 1 or not re.fullmatch(r"\d+\.\d+(\+\d+\.\d+)?", row[0]):
            break
        for column, text in zip(columns, row[1:], strict=True):
            cell = cells.get((row[0], column))
            assert text.strip() == ("" if cell is None else shown(cell).strip()), (row[0], column)
            seen += cell is not None
    assert seen == len(cells) > 20


def test_every_square_of_the_pairs_is_its_cell(folder, found):
    claims = [sentence(one["name"]) for one in found["conjectures"]]
    cells = {
        (cell["head"], f"{claims[cell['conjecture']]}, {cell['component']}"): cell
        for cell in records(found["cells"])
        if "+" in cell["head"]
    }
    rows = Cells(folder / "matrix-pairs.html").rows
    start = next(i for i, row in enumerate(rows) if row and row[0] == "head")
    columns, lines = rows[start + 1], [row for row in rows[start + 2 :] if "+" in row[0]]
    assert len(columns) * len(lines) == len(cells) == 18 * len(columns), "three layers of six pairs"
    for row in lines:
        for column, text in zip(columns, row[1:], strict=True):
            assert text.strip() == shown(cells[row[0], column]).strip()


def numbers(value):
    if isinstance(value, dict):
        for item in value.values():
            yield from numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from numbers(item)
    elif isinstance(value, float | int) and not isinstance(value, bool):
        yield float(value)


def test_every_figure_on_a_page_is_a_figure_of_report_json(folder, found):
    known = set()
    for number in numbers(found):
        if 0 <= number <= 1:
            known.add(share(number))
        known.add(f"{number:.3f}")
    count = 0
    for path in folder.rglob("*.html"):
        source = re.sub(r"<(script|style|pre)\b.*?</\1>|<[^>]*>", " ", path.read_text("utf-8"), flags=re.DOTALL)
        for text in re.findall(r"(?<![\d.\w])\d+\.\d{3}(?![\d.\w])", source):
            assert text in known, (path, text)
            count += 1
    assert count > 5000


def test_the_vocabulary_is_kept_as_it_is(store, tmp_path):
    built = build(store, tmp_path)
    tokens = json.loads(built.with_name("report.json").read_text("ascii"))["tokens"]
    texts = {text for _, text in tokens}
    assert texts & {"\ud800", "\u202egnp.exe\u202c", "\n", "</script><script>alert(1)</script>"}


def test_what_pages_show_of_counterexamples_is_there(kept, folder, found):
    shown_there = records(found["counterexamples"])
    ids = {one["id"] for one in shown_there}
    with closing(sqlite3.connect(kept)) as connection:
        stored = dict(
            connection.execute("SELECT counterexample ->> 'id', margin FROM cells WHERE counterexample NOTNULL")
        )
    assert {one["id"]: one["margin"] for one in shown_there} == {id: stored[id] for id in ids}
    shown = {
        id
        for path in folder.rglob("*.html")
        for id in re.findall(r"headlaws replay ([0-9a-f]{8})", path.read_text("utf-8"))
    }
    assert shown == ids
