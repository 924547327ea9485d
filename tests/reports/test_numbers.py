"""Every table of every page is written down again from report.json alone, and must come out the same, cell by cell."""

import json
import re

import pytest

from harness.records.cell import Verdict, how_broken
from harness.records.comparison import BARRED
from harness.records.words import CHECKS, FLAGS, VERDICTS
from harness.text import sentence
from reports import text
from reports.formats import figure, percentage, share, signed
from reports.pages.card import NULL_NAMES
from reports.pages.site_writer import build
from reports.urls import head_page, law_page, pairs_page
from tests.support.large import write as large
from tests.support.tables import Tables

pytestmark = pytest.mark.slow

COMPONENTS = ("q", "k", "v", "z", "qk", "attn")
TEXT = ("text_degree", "text_low", "text_high", "text_n")
WORDS = [verdict.value for verdict in Verdict]


def mean(degrees):
    """As the store has it, to the bit: what lies halfway between two figures is rounded alike."""
    return sum(degrees) / len(degrees)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    store = large(tmp_path_factory.mktemp("store") / "store.db", layers=3, each=6, seed=4)
    return build(store, tmp_path_factory.mktemp("site")).parent


@pytest.fixture(scope="module")
def known(folder):
    return Known(json.loads((folder / "report.json").read_text("ascii")))


@pytest.fixture(scope="module")
def pages(folder):
    return {str(path.relative_to(folder)): Tables(path) for path in sorted(folder.rglob("*.html"))}


def records(table):
    return [dict(zip(table["columns"], row, strict=True)) for row in table["rows"]]


def sign(verdict):
    found = VERDICTS[Verdict(verdict)]
    return f"{found.sign} {found.word}"


def pair(address):
    return address.replace("+", "+ ")


class Known:
    """What report.json says, found as the pages need it."""

    def __init__(self, found):
        self.found = found
        self.claims = found["conjectures"]
        self.cells = records(found["cells"])
        rates = records(found["rates"])
        for cell in self.cells:
            cell |= rates[cell["rate"]]
            cell |= dict(zip(TEXT, cell["text"] or [None] * 4, strict=True))
            cell["nulls"] = cell["nulls"] and [self.null(*one) for one in cell["nulls"]]
            claim = self.claims[cell["conjecture"]]
            cell |= {"chapter": claim["chapter"], "name": claim["name"], "control": claim["control"]}
        self.broken = {one["id"]: one for one in records(found["counterexamples"])}
        self.heads = {one["address"]: one for one in found["heads"]}
        self.laws = records(found["laws"])

    def null(self, place, excess, low, high):
        """A null's degrees, its excess with the ends of its interval, and its sequences."""
        degrees, n = self.found["null_degrees"]["rows"][place]
        return degrees, excess, low, high, n

    def full(self, place):
        return f"{self.short(place)} {self.found['tokens'][place][0]}"

    def short(self, place):
        return text.clip(text.token(self.found["tokens"][place][1]), 20)


def square(cell):
    letters = "".join(FLAGS[flag].letter for flag in cell["flags"].split())
    return (
        f"{VERDICTS[Verdict(cell['verdict'])].sign} {'' if cell['degree'] is None else share(cell['degree'])}{letters}"
    )


def matrix(known, component):
    """Component None: of pairs."""
    cells = [cell for cell in known.cells if not cell["control"]]
    cells = [cell for cell in cells if ("+" in cell["head"] if component is None else cell["component"] == component)]
    if component is not None:
        cells = [cell for cell in cells if "+" not in cell["head"]]
    columns = list(dict.fromkeys((cell["conjecture"], cell["component"]) for cell in cells))
    chapters = list(dict.fromkeys(one["chapter"] for one in known.claims))
    columns.sort(key=lambda at: (chapters.index(known.claims[at[0]]["chapter"]), at[0], COMPONENTS.index(at[1])))
    at = {(cell["head"], cell["conjecture"], cell["component"]): cell for cell in cells}
    names = [
        sentence(known.claims[place]["name"]) + (f", {part}" if component is None else "") for place, part in columns
    ]
    found = list(dict.fromkeys(known.claims[place]["chapter"] for place, _ in columns))
    rows = [["head", *found], names]
    for head in sorted({cell["head"] for cell in cells}, key=lambda name: [*map(int, re.findall(r"\d+", name))]):
        line = [at.get((head, *column)) for column in columns]
        rows.append([head, *("" if cell is None else square(cell).strip() for cell in line)])
    return rows


