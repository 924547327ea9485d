"""Of heads that have learnt nothing, hardly one stands out: heads of the null models, run as if trained.

Each head of a layer of a null model is compared with others of its layer there, as a head of the model would be, with
the other null, and with its own tokens dealt out at random.
"""

import os

import pytest

from harness.laws.book import conjectures, shipped
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.records.comparison import SURROGATE
from harness.trials.census import judged_on, shares_of
from harness.trials.null import HEADS
from harness.trials.profile import Profile
from harness.trials.standing_out import compared, may_stand_out, p_values, standing_out
from harness.trials.surrogate import dealt_out
from harness.trials.trial import named

LAYERS = [int(layer) for layer in os.environ.get("HEADLAWS_LAYERS", "0 1").split()]
PARTS = ("v", "z", "attn")
"""Those that no basis inside the head can change: only they may stand out."""


@pytest.fixture(scope="module")
def claims():
    return [claim for claim in conjectures(shipped()).values() if not claim.control and claim.subject == "head"]


def shares_and_dealt(claim, reader, start, stop, lexicon):
    judged = judged_on(claim, reader, start, stop, seed=0, lexicon=lexicon)
    return shares_of(judged), dealt_out(claim, reader, judged)


def standing(model, claims, kind, layer, profile):
    """By head of the null model's layer, its cells that stand out."""
    lexicon, shape, way = model.lexicon, model.backbone.shape, {"projection": "output", "bos": True}
    other = next(one for one in HEADS if one != kind)
    cells = {head: [] for head in range(shape.n_heads)}
    for claim in sorted(claims, key=lambda one: one.draws_as):
        for part in PARTS:
            if part not in claim.components or claim.architectural:
                continue

            def read(null, head, start, stop, claim=claim, part=part):
                reader = model.component(Address(layer, head), part, **way).on(model.nulls[null])
                return shares_and_dealt(claim, reader, start, stop, lexicon)

            first = {head: read(kind, head, 0, profile.first_on_nulls) for head in cells}
            spread = [place * shape.n_heads // HEADS[other] for place in range(HEADS[other])]
            foreign = {head: read(other, head, 0, profile.first_on_nulls)[0] for head in spread}
            more = {}
            for head in cells:
                own = [one for one in cells if one != head]
                own = [own[place * len(own) // HEADS[kind]] for place in range(HEADS[kind])]
                blank = named(claim, model.component(Address(layer, head), part, **way), Verdict.UNDECIDED)
                nulls = {kind: [first[one][0] for one in own], other: [*foreign.values()], SURROGATE: [first[head][1]]}
                cell = compared(
                    type(blank)(**{**vars(blank), "shares": first[head][0]}), nulls, confidence=profile.confidence
                )
                if may_stand_out(cell):
                    span = profile.first_on_nulls, profile.compared
                    for null, one in [(kind, head), *((kind, one) for one in own), *((other, one) for one in spread)]:
                        if (null, one) not in more:
                            more[null, one] = read(null, one, *span)
                    longer = {
                        kind: [first[one][0] + more[kind, one][0] for one in own],
                        other: [foreign[one] + more[other, one][0] for one in spread],
                        SURROGATE: [first[head][1] + more[kind, head][1]],
                    }
                    above, below = p_values(first[head][0] + more[kind, head][0], longer)
                    cell = type(cell)(**{**vars(cell), "p_above": above, "p_below": below})
                cells[head].append(cell)
    return {
        head: [cell for cell in standing_out(some, alpha=profile.alpha) if cell.stands_out]
        for head, some in cells.items()
    }


@pytest.mark.real
@pytest.mark.thorough
def test_of_heads_that_have_learnt_nothing_hardly_one_stands_out(smollm2, claims):
    heads, special = 0, []
    for kind in HEADS:
        for layer in LAYERS:
            for head, cells in standing(smollm2, claims, kind, layer, Profile()).items():
                heads += 1
                special += [(kind, layer, head, [cell.node for cell in cells])] if cells else []
                print(kind, layer, head, [(cell.node, cell.stands_out) for cell in cells], flush=True)
    assert heads >= 20
    assert len(special) <= heads / 20, special
