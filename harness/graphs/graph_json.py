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
from typing import TYPE_CHECKING, Any

from harness.graphs.automaton import Automaton
from harness.graphs.labels import Label, rank
from harness.graphs.states import Abstraction, State
from harness.graphs.structure import Component
from reports.drawing.graph import commonest, places
from reports.stored_documents import transitions

if TYPE_CHECKING:
    from harness.graphs.study import Study

FORMAT = 1

PICTURE_NODES, PICTURE_EDGES = 24, 60
"""A picture of more cannot be read."""

EXAMPLES = 3
"""How many labels' texts an edge has beside the list of all."""

Text = Callable[[Iterable[int]], list[str]]


def frozen(study: Study) -> dict[str, Any]:
    """A study as plain data; the module says what it holds."""
    head, plan = study.head, study.plan
    backbone = head.model.backbone
    nodes, edges = _nodes(study), _edges(study)
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
        "alphabet": [
            {"id": id, "text": text}
            for id, text in zip(study.drawn.tokens, head.model.text(study.drawn.tokens), strict=True)
        ],
        "seed": plan.seed,
        "sequences": len(study.drawn.sequences),
        "held_out": len(study.drawn.held_out),
        "family": " and ".join(plan.families),
        "caption": caption(study),
        "nodes": nodes,
        "edges": edges,
        "statistics": statistics(study),
    }
    view = transitions(head.name, data)
    drawn = places(*commonest(view, most_nodes=PICTURE_NODES, most_edges=PICTURE_EDGES)) if nodes else {}
    for node in nodes:
        if node["id"] in drawn:
            node["place"] = asdict(drawn[node["id"]])
    return data


def caption(study: Study) -> str:
    """What the graph is, in a sentence."""
    kept = {
        Abstraction.LAST: "last reading",
        Abstraction.ALPHABET: "alphabet",
        Abstraction.PATTERN: "pattern",
    }[study.plan.abstraction]
    return (
        f"{kept} of S to {kept} of S + t, component {study.head.name}, {len(study.drawn.sequences)} sequences "
        f"({', '.join(study.plan.families)}) over {len(study.drawn.tokens)} tokens"
    )


def statistics(study: Study) -> dict[str, Any]:
    """The claims about a graph, as plain data.

    support       nodes, edges (two states and a label), steps, near_ties and held_out_near_ties (steps left out), and
                  the pairs of state and label: once those met once, twice those met more often; coverage: held-out
                  steps whose pair is known
    determinism   of pairs met twice: pairs, deterministic, rate; of their steps: steps, weighted; held_out
    entropy       bits a step: given_state, given_both; steps
    structure     strong, ends, and recurrent: {nodes, period, absorbing, stays}
    prediction    graph, label, first_order, shuffled, and over_label, over_first_order, over_shuffled
    automaton     size, unmet, accuracy, transitions: {from, label, says, to}; or why_not
    """
    counted, determinism, structure = study.counts, study.determinism, study.structure
    names = {data["state"]: node for node, data in study.graph.nodes(data=True)}
    pairs = len(counted.by_key)
    foretold = {name: asdict(estimate) for name, estimate in vars(study.prediction).items()}
    return {
        "support": {
            "nodes": study.graph.number_of_nodes(),
            "edges": study.graph.number_of_edges(),
            "steps": sum(counted.steps.values()),
            "near_ties": counted.doubtful,
            "held_out_near_ties": study.held_out.doubtful,
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
        "entropy": asdict(study.entropy),
        "structure": {
            "strong": structure.strong,
            "ends": structure.ends,
            "recurrent": [_component(found, names) for found in structure.recurrent],
        },
        "prediction": foretold,
        "automaton": _automaton(study, names),
    }


def _nodes(study: Study) -> list[dict[str, Any]]:
    text = study.head.model.text
    return [
        {
            "id": node,
            "tokens": list(data["state"]),
            "text": name(data["state"], study.plan.abstraction, text),
            "count": data["count"],
        }
        for node, data in study.graph.nodes(data=True)
    ]


def _edges(study: Study) -> list[dict[str, Any]]:
    text = study.head.model.text
    found: dict[tuple[int, int], dict[str, Any]] = {}
    for source, target, data in study.graph.edges(data=True):
        edge = found.setdefault((source, target), {"source": source, "target": target, "count": 0, "labels": []})
        edge["count"] += data["count"]
        edge["labels"].append([data["label"], data["count"]])
    for edge in found.values():
        edge["labels"].sort(key=lambda taken: (-taken[1], rank(taken[0])))
        edge["examples"] = [label_text(label, text) for label, _ in edge["labels"][:EXAMPLES]]
    return sorted(found.values(), key=lambda edge: (-edge["count"], edge["source"], edge["target"]))


def name(state: State, abstraction: Abstraction, text: Text) -> str:
    """What a state is called: a vocabulary entry as it is, a set of them, or the orders of a pattern.

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
    """A token's vocabulary entry as it is, or the name of a class."""
    return label if isinstance(label, str) else text([label])[0]


def _component(found: Component, names: dict[State, int]) -> dict[str, Any]:
    return {
        "nodes": [names[state] for state in found.states],
        "period": found.period,
        "absorbing": found.absorbing,
        "stays": asdict(found.stays) if found.stays else None,
    }


def _automaton(study: Study, names: dict[State, int]) -> dict[str, Any]:
    machine = study.automaton
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