def ranking(laws, *, component):
    heading = ["law", *(["component"] if component else []), "chapter", "heads", "holds for", "learnt", "bits"]
    rows = [[*heading, "agreement", "random", "rotated", "spread", "spread, rotated"]]
    for law in laws:
        means = [law[key] for key in ("bits", "degree", "null_random", "null_rotated", "spread", "null_spread")]
        rows.append(
            [
                *(sentence(law["conjecture"]), *([law["component"]] if component else []), law["chapter"]),
                *(str(law[key]) for key in ("heads", "held", "learnt")),
                *map(figure, means),
            ]
        )
    return rows


def flips(known, flips, *, on_index):
    rows = []
    for flip in flips:
        head = flip["head"] if not on_index and flip["run_id"] != known.found["run"]["run_id"] else pair(flip["head"])
        law = f"{sentence(flip['conjecture'])} {flip['component']}"
        outcome = [sign(flip["before"]), sign(flip["after"]), "; ".join(flip["causes"])]
        rows.append([*([] if on_index else [flip["run_id"]]), head, law, *outcome])
    return rows


def test_index_and_matrices(pages, known):
    seen = 0
    for component in (*COMPONENTS, None):
        name = "pairs" if component is None else component
        page = pages["index.html" if component == "z" else f"matrix-{name}.html"].tables
        page = page[
            next(
                place
                for place, table in enumerate(page)
                if "the names of laws and heads lead to their pages" in table.name
            ) :
        ]
        assert page[0].rows == matrix(known, component), name
        columns = {(column.removesuffix(f", {part}"), part) for column in page[0].rows[1] for part in COMPONENTS}
        parts = COMPONENTS if component is None else [component]
        singular = [law for law in known.laws if law["component"] in parts]
        singular = [law for law in singular if (sentence(law["conjecture"]), law["component"]) in columns]
        of_pairs = {one["name"] for one in known.claims if "head_pair" in one["code"]}
        singular = [law for law in singular if (law["conjecture"] in of_pairs) == (component is None)]
        assert page[1].rows == ranking(singular, component=component is None), name
        seen += sum(len(row) for row in page[0].rows)
    assert seen > 2000
    index = {table.name: table.rows for table in pages["index.html"].tables}
    new = [flip for flip in records(known.found["history"]["flips"]) if flip["run_id"] == known.found["run"]["run_id"]]
    assert new
    assert index["Verdicts that flipped"][1:] == flips(known, new[:20], on_index=True)
    missing = records(known.found["missing"])
    assert index["Not run"][1:] == [
        [sentence(one["conjecture"]), one["component"], str(one["heads"]), one["why"]] for one in missing
    ]
    assert dict(index["The model, the settings and the versions of this run"])["run"] == known.found["run"]["run_id"]
    told = [table for table in pages["index.html"].tables if table.name.endswith("beside nulls")]
    assert len(told) == 10
    assert len(pages["index.html"].tables) == 6 + len(told)


def away(cell):
    """The excess over the nearest null: nothing where the degree lies among the nulls."""
    found = [null[1] for null in cell["nulls"] or () if null]
    return 0.0 if not found or min(found) < 0 < max(found) else min(found, key=abs)


