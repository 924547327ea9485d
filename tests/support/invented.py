"""A store with invented runs, written by the instrument's own writer, hostile vocabulary and all."""

import random
from dataclasses import dataclass, replace
from pathlib import Path

from harness.records.cell import Cell, Exhibit, Verdict
from harness.records.counterexample import Counterexample, ShownReading
from harness.records.run import Run
from harness.records.store import Store
from tests.support.invented_facts import beside, facts

HOSTILE = {
    7: "</script><script>alert(1)</script>",
    8: '<img src=x onerror="alert(2)">',
    9: "\u202egnp.exe\u202c",
    10: "\n",
    11: "\x00\x1b[31m",
    12: "\ud800",
    13: "x" * 200,
    14: "\u05e9\u05dc\u05d5\u05dd",
    15: "\u0301" * 60,
    16: "",
    17: "{{ 7*7 }}{% raw %}",
    18: "的的的的的的的的",
    19: '"]]>--><!--',
}
WORDS = (
    " the",
    ",",
    " of",
    ".",
    "\n",
    " and",
    "ing",
    " to",
    " in",
    "s",
    "ultz",
    " Jude",
    "eday",
    " said",
    "The",
    " is",
    "ly",
)
CLAIMS = (
    ("controls", "an_appended_token_changes_no_earlier_reading", "q k v z qk", "holds"),
    ("controls", "reading_twice_gives_the_same_result", "q k v z qk", "holds"),
    ("controls", "every_reading_is_the_first_token", "q k v z qk", "fails"),
    ("repetition", "a_repeat_adds_no_new_attention_tokens", "qk v z", ""),
    ("repetition", "a_repeated_token_reads_the_same_everywhere", "q k v z", ""),
    ("periodicity", "a_periodic_sequence_has_a_periodic_reading", "q k v z qk", ""),
    ("extension", "the_next_reading_depends_on_the_last_token_only", "q k v z", ""),
    ("extension", "appending_the_last_token_again_changes_nothing", "v z qk", ""),
)
SPREAD = (
    (Verdict.SATISFIED, 1.0, 0),
    (Verdict.MOSTLY, 0.987, 4),
    (Verdict.REFUTED, 0.412, 171),
    (Verdict.UNDECIDED, 0.968, 7),
    (Verdict.VACUOUS, None, 0),
    (Verdict.ERROR, None, 0),
    (Verdict.REFUTED, 0.731, 96),
    (Verdict.REFUTED, 0.0, 200),
)


@dataclass(frozen=True)
class Claim:
    """What the store's writer reads of a conjecture's entry."""

    chapter: str
    name: str
    components: tuple[str, ...]
    control: str

    path = "/book/chapter.py"
    claim = "However often a word is repeated, the head needs no attention token that two repeats did not need."
    reason = (
        "Heads that see token identity or the previous token obey this;\nheads that count do not. <b>1 < 2</b>\n\nMore."
    )
    source = "seed notebook, random inputs"
    family = "word=words(max_length=6), times=integers(2, 5)"

    @property
    def code(self) -> str:
        return f"@given(word=words())\ndef {self.name}(head, word):\n\tassert '</script>' != '\x00'\n"


def text(id: int) -> str:
    return HOSTILE.get(id, WORDS[id % len(WORDS)])


def _shown(label: str, ids: list[int], tokens: list[int], *, triangle: bool) -> ShownReading:
    rows = [tokens[: i + 1] for i in range(len(ids))] if triangle else None
    named: list = [[text(t) for t in row] for row in rows] if rows is not None else [text(t) for t in tokens]
    return ShownReading(label, 0, ids, [text(i) for i in ids], rows, None if triangle else tokens, named, [])


def counterexample(component: str, name: str, rng: random.Random) -> Counterexample:
    n = rng.choice((1, 1, 1, 2, 2, 3))
    word = [rng.randrange(60) for _ in range(n)]
    one = [rng.randrange(7, 40) for _ in range(2 * n)]
    other = [*one[: n - 1], 30]
    at = n - 1
    return Counterexample(
        id=f"{rng.getrandbits(32):08x}",
        inputs={"word": repr(tuple(word)), "times": "2"},
        readings=(
            _shown("head(word * 2)", word * 2, one, triangle=component == "qk"),
            _shown("head(word)", word, other, triangle=component == "qk"),
        ),
        first_difference=(at, at) if component == "qk" else (at,),
        margin=0.0421,
        length=2 * n,
    )


