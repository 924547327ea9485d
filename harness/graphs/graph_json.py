"""Graph JSON: a study as plain data, which reports show and other programs read; the same bytes on every machine.

    format        1
    model, fingerprint, head, component, projection, bos
    abstraction, labelling, families, alphabet (a list of {id, text}), seed
    sequences     how many the graph was counted on, all families together
    held_out      how many its claims were tried on
    family        the families' names in a line
    caption       a sentence that says what the graph is
    nodes         commonest first: {id, tokens, text, count, place}. `id` is an attention token's where the last reading
                  is kept, else a number. `tokens` are the attention tokens of the state, or the orders of a pattern;
                  `text` is the vocabulary entry as it is, hostile or not, or {one|other} for an alphabet. `place` is
                  {x, y, width, height}: the box's centre and size in a picture of the commonest, in pixels from the
                  top left; a node that is not in the picture has none
    edges         commonest first: {source, target, count, labels, examples}. `labels` has a pair [label, count] for
                  each label, commonest first: a token's id, whose text is in `alphabet`, or a class; `examples` are
                  the texts of the first few
    statistics    as `statistics` says

An estimate is {value, low, high, n}: interval at 0.95, n in sequences.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any

from harness.graphs.automaton import Automaton, NoAutomaton
from harness.graphs.claims import Claims
from harness.graphs.labels import Label, rank
from harness.graphs.plan import Drawn, Plan
from harness.graphs.states import Abstraction, State
from harness.graphs.structure import RecurrentSet
from harness.graphs.transitions import Graph
from harness.readings.component_head import ComponentHead
from reports.drawing.graph import layout
from reports.stored_documents import transitions

FORMAT = 1

EXAMPLES = 3
"""How many labels' texts an edge has beside the list of all."""

Text = Callable[[Iterable[int]], list[str]]


def graph_json(head: ComponentHead, plan: Plan, drawn: Drawn, claims: Claims) -> dict[str, Any]:
    """Give a study as plain data; the module says what it holds."""
    backbone, text = head.model.backbone, head.model.text
    nodes = _nodes(claims.graph, plan.abstraction, text)
    data = {
        "format": FORMAT,
        "model": backbone.name,
        "fingerprint": backbone.fingerprint,
        "head": str(head.address),
        "component": head.name,
        "projection": head.way.value,
        "bos": head.bos,
        "abstraction": plan.abstraction.value,
        "labelling": plan.labelling.value,
        "families": list(plan.families),
        "alphabet": [{"id": id, "text": said} for id, said in zip(drawn.tokens, text(drawn.tokens), strict=True)],
        "seed": plan.seed,
        "sequences": len(drawn.sequences),
        "held_out": len(drawn.held_out),
        "family": " and ".join(plan.families),
        "caption": caption(head.name, plan, drawn),
        "nodes": nodes,
        "edges": _edges(claims.graph, text),
        "statistics": statistics(claims),
    }
    boxes = layout(transitions(head.name, data)).boxes
    for node in nodes:
        if node["id"] in boxes:
            node["place"] = asdict(boxes[node["id"]])
    return data


def caption(component: str, plan: Plan, drawn: Drawn) -> str:
    """Return what the graph is, in a sentence."""
    kept = {
        Abstraction.LAST: "last reading",
        Abstraction.ALPHABET: "alphabet",
        Abstraction.PATTERN: "pattern",
    }[plan.abstraction]
    return (
        f"{kept} of S to {kept} of S + t, component {component}, {len(drawn.sequences)} sequences "
        f"({', '.join(plan.families)}) over {len(drawn.tokens)} tokens"
    )