def test_what_stands_out(pages, known):
    page = pages["index.html"]
    cells = [cell for cell in known.cells if not cell["control"]]
    standing = sorted((cell for cell in cells if cell["stands_out"]), key=lambda cell: -abs(away(cell)))
    compared = sum(all(cell["nulls"] or [None]) for cell in cells)
    assert f"{len(standing)} cells of {compared:,} compared cells stand out" in page.source
    cards = [table for table in page.tables if table.name.endswith("beside nulls")]
    names = ("random weights", "rotated weights", "tokens dealt out")
    for cell, table in zip(standing, cards, strict=False):
        assert table.name == f"{sentence(cell['name'])}, {cell['component']}, beside nulls"
        ends = f"[{share(cell['degree_low'])}, {share(cell['degree_high'])}]"
        assert table.rows[1] == [f"head {cell['head']}", "", f"{share(cell['degree'])} {ends}", ""]
        for name, (degrees, excess, low, high, _), row in zip(names, cell["nulls"], table.rows[2:], strict=True):
            assert row[0] == name
            assert row[2] == share(sum(degrees) / len(degrees))
            assert row[3] == f"{signed(excess)} [{signed(low)}, {signed(high)}]"
        said = f"Holds in {cell['census_n'] - cell['violations']} of {cell['census_n']} sequences"
        assert said in page.source
        assert f"{cell['stands_out']} every null by {abs(away(cell)):.3f}" in page.source


def test_the_numbers_that_the_map_and_the_scatter_draw(pages, known):
    drawn = pages["index.html"].data
    heads = [name for name, _ in drawn["heads"]]
    assert heads == list(known.heads)
    at = {(cell["head"], cell["component"], f"{cell['chapter']}.{cell['name']}"): cell for cell in known.cells}
    kinds = set()
    for key, _, _, _, values, verdicts, _ in drawn["quantities"]:
        kind, _, rest = key.partition("-")
        kinds.add(kind)
        if kind in ("excess", "degree"):
            cells = [at.get((head, *rest.split("-", 1))) for head in heads]
            wanted = [cell and (cell["degree"] if kind == "degree" else away(cell)) for cell in cells]
            if kind == "excess":
                wanted = [one if cell and cell["nulls"] else None for one, cell in zip(wanted, cells, strict=True)]
            assert verdicts == "".join(cell["verdict"][0] if cell else " " for cell in cells)
        else:
            wanted = [fact(known.heads[head], kind, rest) for head in heads]
        assert values == [None if one is None else round(one, 3) for one in wanted], key
    assert kinds == {"attends", "bos", "covering", "entropy", "growth", "excess", "degree"}


def fact(head, kind, rest):
    if kind == "growth":
        return next((one["power"]["power"] for one in head["growths"] if one["component"] == rest), None)
    first, _, second = rest.partition("-")
    if kind == "attends":
        return head["facts"]["attends"][first][second.replace("_", " ")]
    return head["facts"]["reads_bos"][first] if kind == "bos" else head["facts"]["says"][first][second][kind]


def test_the_table_of_heads_says_what_the_map_draws(pages):
    page = pages["index.html"]
    table = next(table for table in page.tables if table.name == "Roles, tokens and growth of every head")
    plain = [one for one in page.data["quantities"] if not one[5]]
    assert table.rows[0] == ["head", *(name for _, _, name, *_ in plain)]
    for place, row in enumerate(table.rows[1:]):
        values = [one[4][place] for one in plain]
        assert [float(entry) for entry in row[1:]] == pytest.approx(values, abs=6e-4)