def cell(head: str, component: str, claim: Claim, rng: random.Random) -> Cell:
    verdict, degree, violations = rng.choice(SPREAD)
    if claim.control:
        verdict, degree, violations = SPREAD[0] if claim.control == "holds" else SPREAD[7]
    against = verdict in (Verdict.REFUTED, Verdict.MOSTLY)
    return Cell(
        head=head,
        component=component,
        projection="output",
        chapter=claim.chapter,
        conjecture=claim.name,
        verdict=verdict,
        degree=degree,
        degree_low=None if degree is None else max(0.0, degree - 0.031),
        degree_high=None if degree is None else min(1.0, degree + 0.017),
        null_random=None if degree is None or claim.control else round(degree / 4, 3),
        null_rotated=None if degree is None or claim.control else round(degree / 3, 3),
        search_n=100,
        census_n=0 if degree is None else 200,
        violations=violations,
        rate_low=None if degree is None else max(0.0, violations / 200 - 0.02),
        rate_high=None if degree is None else min(1.0, violations / 200 + 0.02),
        margin=0.0421 if against else None,
        flags=rng.choice(("", "", "", "trivial", "gauge", "architectural untrained")),
        counterexample=counterexample(component, claim.name, rng) if against else None,
        message="RuntimeError: <out of memory> at \u202eposition 3" if verdict is Verdict.ERROR else "",
    )


