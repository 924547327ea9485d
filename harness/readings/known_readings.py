"""Known readings: those that this process has made, and those of earlier runs where these are remembered."""

from __future__ import annotations

from contextlib import suppress
from typing import NamedTuple

import torch
from cachetools import LRUCache

from harness.models.backbone import Backbone
from harness.readings.activations import Ids
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.readings.remembered import Remembered, reader
from harness.records.address import Address

OBJECT = 1 << 10
"""Bytes of a known reading besides its numbers: five arrays, and the key that it is found by."""


class Whose(NamedTuple):
    """One component of one head, read one way.

    Attributes:
        fingerprint: of the network.
        in_front: the id of BOS, where it is put in front.
    """

    fingerprint: str
    in_front: int | None
    address: Address
    component: str
    way: Projection


class KnownReadings:
    """The readings of one network that are known.

    Attributes:
        memory: those of earlier runs, where they are remembered.
    """

    def __init__(self, backbone: Backbone, *, room: int, memory: Remembered | None = None) -> None:
        self.memory = memory
        self._backbone = backbone
        self._here: LRUCache[tuple[Whose, Ids], Reading] = LRUCache(room, getsizeof=lambda made: made.nbytes + OBJECT)
        self._readers: dict[Whose, str] = {}

    def get(self, whose: Whose, ids: Ids) -> Reading | None:
        """Return the reading, if it is known."""
        here = self._here.get((whose, ids))
        if self.memory is None:
            return here
        if here is None:
            return self.memory.get(self.reader(whose), ids)
        self.memory.put(self.reader(whose), here)
        return here

    def put(self, whose: Whose, reading: Reading) -> None:
        """Know the reading of a whole sequence from now on."""
        with suppress(ValueError):  # it takes more than all the room there is
            self._here[whose, reading.ids] = reading
        if self.memory is not None:
            self.memory.put(self.reader(whose), reading)

    def forget(self) -> None:
        """Let go of what is held in memory."""
        self._here.clear()
        if self.memory is not None:
            self.memory.let_go()

    def reader(self, whose: Whose) -> str:
        """Return what the readings go by from run to run: a digest of all that they depend on but the ids."""
        if whose not in self._readers:
            backbone = self._backbone
            self._readers[whose] = reader(
                fingerprint=whose.fingerprint,
                config=backbone.config_sha256,
                device=[str(backbone.device), torch.backends.cpu.get_cpu_capability()],
                in_front=whose.in_front,
                head=str(whose.address),
                component=whose.component,
                projection=whose.way.value,
            )
        return self._readers[whose]