def verdict(cell):
    parts = [sign(cell["verdict"])]
    violations, n = cell["violations"], cell["census_n"]
    if broken := how_broken(Verdict(cell["verdict"]), violations, n):
        parts.append(broken)
    if cell["degree"] is not None:
        low, high = (share(1 - cell[key]) for key in ("rate_high", "rate_low"))
        said = f"holds in {n - violations} of {n} [{low}, {high}]"
        low, high = (share(cell[key]) for key in ("degree_low", "degree_high"))
        said += f"; agreement {share(cell['degree'])} [{low}, {high}]"
        if cell["nulls"] is not None:
            said += "; nulls " + ", ".join(share(mean(degrees)) for degrees, *_ in cell["nulls"])
        if cell["text_degree"] is not None:
            low, high = (share(cell[key]) for key in ("text_low", "text_high"))
            said += f"; on text {share(cell['text_degree'])} [{low}, {high}], n = {cell['text_n']}"
        if cell["near_ties"]:
            said += f"; {cell['near_ties']} near-tie{'s' if cell['near_ties'] > 1 else ''}"
        if cell["near_tied"]:
            said += f"; {share(cell['near_tied'])} of entries near-tied"
        parts.append(said)
    elif cell["verdict"] != "error":
        parts.append("no census")
    parts += [f"stands out {cell['stands_out']}"] if cell["stands_out"] else []
    parts += [FLAGS[flag].word for flag in cell["flags"].split()]
    parts += [cell["counterexample"]] if cell["counterexample"] else []
    parts += [text.visible(cell["message"])] if cell["message"] else []
    return " ".join(" ".join(parts).split())


def verdicts(known, cells):
    columns = sorted({cell["component"] for cell in cells}, key=COMPONENTS.index)
    at = {(cell["conjecture"], cell["component"]): cell for cell in cells}
    rows, chapters = [["law", *columns]], {}
    for place, claim in enumerate(known.claims):
        if claim["control"] or not any(key[0] == place for key in at):
            continue
        line = []
        for part in columns:
            absent = "not run" if part in claim["components"] else ""
            line.append(verdict(at[place, part]) if (place, part) in at else absent)
        chapters.setdefault(claim["chapter"], []).append([sentence(claim["name"]), *line])
    for chapter, lines in chapters.items():
        rows += [[chapter.capitalize()], *lines]
    return rows


def by_chapter(known, cells):
    rows = [["chapter", *map(sign, WORDS)]]
    for chapter in dict.fromkeys(cell["chapter"] for cell in cells):
        own = [cell["verdict"] for cell in cells if cell["chapter"] == chapter]
        rows.append([chapter, *(str(own.count(word) or "") for word in WORDS)])
    return rows


def check_readings(known, table):
    """Every line of a counterexample: the input, or what is read at some query of it."""
    one = known.broken[table.name.removeprefix("Readings of counterexample ")]
    width = len(table.rows[0]) - 1
    assert table.rows[0] == ["position", *map(str, range(width))]
    lines = [
        [name, [entry.removeprefix("first difference≠") for entry in entries]] for name, *entries in table.rows[1:]
    ]
    expected = {}
    for label, _, sequence, read in one["readings"]:
        expected[f"input {label}"] = sequence
        rows = enumerate(read) if read and isinstance(read[0], list) else [(None, read)]
        for query, row in rows:
            expected[f"reading {label}" + ("" if query is None else f", query {query}")] = row
    for name, entries in lines:
        places = expected[name]
        filled = [entry for entry in entries if entry and entry != "nothing"]
        assert filled == [known.full(place) for place in places], (table.name, name)
    assert len([name for name, _ in lines if name.startswith("input")]) == len(one["readings"])
    assert [name for name, _ in lines if name.startswith("reading")]


