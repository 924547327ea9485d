"""A store as large as a full run's: 30 layers of 9 heads against the whole book, two nights.

`python -m tests.support.large FILE` makes one to measure with. Verdicts are invented, with a seed, and
written by the store's own writer: heads come in five
kinds, and each law is more or less agreeable to each kind, so that there are families to find.
"""

import random
import sys
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from itertools import combinations
from pathlib import Path
from types import MappingProxyType

from harness.laws.book import conjectures, shipped
from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.claim import ClaimEntry
from harness.records.counterexample import Counterexample, ShownReading
from harness.records.run import Run
from harness.records.store import Store
from harness.runs.filing import FEW_HEADS
from tests.support.invented_facts import beside, facts

LAYERS, HEADS = 30, 9
KINDS = 5
VOCABULARY = 49152
LENGTHS = (2, 2, 2, 3, 4, 4, 4, 5, 6, 8)
"""Lengths of counterexamples. Of 303 of heads 0.0 and 18.6 of the default model half have at most 4 tokens, one in ten
more than 8 or 12, and the longest 40."""
OWN = 300
"""Tokens that the counterexamples of a head are made of: so many that are given, and so many that are read. Those of
the two heads give 71 and 67 tokens, and read 117 and 157."""
SYLLABLES = ("at", "ten", "tion", "la", "yer", "king", " pre", " the", " of", "ing", "é", " 的", "ed", " un", "s")


