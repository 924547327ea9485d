"""What a report shows, as frozen records: the pages and ``report.json`` are two ways of writing these down.

Nothing here formats and nothing here reads: `reports.load` fills these records from a store, `reports.pages` arranges
them for a page. Text is kept as it is in the vocabulary; only pages make it visible.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from harness.records.cell import Verdict
from harness.records.claim import Control
from reports.analysis.findings import EquivalentLaws, History, Implication, Kinship, Law, LawKey, Missing


class Controls(StrEnum):
    """How the claims whose truth is known came out, and with that whether the rest may be believed."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_RUN = "not run"


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
    ``near_tied`` is the share of near-ties among all entries that the census read; None of stores before version 3.
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
    near_tied: float | None = None

    @property
    def claim(self) -> tuple[str, str]:
        """Chapter and name of the conjecture that it is about."""
        return self.chapter, self.conjecture

    @property
    def law(self) -> LawKey:
        """The conjecture and the component that it is about."""
        return self.chapter, self.conjecture, self.component


@dataclass(frozen=True)
class Draw:
    """Inputs that a census drew: the arguments as they are written, and the sequences of tokens among them, named."""

    inputs: tuple[tuple[str, str], ...]
    sequences: tuple[tuple[str, tuple[Token, ...]], ...]


@dataclass(frozen=True)
class Conjecture:
    """A claim as its author wrote it down: the docstring explains it, the code is it.

    ``draws`` are the first inputs that its census drew; empty where a store has none.
    """

    chapter: str
    name: str
    claim: str
    reason: str
    source: str
    components: tuple[str, ...]
    family: str
    control: Control
    code: str
    draws: tuple[Draw, ...] = ()

    @property
    def key(self) -> tuple[str, str]:
        """Chapter and name."""
        return self.chapter, self.name


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
class Box:
    """A node's place in a drawing: its centre and its size, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Node:
    """An attention token that was the last reading of ``count`` sequences.

    ``box`` is its place in the drawing of the commonest; nothing where it is not drawn.
    """

    token: Token
    count: int
    box: Box | None = None


@dataclass(frozen=True)
class Edge:
    """``count`` times the last reading went from ``source`` to ``target`` when one token was appended."""

    source: int
    target: int
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True)
class Recurrent:
    """Nodes among which a head can go round: the ids of the nodes, the period of their cycles, whether any step leaves.

    ``stays``: of an absorbing set, the share of held-out sequences that never left it; nothing where none entered.
    """

    nodes: tuple[int, ...]
    period: int
    absorbing: bool
    stays: Estimate | None


@dataclass(frozen=True)
class Machine:
    """The smallest automaton that does what the graph does, or ``why_not``.

    ``transitions``: from, the label that is read, the id of the node that is said, to. ``unmet``: pairs of a state and
    a label of which nothing is known. ``accuracy``: held-out readings foretold from the labels alone.
    """

    size: int
    unmet: int
    accuracy: Estimate | None
    transitions: tuple[tuple[int, str, int, int], ...]
    why_not: str


@dataclass(frozen=True)
class Structure:
    """What a graph is like, by the sequences that it was counted on.

    Attributes:
        strong: strongly connected components, single nodes among them; ``recurrent`` are those with a cycle.
        ends: nodes that no step left.
        pairs: of node and label, met at least twice; ``deterministic`` of them always went one way.
        given_state, given_both: bits a step of the next node, once the node, or node and label, are known.
    """

    strong: int
    ends: int
    recurrent: tuple[Recurrent, ...]
    pairs: int
    deterministic: int
    given_state: float
    given_both: float
    machine: Machine


@dataclass(frozen=True)
class Transitions:
    """What appending a token does to a head's last reading, in sequences of some families.

    ``claims`` holds what was tried of the graph on sequences that it has not seen: a name, a share with its interval,
    and how many sequences it rests on. Empty where a store has none, and so is ``structure``.
    """

    component: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    sequences: int
    family: str
    caption: str
    claims: tuple[tuple[str, Estimate], ...]
    structure: Structure | None


@dataclass(frozen=True)
class Power:
    """The power of distinct input tokens at which distinct attention tokens grow, and the class that makes it."""

    kind: str
    power: float
    low: float
    high: float


@dataclass(frozen=True)
class Growth:
    """How a component's alphabet grows with the length of what it reads.

    ``curves`` holds, for each family of sequences, the mean number of attention tokens after 1, 2, ... positions;
    ``power`` is that of the first family, or nothing where a store has none;
    ``vocabulary`` the commonest tokens with how often they were read, ``distinct`` of them in all.
    """

    component: str
    sequences: int
    curves: tuple[tuple[str, tuple[float, ...]], ...]
    power: Power | None
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
    twins: tuple[EquivalentLaws, ...]
    history: History
    missing: tuple[Missing, ...]