def test_heads(pages, known, folder):
    ways = automata = 0
    for address, head in known.heads.items():
        page = pages[head_page(address)]
        cells = [cell for cell in known.cells if cell["head"] == address and not cell["control"]]
        named = {table.name: table.rows for table in page.tables}
        assert named.pop("Verdicts by chapter") == by_chapter(known, cells)
        assert named.pop(f"Verdicts on head {address}") == verdicts(known, cells), address
        told = check_card(known, head, cells, page)
        rest = [table for table in page.tables if table.name in named and table.name not in told]
        broken = [table for table in rest if table.name.startswith("Readings of counterexample")]
        assert broken
        for table in broken:
            check_readings(known, table)
        plots = [table.rows for table in rest if table.name == "Readings by position"]
        for plot, rows in zip(head["token_plots"], plots, strict=True):
            lines = [[name, *map(known.short, plot[name])] for name in "qkvz"]
            numbers = ["position", *map(str, range(len(plot["sequence"])))]
            assert rows == [numbers, ["input", *map(known.short, plot["sequence"])], *lines]
        growths = [table.rows for table in rest if table.name == "Alphabet by length"]
        lengths = (1, 2, 4, 8, 16, 24)
        for growth, rows in zip(head["growths"], growths, strict=True):
            assert rows[0] == ["family", *map(str, lengths)]
            curves = [[name, *(figure(curve[length - 1]) for length in lengths)] for name, curve in growth["curves"]]
            assert rows[1:] == curves
            power = growth["power"]
            assert f"<h3>Component <code>{growth['component']}</code>: {power['kind']}</h3>" in page.source
            said = f"<b>{figure(power['power'])}</b> <small>[{figure(power['low'])}, {figure(power['high'])}]"
            assert f"{said}, n = {growth['sequences']}</small>" in page.source
        graphs = [table.rows for table in rest if table.name == "Edges, commonest first"]
        for graph, rows in zip(head["transitions"], graphs, strict=True):
            ways += check_edges(known, graph, rows[1:])
        claims = [table.rows for table in rest if table.name.startswith("Tested on sequences")]
        said = [graph["claims"] for graph in head["transitions"] if graph["claims"]]
        assert [rows[1:] for rows in claims] == [list(map(claimed, one)) for one in said]
        shown = [table.rows[1:] for table in rest if table.name.startswith("Structure, on")]
        assert shown == [structure(graph["structure"]) for graph in head["transitions"]]
        sets = [table.rows[1:] for table in rest if table.name.startswith("Sets of nodes")]
        assert sets == [cycles(known, graph) for graph in head["transitions"]]
        steps = [table.rows[1:] for table in rest if table.name.startswith("Transitions of the automaton")]
        machines = [automaton(known, graph) for graph in head["transitions"]]
        assert steps == [machine for machine in machines if machine]
        automata += len(steps)
        walked = (broken, plots, growths, graphs, claims, shown, sets, steps)
        assert len(rest) == sum(map(len, walked)), "no table goes unread"
        check_drawn(known, head, page.data)
        check_graphs(known, head, folder / "graphs" / f"{address}.js")
    assert ways > 100
    assert automata > 5


def check_card(known, head, cells, page):
    """The card's tables: roles, what deviates most beside its nulls, and where z departs. Gives their names."""
    tables = {table.name: table.rows for table in page.tables}
    facts, told = head["facts"], []
    roles = facts["attends"]["random"]
    rows = [[role, figure(share), figure(facts["attends"]["text"][role])] for role, share in roles.items()]
    told.append(
        f"Mean attention by role, {facts['sequences']} sequences of each kind; "
        "for copies, each sequence is repeated once"
    )
    assert tables[told[-1]][1:] == rows
    for cell in deviating(cells):
        told.append(f"{sentence(cell['name'])}, {cell['component']}, beside nulls")
        low, high = (share(cell[key]) for key in ("degree_low", "degree_high"))
        own = [f"head {head['address']}", "", f"{share(cell['degree'])} [{low}, {high}]", ""]
        nulls = [
            [name, "", share(mean(degrees)), f"{signed(excess)} [{signed(low)}, {signed(high)}]"]
            for name, (degrees, excess, low, high, _) in zip(NULL_NAMES.values(), cell["nulls"], strict=True)
        ]
        assert tables[told[-1]][1:] == [own, *nulls]
        away = nearest(cell)
        assert f"<b>{'above' if away > 0 else 'below'} every null by {abs(away):.3f}</b>" in page.source
    for number, one in enumerate(facts["departs"], start=1):
        told.append(f"Passage {number}, where z departs")
        z = [known.short(place) for place in one["z"]]
        z[one["at"]] = "rare" + z[one["at"]]
        assert tables[told[-1]][1:] == [["text", *map(known.short, one["sequence"])], ["z", *z]]
        assert f"read {one['count']} time" in page.source
    for said in facts["says"].values():
        for kind in said.values():
            assert f"of {kind['positions']} positions" in page.source
            assert f"{kind['distinct']} distinct, entropy {figure(kind['entropy'])} bits" in page.source
            place, commonest = kind["commonest"][0]
            id = known.found["tokens"][place][0]
            assert f'<i>{id}</i> <span class="nb">in {percentage(commonest)}' in page.source
    for value in facts["reads_bos"].values():
        assert f"at {percentage(value)} of positions" in page.source
    return set(told)