@cache
def text(id: int) -> str:
    """A word for an id, hostile now and then."""
    if id % 997 == 0:
        return ("</script><script>alert(1)</script>", "\u202egnp", "\n", "\ud800", "x" * 200, "\x00")[id // 997 % 6]
    return SYLLABLES[id % 15] + SYLLABLES[id // 15 % 15] + (SYLLABLES[id // 225 % 15] if id % 3 else "")


def heads(layers: int = LAYERS, each: int = HEADS) -> tuple[str, ...]:
    return tuple(f"{layer}.{head}" for layer in range(layers) for head in range(each))


def entries() -> list[ClaimEntry]:
    return [claim.entry for claim in conjectures(shipped()).values()]


def _addresses(entry: ClaimEntry, chosen: tuple[str, ...]) -> list[str]:
    if "head_pair" not in entry.code:
        return list(chosen)
    return [f"{one}+{other}" for one, other in combinations(chosen, 2) if one.split(".")[0] == other.split(".")[0]]


def _shown(label: str, ids: list[int], read: list[int], *, triangle: bool, rng: random.Random) -> ShownReading:
    if triangle:
        rows = [[read[(5 * i * j + j * j) % (i + 1)] for j in range(i)] + [read[i]] for i in range(len(ids))]
        margins = [[rng.random() for _ in row] for row in rows]
        return ShownReading(
            label, 0, ids, [*map(text, ids)], rows, None, [[text(t) for t in row] for row in rows], margins
        )
    return ShownReading(label, 0, ids, [*map(text, ids)], None, read, [*map(text, read)], [rng.random() for _ in read])


@cache
def _own(head: str) -> tuple[list[int], list[int]]:
    """The tokens that a head is given, and those that it reads."""
    rng = random.Random(head)
    return rng.sample(range(VOCABULARY), OWN), rng.sample(range(VOCABULARY), OWN)


def _broken(head: str, component: str, rng: random.Random) -> Counterexample:
    """As long as those of real heads, and harder to pack: no token is given twice, and no line reads one twice."""
    length = 40 if rng.random() < 0.04 else rng.choice(LENGTHS)
    given, said = _own(head)
    word, one, fresh = rng.sample(given, length), *(rng.sample(said, length) for _ in range(2))
    at = rng.randrange(length)
    other = [*one[:at], *fresh[at:]]
    if other[at] == one[at]:
        other[at] = one[at] ^ 1
    return Counterexample(
        id=f"{rng.getrandbits(32):08x}",
        inputs={"word": repr(tuple(word)), "times": str(rng.randrange(2, 5))},
        readings=tuple(
            _shown(label, word, read, triangle=component == "qk", rng=rng)
            for label, read in (("head(word * times)[:n]", one), ("head(word)", other))
        ),
        first_difference=(at, at) if component == "qk" else (at,),
        margin=rng.random() / 3,
        length=length,
    )


def _cell(head: str, component: str, entry: ClaimEntry, lean: float, rng: random.Random, family: int) -> Cell:
    if entry.control:
        verdict, violations = (Verdict.SATISFIED, 0) if entry.control == "holds" else (Verdict.REFUTED, 200)
    else:
        draw = rng.random()
        if draw < 0.03:
            verdict, violations = rng.choice(((Verdict.UNDECIDED, 1), (Verdict.VACUOUS, 0), (Verdict.ERROR, 0)))
        elif draw < lean:
            verdict, violations = rng.choice(((Verdict.SATISFIED, 0), (Verdict.SATISFIED, 0), (Verdict.MOSTLY, 2)))
        else:
            verdict, violations = Verdict.REFUTED, rng.randrange(20, 400)
    counted = verdict not in (Verdict.VACUOUS, Verdict.ERROR)
    degree = min(1.0, max(0.0, 1 - violations / 420 - rng.random() * 0.05 * (violations > 0)))
    against = verdict in (Verdict.REFUTED, Verdict.MOSTLY)
    null = degree * rng.random()
    on_nulls = counted and not entry.control
    return Cell(
        head=head,
        component=component,
        projection="output",
        chapter=entry.chapter,
        conjecture=entry.name,
        verdict=verdict,
        degree=degree if counted else None,
        degree_low=max(0.0, degree - rng.random() / 20) if counted else None,
        degree_high=min(1.0, degree + rng.random() / 40) if counted else None,
        null_random=null if on_nulls else None,
        null_rotated=min(1.0, null * 1.1) if on_nulls else None,
        search_n=100 if not against else rng.randrange(1, 60),
        census_n=420 if counted else 0,
        violations=violations,
        near_ties=rng.choice((0, 0, 0, 1, 4)),
        near_tied=(violations % 7) ** 4 / 2e4 if counted else None,
        rate_low=max(0.0, violations / 420 - (violations % 7 + 1) / 300) if counted else None,
        rate_high=min(1.0, violations / 420 + (violations % 5 + 1) / 300) if counted else None,
        p_value=min(1.0, (violations + 1) ** 3 / 7e6) if counted else None,
        discarded=rng.choice((0, 0, 0, 3)),
        family=1 if entry.control else family,
        margin=rng.random() if against else None,
        flags=rng.choice(("", "", "", "", "untrained", "trivial", "gauge", "architectural untrained"))
        if verdict in (Verdict.SATISFIED, Verdict.MOSTLY)
        else rng.choice(("", "", "", "gauge")),
        counterexample=_broken(head, component, rng) if against else None,
        message="RuntimeError: <out of memory> at \u202eposition 3" if verdict is Verdict.ERROR else "",
    )


def _plot(rng: random.Random) -> dict:
    size = 12
    alphabet = [rng.randrange(VOCABULARY) for _ in range(9)]
    rows = [[rng.choice(alphabet[: 2 + (i + j) // 3]) for j in range(i + 1)] for i in range(size)]
    heat = [[rng.random() ** 3 for _ in range(i + 1)] for i in range(size)]
    ids = [rng.randrange(VOCABULARY) for _ in range(size)]
    return {
        "ids": ids,
        "input": [*map(text, ids)],
        "rows": rows,
        "strings": {str(i): text(i) for i in alphabet},
        "near_ties": [[rng.random() < 0.04 for _ in row] for row in rows],
        "attention": [[round(x / sum(row), 4) for x in row] for row in heat],
        **{name: [rng.choice(alphabet) for _ in range(size)] for name in "qkvz"},
    }


def _graph(families: tuple[str, ...], rng: random.Random) -> dict:
    size = rng.choice((3, 8, 14, 24))
    ids, alphabet = rng.sample(range(VOCABULARY), size), rng.sample(range(VOCABULARY), 8)
    counts: dict[tuple[int, int], int] = {}
    for _ in range(120):
        ends = ids[int(size * rng.random() ** 2)], ids[int(size * rng.random() ** 2)]
        counts[ends] = counts.get(ends, 0) + 1
    return {
        "families": families,
        "alphabet": [{"id": id, "text": text(id)} for id in alphabet],
        "nodes": [{"id": id, "text": text(id), "count": sum(n for e, n in counts.items() if id in e)} for id in ids],
        "edges": [
            {"source": s, "target": t, "count": n, "examples": [text(s + t & 0xFFF), text(t)]}
            for (s, t), n in counts.items()
        ],
        "sequences": 60 * len(families),
        "family": " and ".join(families),
        "caption": f"last reading of S to last reading of S + t, component z, {', '.join(families)} over 8 tokens",
        "statistics": _statistics(ids, alphabet, rng),
    }


def _share(rng: random.Random, n: int = 60) -> dict:
    value = rng.random()
    return {"value": value, "low": max(0.0, value - 0.1), "high": min(1.0, value + rng.random() / 10), "n": n}


def _statistics(ids: list[int], alphabet: list[int], rng: random.Random) -> dict:
    """As `harness.graphs.graph_json` writes them; of a graph of three nodes, an automaton too."""
    names = ("graph", "label", "first_order", "shuffled", "over_label", "over_first_order", "over_shuffled")
    machine: dict = {"why_not": "the graph foretells 0.412 of held-out steps, surely 0.377: less than 0.95"}
    if len(ids) == 3:
        steps = [
            {"from": s, "label": t, "says": rng.choice(ids), "to": rng.randrange(6)} for s in range(6) for t in alphabet
        ]
        machine = {"size": 6, "unmet": 2, "accuracy": _share(rng), "transitions": steps}
    cycles = [
        {"nodes": ids[:-1], "period": rng.randrange(1, 4), "absorbing": False, "stays": None},
        {"nodes": ids[-1:], "period": 1, "absorbing": True, "stays": _share(rng, 41)},
    ]
    return {
        "support": {"coverage": _share(rng)},
        "determinism": {"pairs": 57, "deterministic": rng.randrange(57), "held_out": _share(rng)},
        "entropy": {"given_state": 3 * rng.random(), "given_both": rng.random(), "steps": 1200},
        "structure": {"strong": 2 + rng.randrange(9), "ends": rng.randrange(3), "recurrent": cycles},
        "prediction": {name: _share(rng) for name in names},
        "automaton": machine,
    }


def _growth(rng: random.Random) -> dict:
    ids = rng.sample(range(VOCABULARY), 30)
    curves = {}
    for family in ("words", "repeats", "periodic"):
        high, steps = rng.uniform(2, 20), range(1, 25)
        curves[family] = [round(high * (1 - 0.8**n), 3) for n in steps]
    power = rng.uniform(0, 2)
    kind = (
        "compresses"
        if power < 0.85
        else "tracks"
        if 0.95 < power < 1.05
        else "expands"
        if power > 1.15
        else "undecided"
    )
    return {
        "sequences": 64,
        "curves": curves,
        "power": {"kind": kind, "power": power, "low": power - 0.05, "high": power + 0.05},
        "vocabulary": [[id, text(id), 200 // (place + 1)] for place, id in enumerate(ids)],
        "distinct": 30 + rng.randrange(400),
        "readings": 1536,
    }


def _draws(rng: random.Random) -> dict:
    drawn = []
    for _ in range(5):
        word, times = [rng.randrange(VOCABULARY) for _ in range(rng.randrange(2, 25))], rng.randrange(2, 5)
        sequences = [{"name": "word", "ids": word, "text": [*map(text, word)]}]
        drawn.append({"inputs": {"word": repr(tuple(word)), "times": str(times)}, "sequences": sequences})
    return {"seed": 0, "draws": drawn}


def _run(name: str, started: str, chosen: tuple[str, ...], seed: int) -> Run:
    return Run(
        run_id=name,
        started=started,
        ended=started.replace("T01", "T07"),
        model="smollm2-135m",
        fingerprint="5be1c0de" * 8,
        weights_sha256="b179c952" * 8,
        preparation={"name": "default", "fold_ln": True, "note": "rotary: no SVD refactoring"},
        dtype="float32",
        device="cpu",
        seed=seed,
        profile={"search": 100, "census": 200, "epsilon": 0.05, "delta": 0.05, "confidence": 0.95},
        heads=chosen,
        components=("q", "k", "v", "z", "qk", "attn"),
        projection="output",
        bos=True,
        command="pytest properties/ --head all",
        versions={"python": "3.12.4", "torch": "2.13.0"},
        git_commit="1f2e3d4c5b6a79880f1e2d3c4b5a697887766554",
        nulls={"sequences": 60, "fingerprints": {"random": "aa" * 32, "rotated": "bb" * 32}},
        controls="right",
    )


def write(
    path: Path,
    *,
    layers: int = LAYERS,
    each: int = HEADS,
    nights: int = 2,
    seed: int = 1,
    plays: Mapping[str, str] = MappingProxyType({}),
) -> Path:
    """A store of some nights; between them a few verdicts flip. Heads attend as the roles say that are given."""
    rng = random.Random(seed)
    chosen, book = heads(layers, each), entries()
    kind = {head: rng.randrange(KINDS) for head in chosen}
    leans = {(entry.chapter, entry.name, k): rng.random() ** 2 for entry in book for k in range(KINDS)}
    cells = [
        beside(
            _cell(
                head, part, entry, leans[entry.chapter, entry.name, kind[head.split("+")[0]]], rng, len(chosen) * 160
            ),
            rng,
        )
        for entry in book
        for head in _addresses(entry, chosen)
        for part in entry.components
        if not ("first layer" in entry.code and not head.startswith("0."))
    ]
    shown = [
        Exhibit(head, "token_plot", family, _plot(rng))
        for head in chosen
        for family in ("words", "repeats", "periodic", "passages")
    ]
    together = ("words", "repeats", "periodic")
    apart = [(family,) for family in together] if len(chosen) <= FEW_HEADS else []
    shown += [
        Exhibit(head, "transitions", " ".join(("z", *families)), _graph(families, rng))
        for head in chosen
        for families in (*apart, together)
    ]
    shown += [
        Exhibit(head, "growth", part, _growth(rng)) for head in chosen for part in (("qk", "z") if apart else ("z",))
    ]
    shown += [facts(head, text, rng, plays.get(head, "")) for head in chosen]
    shown += [Exhibit("", "draws", f"{entry.chapter}.py::{entry.name}", _draws(rng)) for entry in book]
    store = Store(path)
    for night in range(nights):
        name, started = f"202611{20 + night}-010000-000-ab{night:02d}", f"2026-11-{20 + night}T01:00:00.000+00:00"
        exhibits = shown if night == nights - 1 else []
        store.add(_run(name, started, chosen, night // 2), book, cells, exhibits)
        cells = _turned(cells, rng)
    return path


def _turned(cells: list[Cell], rng: random.Random) -> list[Cell]:
    """The next night's cells: one in 250 that were satisfied is not, the first of them for certain."""
    satisfied = [place for place, cell in enumerate(cells) if cell.verdict is Verdict.SATISFIED and cell.family > 1]
    turned = {place for place in satisfied if rng.random() < 0.004} | {*satisfied[:1]}
    return [
        replace(cell, verdict=Verdict.UNDECIDED, violations=1) if place in turned else cell
        for place, cell in enumerate(cells)
    ]


if __name__ == "__main__":
    print(write(Path(sys.argv[1])))