def statistics(claims: Claims) -> dict[str, Any]:
    """Return the claims about a graph, as plain data.

    support       nodes, edges (two states and a label), steps, near_ties and held_out_near_ties (steps left out), and
                  the pairs of state and label: once those met once, twice those met more often; coverage: held-out
                  steps whose pair is known
    determinism   of pairs met twice: pairs, deterministic, rate; of their steps: steps, weighted; held_out
    entropy       bits a step: given_state, given_both; steps
    structure     strong, ends, and recurrent: {nodes, period, absorbing, stays}
    prediction    graph, label, first_order, shuffled, and over_label, over_first_order, over_shuffled
    automaton     size, unmet, accuracy, transitions: {from, label, says, to}; or why_not
    """
    counted, determinism, structure = claims.counts, claims.determinism, claims.structure
    names = {data["state"]: node for node, data in claims.graph.nodes(data=True)}
    pairs = len(counted.by_key)
    foretold = {name: asdict(estimate) for name, estimate in vars(claims.prediction).items()}
    return {
        "support": {
            "nodes": claims.graph.number_of_nodes(),
            "edges": claims.graph.number_of_edges(),
            "steps": sum(counted.steps.values()),
            "near_ties": counted.doubtful,
            "held_out_near_ties": claims.held_out.doubtful,
            "once": pairs - determinism.keys,
            "twice": determinism.keys,
            "coverage": foretold.pop("coverage"),
        },
        "determinism": {
            "pairs": determinism.keys,
            "deterministic": determinism.deterministic,
            "rate": determinism.rate,
            "steps": determinism.steps,
            "weighted": determinism.weighted,
            "held_out": asdict(determinism.held_out),
        },
        "entropy": asdict(claims.entropy),
        "structure": {
            "strong": structure.strong,
            "ends": structure.ends,
            "recurrent": [_recurrent(found, names) for found in structure.recurrent],
        },
        "prediction": foretold,
        "automaton": _automaton(claims.automaton, names),
    }


def _nodes(graph: Graph, abstraction: Abstraction, text: Text) -> list[dict[str, Any]]:
    return [
        {
            "id": node,
            "tokens": list(data["state"]),
            "text": name(data["state"], abstraction, text),
            "count": data["count"],
        }
        for node, data in graph.nodes(data=True)
    ]


def _edges(graph: Graph, text: Text) -> list[dict[str, Any]]:
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for source, target, data in graph.edges(data=True):
        edge = found.setdefault((source, target), {"source": source, "target": target, "count": 0, "labels": []})
        edge["count"] += data["count"]
        edge["labels"].append([data["label"], data["count"]])
    for edge in found.values():
        edge["labels"].sort(key=lambda taken: (-taken[1], rank(taken[0])))
        edge["examples"] = [label_text(label, text) for label, _ in edge["labels"][:EXAMPLES]]
    return sorted(found.values(), key=lambda edge: (-edge["count"], edge["source"], edge["target"]))


def name(state: State, abstraction: Abstraction, text: Text) -> str:
    """Return what a state is called: a vocabulary entry as it is, a set of them, or the orders of a pattern.

    >>> name((0, 1, 0), Abstraction.PATTERN, lambda ids: [])
    '0,1,0'
    >>> name((5, 7), Abstraction.ALPHABET, lambda ids: ["a", "b"])
    '{a|b}'
    """
    if abstraction is Abstraction.PATTERN:
        return ",".join(map(str, state))
    entries = text(state)
    return entries[0] if abstraction is Abstraction.LAST else f"{{{'|'.join(entries)}}}"


def label_text(label: Label, text: Text) -> str:
    """Return a token's vocabulary entry as it is, or the name of a class."""
    return label if isinstance(label, str) else text([label])[0]


def _recurrent(found: RecurrentSet, names: dict[State, int]) -> dict[str, Any]:
    return {
        "nodes": [names[state] for state in found.states],
        "period": found.period,
        "absorbing": found.absorbing,
        "stays": asdict(found.stays) if found.stays else None,
    }


def _automaton(machine: Automaton | NoAutomaton, names: dict[State, int]) -> dict[str, Any]:
    if not isinstance(machine, Automaton):
        return {"why_not": machine.why}
    return {
        "size": machine.size,
        "unmet": machine.unmet,
        "accuracy": asdict(machine.accuracy),
        "transitions": [
            {"from": source, "label": label, "says": names[said], "to": target}
            for source, label, said, target in machine.transitions
        ],
    }