def nearest(cell):
    found = [null[1] for null in cell["nulls"] or []]
    return 0.0 if not found or min(found) < 0 < max(found) else min(found, key=abs)


def deviating(cells):
    open_ = [cell for cell in cells if nearest(cell) and not BARRED & set(cell["flags"].split())]
    return sorted(open_, key=lambda cell: (not cell["stands_out"], -abs(nearest(cell))))[:3]


def structure(found):
    cyclic, machine = found["recurrent"], found["machine"]
    size, transitions = machine["size"], len(machine["transitions"])
    led = f"{transitions} transition{'s' * (transitions != 1)}"
    said = f"{size} state{'s' * (size > 1)}, {led}, {machine['unmet']} never met"
    return [
        ["strongly connected components", str(found["strong"])],
        ["components with a cycle", str(len(cyclic))],
        ["absorbing components with a cycle", str(sum(one["absorbing"] for one in cyclic))],
        ["nodes that no step left", str(found["ends"])],
        [
            "pairs of node and label that were met more than once and always led to the same node",
            f"{found['deterministic']} of {found['pairs']}",
        ],
        ["entropy of the next node given the node, in bits per step", figure(found["given_state"])],
        ["entropy of the next node given node and label", figure(found["given_both"])],
        ["smallest automaton with the same behaviour", f"none: {machine['why_not']}" if machine["why_not"] else said],
    ]


def cycles(known, graph):
    at = {known.found["tokens"][place][0]: place for place, _ in graph["nodes"]}
    rows = []
    for one in graph["structure"]["recurrent"][:6]:
        stays, which = one["stays"], [known.full(at[id]) for id in one["nodes"][:8]]
        which += ["…"] if len(one["nodes"]) > 8 else []
        stay = ["", ""] if stays is None else [" ".join(claimed(["", stays])[1:3]), str(stays["n"])]
        absorbing = "yes" if one["absorbing"] else "no"
        rows.append([str(len(one["nodes"])), str(one["period"]), absorbing, *stay, " ".join(which)])
    return rows


def automaton(known, graph):
    at = {known.found["tokens"][place][0]: place for place, _ in graph["nodes"]}
    steps = graph["structure"]["machine"]["transitions"][:40]
    return [
        [str(source), text.clip(text.token(label), 20), known.full(at[says]), str(target)]
        for source, label, says, target in steps
    ]


