"""What a report shows, as frozen records: the pages and ``report.json`` are two ways of writing these down.

Nothing here formats and nothing here reads: `reports.rows` fills these records from a store, `reports.sheets` arranges
them for a page. Text is kept as it is in the vocabulary; only pages make it visible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What search and census together say of a claim about one component of one head."""

    SATISFIED = "satisfied"
    MOSTLY = "mostly"
    REFUTED = "refuted"
    UNDECIDED = "undecided"
    VACUOUS = "vacuous"
    ERROR = "error"


class Controls(StrEnum):
    """How the claims whose truth is known came out, and with that whether the rest may be believed."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_RUN = "not run"


class Control(StrEnum):
    """What is known beforehand about a claim."""

    NONE = ""
    HOLDS = "holds"
    FAILS = "fails"


@dataclass(frozen=True)
class Token:
    """One entry of the model's vocabulary."""

    id: int
    text: str


@dataclass(frozen=True)
class Estimate:
    """A share between 0 and 1, with its interval and the number of sequences it rests on. Never without the latter."""

    value: float
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Reading:
    """A head's attention tokens for a stretch of a sequence: ``tokens`` in a line, or ``rows`` a lower triangle (qk).

    A line has one token a position, or fewer where the claim speaks of some only. The stretch begins at ``start``.
    """

    label: str
    start: int
    sequence: tuple[Token, ...]
    tokens: tuple[Token, ...] | None
    rows: tuple[tuple[Token, ...], ...] | None


@dataclass(frozen=True)
class Difference:
    """Where readings first disagree: which ones, and the position ``(i,)`` or pair ``(i, j)`` in the first of them."""

    readings: tuple[int, ...]
    at: tuple[int, ...]


@dataclass(frozen=True)
class Counterexample:
    """An input that breaks a claim, as small as the search could make it."""

    id: str
    inputs: tuple[tuple[str, str], ...]
    readings: tuple[Reading, ...]
    first_difference: Difference | None
    length: int | None


@dataclass(frozen=True)
class Cell:
    """The verdict on one conjecture for one component of one head. ``violation_rate`` is the census's, by sequence.

    ``p_value`` is that of `satisfied` or `mostly`, corrected by Holm over ``family`` cells.
    ``null_random`` and ``null_rotated`` are the degrees on the model's nulls, without intervals.
    """

    head: str
    component: str
    projection: str
    chapter: str
    conjecture: str
    verdict: Verdict
    degree: Estimate | None
    null_random: Estimate | None
    null_rotated: Estimate | None
    violation_rate: Estimate | None
    search_n: int | None
    census_n: int | None
    violations: int | None
    near_ties: int | None
    discarded: int | None
    p_value: float | None
    family: int
    margin: float | None
    flags: tuple[str, ...]
    counterexample: Counterexample | None
    message: str


@dataclass(frozen=True)
class Conjecture:
    """A claim as its author wrote it down: the docstring explains it, the code is it."""

    chapter: str
    name: str
    claim: str
    reason: str
    source: str
    components: tuple[str, ...]
    family: str
    control: Control
    code: str


@dataclass(frozen=True)
class TokenPlot:
    """One sequence as a head reads it.

    ``rows`` (the qk tokens), ``near_ties`` and ``attention`` are lower triangles: query i, key j <= i.
    """

    family: str
    sequence: tuple[Token, ...]
    rows: tuple[tuple[Token, ...], ...]
    near_ties: tuple[tuple[bool, ...], ...]
    attention: tuple[tuple[float | None, ...], ...]
    q: tuple[Token, ...]
    k: tuple[Token, ...]
    v: tuple[Token, ...]
    z: tuple[Token, ...]


@dataclass(frozen=True)
class Node:
    """An attention token that was the last reading of ``count`` sequences."""

    token: Token
    count: int


@dataclass(frozen=True)
class Edge:
    """``count`` times the last reading went from ``source`` to ``target`` when one token was appended."""

    source: int
    target: int
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Transitions:
    """What appending a token does to a head's last reading.

    ``claims`` holds what was tried of the graph on sequences that it has not seen: a name, a share with its interval,
    and how many sequences it rests on. Empty where a store has none.
    """

    component: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sequences: int
    family: str
    caption: str
    claims: tuple[tuple[str, Estimate], ...]


@dataclass(frozen=True)
class Growth:
    """How a component's alphabet grows with the length of what it reads.

    ``curves`` holds, for each family of sequences, the mean number of attention tokens after 1, 2, ... positions;
    ``vocabulary`` the commonest tokens with how often they were read, ``distinct`` of them in all.
    """

    component: str
    sequences: int
    curves: tuple[tuple[str, tuple[float, ...]], ...]
    vocabulary: tuple[tuple[Token, int], ...]
    distinct: int
    readings: int


