"""Soundness: are a model's numbers right on this machine? Three comparisons, each of which counts what disagrees.

    with_reference         what the heads compute, on the model's device, with float64 on the CPU
    with_full_vocabulary   the tokens that are read, with a float64 product over the whole vocabulary
    with_other_company     the tokens of sequences read together, with those read alone, anew, and on other threads

The first is held to the tolerance table as that is defined: the margin between the two tokens that float64 puts first
may differ by so large a share of its scale, and where it is larger, no other token may come first. The other two set
near-ties apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.threads import threads
from harness.readings.activations import Ids
from harness.readings.decoding.folded import Folded
from harness.readings.decoding.top_two import top2_exactly
from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection
from harness.readings.tolerance import tolerance
from harness.records.address import COMPONENTS, Address

Part = tuple[Address, str]


@dataclass(frozen=True)
class Compared:
    """What came of comparing one component of one head.

    Attributes:
        what: head and component, as `0.1-qk`.
        n: entries compared; near-ties are not among them where they are set apart.
        wrong: entries that disagree.
    """

    what: str
    n: int
    wrong: int


def some_heads(model: PreparedModel) -> tuple[Address, ...]:
    """Return three of the first layer, and one half way up, where rounding has had time to add up.

    Not one alone: a head that says the same whatever it sees (the specimen has such) shows no error.
    """
    shape = model.backbone.shape
    last = shape.n_heads - 1
    low = [Address(0, head) for head in (0, min(1, last), last)]
    return (*dict.fromkeys(low), Address(shape.n_layers // 2, shape.n_heads // 2))


def some_sequences(model: PreparedModel) -> list[Ids]:
    """Draw random sequences, of the lengths that a census draws; two of them over few tokens, which then repeat."""
    random = Random(0)
    words = model.lexicon.words
    longest = min(24, model.backbone.shape.n_ctx - 1)
    drawn = [tuple(random.choices(words, k=min(length, longest))) for length in (2, 3, 7, 7, longest)]
    few = random.sample(words, 3)
    return drawn + [tuple(random.choices(few, k=min(length, longest))) for length in (7, longest)]


def with_reference(
    model: PreparedModel, reference: PreparedModel, heads: Sequence[Address], sequences: Sequence[Ids]
) -> Iterator[Compared]:
    """Yield margins and tokens as the model computes them, with those of the same weights in float64 on the CPU."""
    allowed = tolerance(model.backbone.dtype).relative
    for address, component in _parts(heads):
        found, exact = (_vectors(one, address, component, sequences) for one in (model, reference))
        folded, whole = (
            one.decoder.folded(address, component, Projection.OUTPUT).on_cpu() for one in (model, reference)
        )
        best = top2_exactly(exact, whole)
        places = torch.stack([best.tokens, best.runners_up])
        noise = (_margins(found, folded, places) - best.margins).abs()
        columns = whole.matrix[places].double().norm(dim=-1).sum(0)
        scale = exact.norm(dim=1) * columns
        if whole.bias is not None:
            scale = scale + whole.bias[places].double().abs().sum(0)
        same = (top2_exactly(found, folded).tokens == best.tokens) | (best.margins <= allowed * scale)
        right = same & (noise <= allowed * scale)  # nan is not right
        yield Compared(f"{address}-{component}", len(right), int((~right).sum()))


def with_full_vocabulary(
    model: PreparedModel, heads: Sequence[Address], sequences: Sequence[Ids]
) -> Iterator[Compared]:
    """Yield tokens as they are read, with those of one float64 product over the vocabulary on the same vectors."""
    for address, component in _parts(heads):
        read = model.read(sequences, address, component)
        tokens = torch.cat([torch.tensor(reading.tokens) for reading in read])
        certain = ~torch.cat([torch.tensor(reading.near_ties) for reading in read])
        vectors = _vectors(model, address, component, sequences)
        exact = top2_exactly(vectors, model.decoder.folded(address, component, Projection.OUTPUT).on_cpu())
        yield Compared(f"{address}-{component}", int(certain.sum()), int((tokens != exact.tokens)[certain].sum()))


def with_other_company(model: PreparedModel, heads: Sequence[Address], sequences: Sequence[Ids]) -> Iterator[Compared]:
    """Yield tokens of sequences read together on one thread, with all other ways to come to them."""
    for address, component in _parts(heads):
        with threads(1):
            first = model.read(sequences, address, component, afresh=True)
            alone = [model.read([ids], address, component, afresh=True)[0] for ids in sequences]
        with threads(2):
            others = [model.read(sequences, address, component, afresh=True)]
        remembered = [model.read(sequences, address, component) for _ in range(2)]
        n = wrong = 0
        for way in (alone, *others, *remembered):
            for here, there in zip(first, way, strict=True):
                certain = ~(here.near_ties | there.near_ties)
                n += int(certain.sum())
                wrong += int((here.tokens != there.tokens)[certain].sum())
        yield Compared(f"{address}-{component}", n, wrong)


def _parts(heads: Sequence[Address]) -> Iterable[Part]:
    return [(address, component) for address in heads for component in COMPONENTS]


def _vectors(
    model: PreparedModel, address: Address, component: str, sequences: Sequence[Ids]
) -> Float[Tensor, "n d_head"]:
    """A component's vectors, of all sequences one after the other; on the CPU, in the model's own dtype."""
    made = model.source.of(sequences, address.layer, bos=True)
    return torch.cat([one.vectors(component, address.head) for one in made]).cpu()


def _margins(vectors: Tensor, folded: Folded, places: Tensor) -> Float[Tensor, " n"]:
    first, second = folded.matrix[places].double()
    margins: Tensor = (vectors.double() * (first - second)).sum(1)
    if folded.bias is not None:
        margins = margins + folded.bias[places[0]].double() - folded.bias[places[1]].double()
    return margins
