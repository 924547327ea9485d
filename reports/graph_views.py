"""What a report shows of a head's transitions and of its growth, as frozen records; see `views`."""

from dataclasses import dataclass

from reports.values import Estimate, Token


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