@dataclass(frozen=True)
class Head:
    """All that a run found out about one head."""

    address: str
    counts: Mapping[str, int]
    cells: tuple[Cell, ...]
    token_plots: tuple[TokenPlot, ...]
    transitions: tuple[Transitions, ...]
    growths: tuple[Growth, ...]


@dataclass(frozen=True)
class Run:
    """What was run, on what, and with what: enough to run it again."""

    run_id: str
    model: str
    fingerprint: str
    started: str
    ended: str | None
    controls: Controls
    record: Mapping[str, object]


@dataclass(frozen=True)
class Nulls:
    """The null models of a run: how many sequences were asked of each, or why there are none."""

    sequences: int
    missing: str


@dataclass(frozen=True)
class Law:
    """A conjecture about one component, over all heads that it was tried on.

    Attributes:
        heads: on which it came out as satisfied, mostly or refuted; ``held`` of them not as refuted.
        learnt: of those that it holds of, the ones without the flags trivial, architectural and untrained.
        bits: the binary entropy of the share ``learnt / heads``: how well the law tells heads apart, beyond what
            heads do that have learnt nothing. 1 at half of the heads, 0 where it holds of none or of all.
        degree, null_random, null_rotated: means over the heads, and ``spread`` the standard deviations of the first
            and the last.
    """

    chapter: str
    conjecture: str
    component: str
    heads: int
    held: int
    learnt: int
    bits: float
    degree: float | None
    null_random: float | None
    null_rotated: float | None
    spread: float | None
    null_spread: float | None


@dataclass(frozen=True)
class Trait:
    """What sets a family of heads apart: a law's mean degree among them, and among all other heads."""

    chapter: str
    conjecture: str
    component: str
    inside: float
    outside: float


@dataclass(frozen=True)
class Family:
    """Heads of like signatures. ``typical`` is the one nearest to the others on average."""

    name: str
    heads: tuple[str, ...]
    typical: str
    traits: tuple[Trait, ...]


@dataclass(frozen=True)
class Neighbours:
    """A head's place among the heads: its family, the heads nearest to it with their distances, and a point."""

    head: str
    family: str
    nearest: tuple[tuple[str, float], ...]
    x: float
    y: float


@dataclass(frozen=True)
class Kinship:
    """Heads by likeness of signature.

    Distance: the mean difference of degree over the laws tried on both. ``silhouette`` says how clearly the families
    stand apart: near 1 clearly, near 0 not at all; None where there are too few heads to ask.
    """

    families: tuple[Family, ...]
    heads: tuple[Neighbours, ...]
    silhouette: float | None


LawKey = tuple[str, str, str]
"""Chapter, conjecture, component."""


@dataclass(frozen=True)
class Implication:
    """Of the ``support`` heads that ``law`` holds of and ``implied`` was decided of, all but ``exceptions`` obey both.

    Attributes:
        at_most: upper bound of the share of exceptions, at 0.95, were these heads a sample.
        base: the share of all heads that ``implied`` holds of.
        breaking: the first few heads that are exceptions.
    """

    law: LawKey
    implied: LawKey
    support: int
    exceptions: int
    at_most: float
    base: float
    breaking: tuple[str, ...]


@dataclass(frozen=True)
class Twins:
    """Laws that are one law as far as these heads tell: decided on the same heads, with the same outcome on each."""

    laws: tuple[LawKey, ...]
    heads: int
    held: int


@dataclass(frozen=True)
class Night:
    """A run among the runs of the same model. ``differs``: in what from the run before, a line each."""

    run_id: str
    started: str
    controls: str
    heads: int
    counts: Mapping[str, int]
    differs: tuple[str, ...]
    flips: int


@dataclass(frozen=True)
class Flip:
    """A verdict that is another one than when the cell was last tried. ``causes``: what differed between the runs."""

    run_id: str
    since: str
    head: str
    component: str
    chapter: str
    conjecture: str
    before: str
    after: str
    causes: tuple[str, ...]


@dataclass(frozen=True)
class History:
    """Runs of the same model up to this one, oldest first, and the newest flips. ``unchanged``: cells tried again."""

    nights: tuple[Night, ...]
    flips: tuple[Flip, ...]
    flips_in_all: int
    since: str
    changed: int
    unchanged: int
    new: int
    gone: int


@dataclass(frozen=True)
class Missing:
    """Cells of this run that were not filed, and why. ``heads`` says how many."""

    chapter: str
    conjecture: str
    component: str
    heads: int
    why: str


@dataclass(frozen=True)
class Report:
    """Everything that the pages of one run show. ``counts`` leave the controls out; those are counted on their own."""

    run: Run
    nulls: Nulls
    counts: Mapping[str, int]
    controls_as_known: int
    controls_filed: int
    conjectures: tuple[Conjecture, ...]
    heads: tuple[Head, ...]
    laws: tuple[Law, ...]
    kinship: Kinship
    implications: tuple[Implication, ...]
    twins: tuple[Twins, ...]
    history: History
    missing: tuple[Missing, ...]