def token_plot(n: int, rng: random.Random) -> dict:
    alphabet = rng.sample(range(7, 40), 9)
    rows = [[rng.choice(alphabet[: 2 + (i + j) // 3]) for j in range(i + 1)] for i in range(n)]
    lines = {name: [rng.choice(alphabet) for _ in range(n)] for name in "qkvz"}
    ids = [rng.randrange(40) for _ in range(n)]
    heat = [[rng.random() ** 3 for _ in range(i + 1)] for i in range(n)]
    return {
        "ids": ids,
        "input": [text(i) for i in ids],
        "rows": rows,
        "strings": {str(i): text(i) for i in alphabet},
        "near_ties": [[rng.random() < 0.04 for _ in row] for row in rows],
        "attention": [[round(x / sum(row), 6) for x in row] for row in heat],
        **lines,
    }


def statistics(nodes: list[int], labels: list[int]) -> dict:
    """Of a small machine that says hostile things; two steps a sequence were never foretold."""
    share = {"value": 0.75, "low": 0.61, "high": 0.86, "n": 60}
    steps = [{"from": 0, "label": label, "says": says, "to": 0} for label, says in zip(labels, nodes, strict=False)]
    return {
        "support": {"coverage": share},
        "determinism": {"pairs": 31, "deterministic": 29, "held_out": share},
        "entropy": {"given_state": 1.25, "given_both": 0.03, "steps": 300},
        "structure": {
            "strong": 3,
            "ends": 1,
            "recurrent": [{"nodes": nodes, "period": 2, "absorbing": True, "stays": share}],
        },
        "prediction": dict.fromkeys(("graph", "label", "first_order", "shuffled"), share),
        "automaton": {"size": 1, "unmet": 0, "accuracy": share, "transitions": steps},
    }


def transitions(size: int, rng: random.Random, families: list[str]) -> dict:
    edges: dict[tuple[int, int], int] = {}
    for _ in range(120):
        source, target = int(size * rng.random() ** 2), int(size * rng.random() ** 2)
        edges[source, target] = edges.get((source, target), 0) + 1
    counts = {node: sum(count for ends, count in edges.items() for end in ends if end == node) for node in range(size)}
    return {
        "nodes": [{"id": node + 5, "text": text(node + 5), "count": counts[node]} for node in range(size)],
        "edges": [
            {"source": s + 5, "target": t + 5, "count": count, "examples": [text(s + t), text(t)]}
            for (s, t), count in edges.items()
        ],
        "alphabet": [{"id": id, "text": text(id)} for id in HOSTILE],
        "sequences": 120,
        "family": " and ".join(families),
        "caption": "last reading of S to last reading of S + t",
        "statistics": statistics([node + 5 for node in range(size)], [*HOSTILE]),
    }


def draws() -> dict:
    word = [*HOSTILE]
    sequences = [{"name": "word", "ids": word, "text": [*map(text, word)]}]
    return {"seed": 0, "draws": [{"inputs": {"word": repr(tuple(word)), "times": "2"}, "sequences": sequences}] * 2}


NULLS = {"sequences": 60, "fingerprints": {"random": "aa" * 32, "rotated": "bb" * 32}}


def run(run_id: str, started: str, controls: str, heads: tuple[str, ...], nulls: dict) -> Run:
    return Run(
        run_id=run_id,
        started=started,
        ended="2026-11-23T12:10:05.000+00:00",
        model="smollm2-135m",
        fingerprint="5be1c0de" * 8,
        weights_sha256="b179c952" * 8,
        preparation={"name": "default", "fold_ln": True, "note": "rotary: no SVD refactoring"},
        dtype="float32",
        device="cpu",
        seed=0,
        profile={"search": 100, "census": 200, "epsilon": 0.05, "delta": 0.05, "confidence": 0.95},
        heads=heads,
        components=("q", "k", "v", "z", "qk"),
        projection="output",
        bos=True,
        command="pytest properties/ --head 0.0",
        versions={"python": "3.12.4", "torch": "2.13.0"},
        git_commit="1f2e3d4c5b6a79880f1e2d3c4b5a697887766554+",
        controls=controls,
        nulls=nulls,
    )


def write(
    path: Path,
    *,
    heads: tuple[str, ...] = ("0.0",),
    controls: str = "right",
    run_id: str = "20261123-120919-abcdef",
    started: str = "2026-11-23T12:09:19.123+00:00",
    copies: int = 1,
    nulls: dict = NULLS,
    model: str = "smollm2-135m",
    seed: int = 5,
) -> Path:
    """A store of one run, by default of one head, the controls right."""
    rng = random.Random(seed)
    claims = [
        Claim(chapter, name + ("" if copy == 0 else f"_{copy}"), tuple(components.split()), control)
        for copy in range(copies)
        for chapter, name, components, control in CLAIMS
        if copy == 0 or not control
    ]
    cells = [cell(head, part, claim, rng) for head in heads for claim in claims for part in claim.components]
    if nulls.get("sequences"):
        cells = [beside(one, rng) for one in cells]
    exhibits = [
        Exhibit(head, "token_plot", family, token_plot(12, rng))
        for head in heads
        for family in ("words", "repeats", "periodic", "passages")
    ]
    exhibits += [facts(head, text, rng) for head in heads]
    exhibits += [Exhibit("", "draws", f"{claim.chapter}.py::{claim.name}", draws()) for claim in claims]
    exhibits += [
        Exhibit(head, "transitions", name, transitions(14, rng, name.split()[1:]))
        for head in heads
        for name in ("z words", "z words repeats periodic")
    ]
    made = replace(run(run_id, started, controls, heads, nulls), model=model)
    Store(path).add(made, claims, [] if controls == "wrong" else cells, exhibits)
    return path


def series(path: Path) -> list[str]:
    """A store with a checkpoint called so for each hostile text that can be a name; gives the ids of the runs."""
    names = [text for text in HOSTILE.values() if text != "\ud800"]
    ids = [f"20261123-12{number:02d}00-000-abcd" for number in range(len(names))]
    for number, (run_id, name) in enumerate(zip(ids, names, strict=True)):
        started = f"2026-11-23T12:{number:02d}:00.000+00:00"
        heads = ("0.0", "0.1", "0.10")
        write(path, heads=heads, run_id=run_id, started=started, model=f"runs/{name}", seed=number)
    return ids
