"""Checks: each compares what the instrument does here with something that is known, and counts what disagrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random

from harness.laws.book import conjectures, shipped
from harness.models.specimens.hand_built import BEHAVIOURS, LETTERS, SPECIAL, expected
from harness.models.specimens.hand_built import NAME as SPECIMEN
from harness.readings.checks import soundness
from harness.readings.checks.soundness import Compared
from harness.readings.loading import load_model
from harness.readings.model import Model
from harness.readings.projection import Projection
from harness.records.address import COMPONENTS, Address
from harness.trials.calibration import FULL, calibrate
from harness.trials.profile import Profile
from harness.trials.trial import trial

QUICK = 314
"""Families of the calibration: enough to tell 5 % of false ones from 20 %. `--full` tells 5 % from 8 %."""

CONTROLLED = Profile(search=20, census=20)


@dataclass(frozen=True)
class CheckedModel:
    """What is checked: a model, on its device, with the same weights in float64 on the CPU.

    Attributes:
        full: whether calibration takes all the families that it can use.
    """

    model: Model
    reference: Model
    full: bool = False

    @cached_property
    def heads(self) -> tuple[Address, ...]:
        """A few heads, low and half way up."""
        return soundness.some_heads(self.model)

    @cached_property
    def sequences(self) -> list[tuple[int, ...]]:
        """Random ones, two of them over few tokens."""
        return soundness.some_sequences(self.model)


def specimens(_subject: CheckedModel) -> Iterator[Compared]:
    """Yield every component of every specimen head, with the reading that the head was built to have."""
    model = load_model(SPECIMEN)
    sequences = _letters()
    for behaviour in BEHAVIOURS:
        head = model.head(behaviour.head)
        for component in COMPONENTS:
            n = wrong = 0
            for bos in (True, False):
                for reading in model.read(sequences, head.address, component, bos=bos):
                    known = expected(behaviour.head, component, reading.ids, bos=bos)
                    wanted = [token for row in known for token in _row(row)]
                    n += len(wanted)
                    wrong += sum(a != b for a, b in zip(reading.tokens.tolist(), wanted, strict=True))
            yield Compared(f"{behaviour.head}-{component}", n, wrong)


def device(subject: CheckedModel) -> Iterator[Compared]:
    """Yield what the heads compute on the device, with float64 on the CPU."""
    return soundness.with_reference(subject.model, subject.reference, subject.heads, subject.sequences)


def exactness(subject: CheckedModel) -> Iterator[Compared]:
    """Yield each token, with the largest of all values of the vocabulary in float64."""
    return soundness.with_full_vocabulary(subject.model, subject.heads, subject.sequences)


def determinism(subject: CheckedModel) -> Iterator[Compared]:
    """Yield readings in a batch, with those alone, anew, and on another number of threads."""
    return soundness.with_other_company(subject.model, subject.heads, subject.sequences)


def gauge(subject: CheckedModel) -> Iterator[Compared]:
    """Yield whether a reading survives another basis inside the head, with what algebra says.

    Where all entries are near-ties (the seed's projection of many specimen heads is zero) no change can be seen.
    """
    model = subject.model
    for address in subject.heads:
        for component in COMPONENTS:
            n = wrong = 0
            for way in (way for way in Projection if way.defined_for(component)):
                read = model.read(subject.sequences, address, component, way=way)
                if all(reading.near_ties.all() for reading in read):
                    continue
                n += 1
                survives = model.component(address, component, projection=way).gauge_free
                wrong += survives is not way.gauge_free(component)
            yield Compared(f"{address}-{component}", n, wrong)


def controls(subject: CheckedModel) -> Iterator[Compared]:
    """Yield the verdict on each claim whose truth is known beforehand, with that truth."""
    profile = CONTROLLED.counting(1)
    *_, low, high = subject.heads
    for found in conjectures(shipped()).values():
        # z and qk see between them every tensor that a layer hands out; each takes seconds, so not on every head
        for address, component in ((low, "z"), (low, "qk"), (high, "z")):
            spoken = component in found.components and found.scope.includes(address.layer, component, Projection.OUTPUT)
            if found.control and spoken:
                cell = trial(found, subject.model.component(address, component), profile)
                yield Compared(f"{cell.node} {cell.verdict.value}", 1, int(cell.wrong))


def calibration(subject: CheckedModel) -> Iterator[Compared]:
    """Yield verdicts and intervals on simulated heads, with the rates that these have."""
    for finding in calibrate(families=FULL if subject.full else QUICK):
        yield Compared(str(finding), finding.n, 0 if finding.right else 1)


def _letters() -> list[tuple[int, ...]]:
    """Sequences for the specimen: random, repeated, periodic, and with marks among them."""
    random = Random(0)
    drawn = [tuple(random.choices(LETTERS, k=length)) for length in (1, 2, 5, 11, 24)]
    few = [tuple(random.choices(LETTERS[:3], k=length)) for length in (6, 24)]
    marked = [tuple(random.choices((*LETTERS, *sorted(SPECIAL)), k=length)) for length in (4, 16)]
    return [*drawn, *few, *marked, (LETTERS[0],) * 24, tuple(LETTERS[:5]) * 4]


def _row(row: int | Iterable[int]) -> Iterable[int]:
    return (row,) if isinstance(row, int) else row