def check_graphs(known, head, path):
    """The file that graphs are drawn from: the commonest nodes and edges of each, with their counts."""
    packed = json.loads(path.read_text("ascii").removeprefix("headlaws.graphs(").removesuffix(");\n"))
    assert len(packed["names"]) == len({id for _, id in packed["names"]}), "each name once"
    for graph, drawn in zip(head["transitions"], packed["graphs"], strict=True):
        tokens = {known.found["tokens"][place][0]: (known.found["tokens"][place][1], n) for place, n in graph["nodes"]}
        named = [packed["names"][place] for place, *_ in drawn["nodes"]]
        for (name, id), (_, count, *_) in zip(named, drawn["nodes"], strict=True):
            assert (name, count) == (text.token(tokens[id][0]), tokens[id][1])
        edges = [(named[source][1], named[target][1], count) for source, target, count in drawn["edges"]]
        ids = [known.found["tokens"][place][0] for place, _ in graph["nodes"]]
        assert set(edges) <= {(ids[source], ids[target], count) for source, target, count, _ in graph["edges"]}
        assert edges


def claimed(claim):
    name, one = claim
    return [name, share(one["value"]), f"[{share(one['low'])}, {share(one['high'])}]", str(one["n"])]


def check_edges(known, graph, rows):
    at = [place for place, _ in graph["nodes"]]
    leaving = {}
    for source, _, count, _ in graph["edges"]:
        leaving[source] = leaving.get(source, 0) + count
    shown = graph["edges"][:16]
    for (source, target, count, examples), row in zip(shown, rows, strict=True):
        labels = " ".join(text.clip(text.token(graph["labels"][one]), 12) for one in examples)
        ends = [known.full(at[source]), known.full(at[target])]
        assert row == [*ends, str(count), str(leaving[source]), " ".join(labels.split())]
    return len(shown)


def check_drawn(known, head, data):
    """What the page's script draws is rounded from report.json, or the same."""
    assert data["growths"] == [growth["curves"] for growth in head["growths"]]
    for plot, drawn in zip(head["token_plots"], data["plots"], strict=True):
        assert drawn["attention"] == [[round(1000 * value) for value in row] for row in plot["attention"]]
        assert drawn["rows"] == plot["rows"]
        assert drawn["near_ties"] == plot["near_ties"]


def test_pairs(pages, known):
    seen = 0
    for layer in range(3):
        table, *rest = pages[pairs_page(str(layer))].tables
        cells = [cell for cell in known.cells if "+" in cell["head"] and cell["head"].startswith(f"{layer}.")]
        at = {(cell["head"], sentence(cell["name"]), cell["component"]): cell for cell in cells}
        columns = [column.rpartition(" ")[::2] for column in table.rows[0][1:]]
        for line in table.rows[1:]:
            head = line[0].replace(" ", "")
            assert line[1:] == [verdict(at[head, *column]) for column in columns]
            seen += len(columns)
        assert len(table.rows) == 16, "15 pairs of 6 heads"
        assert len(rest) == 4
        for one in rest:
            check_readings(known, one)
    assert seen == sum("+" in cell["head"] for cell in known.cells) > 300


def test_laws(pages, known):
    squares = points = 0
    for place, claim in enumerate(known.claims):
        page = pages[law_page(claim["chapter"], claim["name"])]
        cells = [cell for cell in known.cells if cell["conjecture"] == place]
        parts = [part for part in COMPONENTS if any(cell["component"] == part for cell in cells)]
        tables = iter(page.tables)
        if not parts:
            assert not page.tables
            continue
        rows = next(tables).rows[1:]
        laws = {law["component"]: law for law in known.laws if (law["chapter"], law["conjecture"]) == key(claim)}
        if claim["control"]:
            assert [row[0].split(":")[0].split() for row in rows] == [parts]
        else:
            assert rows == [short(laws[part]) for part in parts if part in laws]
        for number, part in enumerate(parts):
            own = [cell for cell in cells if cell["component"] == part and "+" not in cell["head"]]
            if own:
                squares += check_map(next(tables).rows, own)
            rotated = {
                cell["head"]: [round(mean(cell["nulls"][1][0]), 3), round(cell["degree"], 3)]
                for cell in own
                if cell["nulls"] is not None
            }
            drawn = page.data["nulls"][number]
            layers = sorted({int(cell["head"].split(".")[0]) for cell in own}) if rotated else []
            heads = range(max((int(cell["head"].split(".")[1]) for cell in own), default=-1) + 1)
            assert drawn == [[rotated.get(f"{layer}.{head}") for head in heads] for layer in layers]
            points += len(rotated)
        for table in tables:
            check_readings(known, table)
    assert squares > 2000
    assert points > 500


