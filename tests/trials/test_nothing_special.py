"""Of heads that have learnt nothing, hardly one stands out: heads of the null models, run as if trained.

Each head of a layer of a null model is compared with others of its layer there, as a head of the model would be, with
the other null, and with its own tokens dealt out at random.
"""

import os
from dataclasses import replace

import pytest

from harness.laws.book import conjectures, shipped
from harness.records.address import Address
from harness.records.cell import Verdict
from harness.records.comparison import SURROGATE
from harness.trials.census import judged_on, shares_of
from harness.trials.null import ALL_HEADS, HEADS
from harness.trials.profile import Profile
from harness.trials.standing_out import compared, may_stand_out, p_values, standing_out, still_open, worth_more
from harness.trials.surrogate import dealt_out
from harness.trials.trial import named

LAYERS = [int(layer) for layer in os.environ.get("HEADLAWS_LAYERS", "0 1").split()]
WEIGHTS = ("random", "rotated")
PARTS = ("v", "z", "attn")
"""Those that no basis inside the head can change: only they may stand out."""


@pytest.fixture(scope="module")
def claims():
    return [claim for claim in conjectures(shipped()).values() if not claim.control and claim.subject == "head"]


def shares_and_dealt(claim, reader, start, stop, lexicon):
    judged = judged_on(claim, reader, start, stop, seed=0, lexicon=lexicon)
    return shares_of(judged), dealt_out(claim, reader, judged)


def among(heads, number):
    """So many of these heads, evenly spread; all where there are no more."""
    number = min(number, len(heads))
    return [heads[place * len(heads) // number] for place in range(number)]


def standing(model, claims, kind, layer, profile):
    """By head of the null model's layer, its cells that stand out."""
    lexicon, shape, way = model.lexicon, model.backbone.shape, {"projection": "output", "bos": True}
    other = next(one for one in WEIGHTS if one != kind)
    cells = {head: [] for head in range(shape.n_heads)}
    for claim in sorted(claims, key=lambda one: one.draws_as):
        for part in PARTS:
            if part not in claim.components or claim.architectural:
                continue

            def read(null, head, start, stop, claim=claim, part=part):
                reader = model.component(Address(layer, head), part, **way).on(model.nulls[null])
                return shares_and_dealt(claim, reader, start, stop, lexicon)

            found = {(kind, head): read(kind, head, 0, profile.first_on_nulls) for head in cells}

            def upto(null, head, stop, found=found, read=read):
                begun = found.get((null, head)) or read(null, head, 0, profile.first_on_nulls)
                if stop > len(begun[0]):
                    more = read(null, head, len(begun[0]), stop)
                    begun = [first + added for first, added in zip(begun, more, strict=True)]
                found[null, head] = begun
                return [part[:stop] for part in begun]

            for head in cells:
                own = [one for one in cells if one != head]

                def beside(heads, stop, head=head, own=own, upto=upto):
                    """The shares of that many heads of each null; the same kind's are others of the layer."""
                    spread = {kind: own, other: [*cells]}
                    nulls = {
                        null: [upto(null, one, stop)[0] for one in among(some, heads)] for null, some in spread.items()
                    }
                    return nulls | {SURROGATE: [upto(kind, head, stop)[1]]}

                blank = named(claim, model.component(Address(layer, head), part, **way), Verdict.UNDECIDED)
                blank = replace(blank, shares=upto(kind, head, profile.first_on_nulls)[0])
                begun = beside(HEADS, profile.first_on_nulls)
                cell = compared(blank, begun, confidence=profile.confidence)
                if may_stand_out(cell):
                    beyond = beside(ALL_HEADS, profile.first_on_nulls)
                    cell = compared(blank, beyond, confidence=profile.confidence)
                    going_on = worth_more(cell, beyond)
                    for stop in profile.comparing[1:]:
                        if not going_on:
                            break
                        shares, nulls = upto(kind, head, stop)[0], beside(ALL_HEADS, stop)
                        above, below = p_values(shares, nulls)
                        cell = replace(cell, p_above=above, p_below=below)
                        going_on = still_open(shares, nulls, upto=profile.compared)
                cells[head].append(cell)
    return {
        head: [cell for cell in standing_out(some, alpha=profile.alpha) if cell.stands_out]
        for head, some in cells.items()
    }


@pytest.mark.real
@pytest.mark.thorough
def test_of_heads_that_have_learnt_nothing_hardly_one_stands_out(smollm2, claims):
    heads, special = 0, []
    for kind in WEIGHTS:
        for layer in LAYERS:
            for head, cells in standing(smollm2, claims, kind, layer, Profile()).items():
                heads += 1
                special += [(kind, layer, head, [cell.node for cell in cells])] if cells else []
                print(kind, layer, head, [(cell.node, cell.stands_out) for cell in cells], flush=True)
    assert heads >= 20
    assert len(special) <= heads / 20, special
