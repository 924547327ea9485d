"""Made together: the readings that several ask for at the same time.

Each sequence goes through the network once, whoever asks for it, and what one component reads is decoded together.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence

from harness.readings.activation_source import ActivationSource
from harness.readings.decoder import Decoder
from harness.readings.known_readings import KnownReadings, Whose
from harness.readings.projection import Projection
from harness.readings.side_by_side import Made, ReadingRequest

POSITIONS = 8192
"""So many positions, whose activations are in hand, are read together."""

LINES = ("q", "k", "v", "z")
"""Components that have one vector a position."""


def made_together(
    requests: Sequence[ReadingRequest], source: ActivationSource, decoder: Decoder, known: KnownReadings
) -> list[Made]:
    """Return the readings that each asks for; they are known afterwards, but for those afresh.

    What is to be made afresh is made for each alone, and so is all where it would show who asked for what else.
    """
    alike: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number, request in enumerate(requests):
        alone = number if request.afresh or not source.backbone.alike_in_company else None
        alike[request.address.layer, request.bos, request.own, _shared(request, source), alone].append(number)
    found: list[Made] = [{} for _ in requests]
    for numbers in alike.values():
        for some in _at_once(numbers, requests):
            for number, made in zip(some, _made([requests[one] for one in some], source, decoder, known), strict=True):
                found[number] = made
    return found


def _shared(request: ReadingRequest, source: ActivationSource) -> bool:
    """Whether the sequences are a family's, and will be asked for by the heads of other layers."""
    return not request.own and len(request.ids) >= source.shared_from


def _whose(request: ReadingRequest, source: ActivationSource) -> Whose:
    in_front = source.in_front(request.bos)
    return Whose(source.backbone.fingerprint, in_front, request.address, request.component, request.way)


def _made(
    requests: Sequence[ReadingRequest], source: ActivationSource, decoder: Decoder, known: KnownReadings
) -> list[Made]:
    """Make the readings of requests that are alike."""
    first = requests[0]
    layer, afresh, own = first.address.layer, first.afresh, first.own
    sequences = list(dict.fromkeys(ids for request in requests for ids in request.ids))
    shared, whose = _shared(first, source), _whose(first, source)
    run = source.of(sequences, layer, bos=first.bos, afresh=afresh, own=own, shared=shared, whose=whose)
    activations = dict(zip(sequences, run, strict=True))
    together: defaultdict[tuple[Whose, int | None], list[ReadingRequest]] = defaultdict(list)
    for number, request in enumerate(requests):
        together[_whose(request, source), None if decoder.in_company else number].append(request)
    made: dict[int, Made] = {}
    for (whose, _), some in together.items():
        asked = dict.fromkeys(ids for request in some for ids in request.ids)
        alone = afresh or own or layer not in source.together
        parts = [whose.component] if alone else _same_way_out(whose.component, whose.way)
        whole = {} if alone else {ids: there for ids in asked if (there := known.get(whose, ids)) is not None}
        left = [ids for ids in asked if ids not in whole]  # the others were decoded with another part just now
        found = decoder.readings(left, [activations[ids] for ids in left], whose.address, parts, whose.way, anew=afresh)
        for part, readings in zip(parts, found, strict=True):
            for reading in () if afresh else readings:
                known.put(whose._replace(component=part), reading)
        whole |= zip(left, found[parts.index(whose.component)], strict=True)
        made |= {id(request): {ids: whole[ids] for ids in request.ids} for request in some}
    return [made[id(request)] for request in requests]


def _at_once(numbers: Sequence[int], requests: Sequence[ReadingRequest]) -> Iterator[list[int]]:
    """Cut what is made together so that its activations take little room."""
    some: list[int] = []
    positions = 0
    for number in numbers:
        more = sum(map(len, requests[number].ids))
        if some and positions + more > POSITIONS:
            yield some
            some, positions = [], 0
        some.append(number)
        positions += more
    yield some


def _same_way_out(component: str, way: Projection) -> list[str]:
    """The components that are read with this one: those of one vector a position, where they go the same way out."""
    if component not in LINES:
        return [component]
    return [part for part in LINES if way.defined_for(part) and way.matrix(part) == way.matrix(component)]