def key(claim):
    return claim["chapter"], claim["name"]


def short(law):
    counts = [str(law[name]) for name in ("heads", "held", "learnt")]
    return [
        law["component"],
        *counts,
        *(figure(law[name]) for name in ("bits", "degree", "null_random", "null_rotated")),
    ]


def held(cell):
    """The verdict's sign, and the share of the census that the law holds of."""
    n = cell["census_n"]
    rate = share(1 - cell["violations"] / n) if n else ""
    return f"{VERDICTS[Verdict(cell['verdict'])].sign} {rate}".strip()


def check_map(rows, cells):
    at = {tuple(map(int, cell["head"].split("."))): cell for cell in cells}
    width = max(head for _, head in at) + 1
    assert rows[0] == ["layer", *map(str, range(width))]
    layers = sorted({layer for layer, _ in at})
    for layer, row in zip(layers, rows[1:], strict=True):
        found = [at.get((layer, head)) for head in range(width)]
        signs = ["" if cell is None else held(cell) for cell in found]
        assert row == [str(layer), *signs]
    return len(cells)


def test_the_model(pages, known):
    tables = {table.name: table.rows for table in pages["model.html"].tables}
    kinship = known.found["kinship"]
    rows = tables["Families, the largest first"][1:]
    for family, row in zip(kinship["families"], rows, strict=True):
        traits = " ".join(
            f"{sentence(one['conjecture'])} {one['component']} {figure(one['inside'])}, {figure(one['outside'])}"
            for one in family["traits"]
        )
        assert row == [family["name"], str(len(family["heads"])), family["typical"], traits, " ".join(family["heads"])]
    rows = tables["Implications, the surest first"][1:]
    for one, row in zip(known.found["implications"], rows, strict=True):
        laws = [f"{sentence(one[name][1])} {one[name][2]}" for name in ("law", "implied")]
        more = one["exceptions"] - len(one["breaking"])
        breaking = " ".join([*one["breaking"], *([f"and {more} more"] if more > 0 else [])])
        counts = [str(one["support"]), str(one["exceptions"]), figure(one["at_most"]), figure(one["base"])]
        assert row == [*laws, *counts, breaking]
    assert tables["Laws, most telling first"] == ranking(known.laws, component=True)
    assert len(tables) == 3
    assert [row[:4] for row in pages["model.html"].data["plane"]] == [
        [one["head"], one["family"], one["x"], one["y"]] for one in kinship["heads"]
    ]


def test_the_history(pages, known):
    tables = {table.name: table.rows for table in pages["history.html"].tables}
    history = known.found["history"]
    rows = tables["Runs, oldest first"][1:]
    for night, row in zip(history["nights"], rows, strict=True):
        stamp = night["started"][:19].replace("T", " ") + " UTC"
        counts = [str(night["counts"][word]) for word in WORDS]
        assert row[:-1] == [
            night["run_id"],
            stamp,
            CHECKS[night["controls"]].word,
            str(night["heads"]),
            *counts,
            str(night["flips"]),
        ]
    assert tables["Flips, newest first"][1:] == flips(known, records(history["flips"]), on_index=False)
    assert len(tables) == 2


def test_every_kind_of_page_is_walked(pages):
    kinds = {re.sub(r"^(heads|laws|pairs)/.*", r"\1", name) for name in pages}
    assert kinds == {"index.html", "heads", "laws", "pairs", "model.html", "history.html"} | {
        f"matrix-{name}.html" for name in ("q", "k", "v", "qk", "attn", "pairs")
    }
