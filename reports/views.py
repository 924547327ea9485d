"""What a report shows, as frozen records: the pages and ``report.json`` are two ways of writing these down.

Nothing here formats and nothing here reads: `reports.load` fills these records from a store, `reports.pages` arranges
them for a page. Text is kept as it is in the vocabulary; only pages make it visible.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from harness.records.address import PAIR
from harness.records.cell import Verdict
from harness.records.claim import Control
from harness.records.comparison import Comparison
from reports.analysis.findings import EquivalentLaws, History, Implication, Kinship, Law, LawKey, Missing
from reports.graph_views import Growth, Transitions
from reports.head_facts import Facts
from reports.values import Estimate, Token


class Controls(StrEnum):
    """How the claims whose truth is known came out, and with that whether the rest may be believed."""

    RIGHT = "right"
    WRONG = "wrong"
    NOT_RUN = "not run"


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
    ``null_random`` and ``null_rotated`` are the mean degrees on heads of the model's nulls, without intervals.
    ``comparisons`` hold the degree beside each null, ``stands_out`` is `above`, `below` or nothing, and ``text`` is the
    degree on natural text; all three are empty in stores before version 4.
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
    comparisons: Mapping[str, Comparison] = field(default_factory=dict)
    stands_out: str = ""
    text: Estimate | None = None

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
class Head:
    """All that a run found out about one head."""

    address: str
    counts: Mapping[str, int]
    cells: tuple[Cell, ...]
    token_plots: tuple[TokenPlot, ...]
    transitions: tuple[Transitions, ...]
    growths: tuple[Growth, ...]
    facts: Facts | None = None

    @property
    def is_pair(self) -> bool:
        """Whether it is a pair of heads."""
        return PAIR in self.address

    @property
    def layer(self) -> str:
        """The layer that it lies in."""
        return self.address.split(".")[0]


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
    equivalent_laws: tuple[EquivalentLaws, ...]
    history: History
    missing: tuple[Missing, ...]

    @property
    def singles(self) -> list[Head]:
        """The heads by themselves, pairs left out."""
        return [head for head in self.heads if not head.is_pair]

    @property
    def claims(self) -> dict[tuple[str, str], str]:
        """The conjectures that say something of heads, which controls do not, each with its line on a page."""
        return {one.key: f"c{place}" for place, one in enumerate(self.conjectures) if one.control is Control.NONE}
