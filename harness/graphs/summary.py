"""Summary: a study's claims in words, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from rich.cells import cell_len, chop_cells

from harness.graphs.automaton import NEAR_ONE
from harness.graphs.formats import Document
from harness.text import counted, visible, word

_INDENT = 13
_NAMES = 16
_SETS = 3
_WAYS = 6
"""How many absorbing sets, and commonest edges, are told of."""

_KEPT = {"last": "last reading", "alphabet": "alphabet of the last row", "pattern": "pattern of the last row"}
_SAID = {"token": "t itself", "novelty": "whether t is new", "kind": "t's kind"}


def summary(document: Document, *, width: int) -> Iterator[str]:
    """Yield what a graph is, and what is claimed of it; no line is wider than `width` columns."""
    said = document["statistics"]
    yield from _opening(document, width)
    for title, sentences in (
        ("support", _support(said["support"])),
        ("determinism", _determinism(said["determinism"])),
        ("entropy", _entropy(said["entropy"])),
        ("structure", _structure(said["structure"])),
        ("prediction", _prediction(said["prediction"], by_token=document["labelling"] == "token")),
        ("automaton", _automaton(said["automaton"])),
        ("commonest", _commonest(document)),
    ):
        yield ""
        for place, sentence in enumerate(sentences):
            first = ("" if place else title).ljust(_INDENT)
            yield from _wrapped(sentence, width, first, " " * (_INDENT + 2))
    yield ""
    yield from _wrapped(_reading(said), width)


def _opening(document: Document, width: int) -> Iterator[str]:
    tokens = " ".join(_short(token["text"]) for token in document["alphabet"])
    bos = "BOS in front" if document["bos"] else "no BOS"
    for sentence in (
        f"head {document['head']} of {visible(document['model'])}, component {document['component']}, projection "
        f"{document['projection']}, {bos}",
        f"each node is the {_KEPT[document['abstraction']]} of S; an edge leads to that of S + t, with the label "
        f"{_SAID[document['labelling']]}",
        f"{counted(document['sequences'], 'sequence')} ({document['family']}) to count, {document['held_out']} "
        f"held out, seed {document['seed']}; over {tokens}",
    ):
        yield from _wrapped(sentence, width)


def _wrapped(sentence: str, width: int, first: str = "", rest: str = "") -> Iterator[str]:
    """Lines of at most `width` columns, wide characters counted as two; what is longer than a line is cut."""
    line, empty = first, True
    for part in sentence.split(" "):
        for piece in chop_cells(part, width - len(rest)) or [""]:
            if not empty and cell_len(line) + 1 + cell_len(piece) > width:
                yield line.rstrip()
                line, empty = rest, True
            line += piece if empty else f" {piece}"
            empty = False
    yield line.rstrip()


def _support(found: Document) -> Iterator[str]:
    yield f"{counted(found['nodes'], 'node')}, {counted(found['edges'], 'edge')}, {counted(found['steps'], 'step')}"
    left_out = found["near_ties"], found["held_out_near_ties"]
    if any(left_out):
        yield f"left out because of near-ties: {counted(left_out[0], 'step')}, and {left_out[1]:,} of the held-out ones"
    yield f"pairs of node and label: {found['twice']} met more than once, {found['once']} met once"
    yield f"held-out steps whose pair is known: {_estimate(found['coverage'])}"


def _determinism(found: Document) -> Iterator[str]:
    if found["rate"] is None:
        yield "no pair was met twice, so none can contradict itself"
    else:
        yield (
            f"pairs met more than once that always led to the same node: {found['deterministic']:,} of "
            f"{found['pairs']:,} ({found['rate']:.3f}); share of their steps {found['weighted']:.3f}"
        )
    yield f"held-out sequences that always went the commonest way: {_estimate(found['held_out'])}"


def _entropy(found: Document) -> Iterator[str]:
    yield (
        f"of the next node, in bits a step: {found['given_state']:.3f} given the node, {found['given_both']:.3f} "
        f"given node and label ({counted(found['steps'], 'step')})"
    )


def _structure(found: Document) -> Iterator[str]:
    yield (
        f"{counted(found['strong'], 'strongly connected component')}, {len(found['recurrent'])} with a cycle; "
        f"{counted(found['ends'], 'node')} where sequences only ended"
    )
    absorbing = [part for part in found["recurrent"] if part["absorbing"]]
    for part in absorbing[:_SETS]:
        yield (
            f"absorbing set of {counted(len(part['nodes']), 'node')}, period {part['period']}; held-out sequences "
            f"that stay: {_estimate(part['stays'])}"
        )
    if len(absorbing) > _SETS:
        yield f"and {counted(len(absorbing) - _SETS, 'smaller absorbing set')}"
    if not absorbing:
        yield "no absorbing set"


def _prediction(found: Document, *, by_token: bool) -> Iterator[str]:
    yield "share of held-out steps that are predicted, if their pair is known:"
    controls = [("t alone", "first_order"), ("shuffled", "shuffled")]
    if not by_token:
        controls.insert(0, ("label alone", "label"))
    for name, key in (("graph", "graph"), *controls):
        yield f"{name:<20} {_estimate(found[key])}"
    for name, key in controls:
        yield f"{f'graph - {name}':<20} {_estimate(found[f'over_{key}'], sign='+')}"


def _automaton(found: Document) -> Iterator[str]:
    if "why_not" in found:
        yield f"none: {found['why_not']}"
        return
    yield (
        f"the smallest automaton with the same behaviour has {counted(found['size'], 'state')}, "
        f"{counted(len(found['transitions']), 'transition')}, {found['unmet']} never met"
    )
    yield f"held-out readings predicted from the labels alone: {_estimate(found['accuracy'])}"


def _commonest(document: Document) -> Iterator[str]:
    names = {node["id"]: node["text"] for node in document["nodes"]}
    for edge in document["edges"][:_WAYS]:
        examples = " ".join(_short(text) for text in edge["examples"])
        more = " ..." if len(edge["labels"]) > len(edge["examples"]) else ""
        ways = f"{_short(names[edge['source']])} -> {_short(names[edge['target']])}"
        yield f"{edge['count']:>5}  {ways}   by {examples}{more}"
    if not document["edges"]:
        yield "no step was taken"


def _reading(said: Document) -> str:
    """The result of the claims, in words."""
    foretold, gain = said["prediction"]["graph"], said["prediction"]["over_label"]
    if foretold["value"] is None:
        return (
            "The graph knows no held-out step: draw more sequences, use fewer tokens (--alphabet), or try another "
            "--abstraction."
        )
    if said["support"]["nodes"] == 1:
        return "There is one node: nothing in these sequences moves the head."
    if gain["low"] > 0:
        more = "The node of S helps to predict the next one beyond the label"
    else:
        more = (
            f"In {counted(gain['n'], 'sequence')}, the node of S predicts the next one no better than the label alone"
        )
    if foretold["low"] >= NEAR_ONE:
        return f"{more}. Together they determine it in at least {foretold['low']:.3f} of the known steps."
    return f"{more}. Together they do not determine it."


def _estimate(found: Document, sign: str = "") -> str:
    if found["value"] is None:
        return "nothing to count"
    return f"{found['value']:{sign}.3f} [{found['low']:{sign}.3f}, {found['high']:{sign}.3f}], n {found['n']}"


def _short(text: str) -> str:
    shown = word(text)
    return shown if cell_len(shown) <= _NAMES else f"{chop_cells(shown, _NAMES - 1)[0]}…"
