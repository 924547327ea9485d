"""Heads that are a line of Python, for tests of what is done with readings."""

from dataclasses import replace

from harness.readings.lexicon import Lexicon
from harness.readings.projection import Projection, Sight
from harness.readings.reading import line
from harness.records.address import Address


class Shape:
    n_heads = 9


class Backbone:
    name = "scripted"
    shape = Shape


class Model:
    """As much of a model as a trial asks for."""

    backbone = Backbone()
    nulls = ()
    lexicon = Lexicon(words=tuple(range(1, 31)), special=(0,))

    def text(self, ids):
        return [f"<{id}>" for id in ids]


class Scripted:
    """A head by a rule, and by another one in float64."""

    layer, name, way = 0, "v", Projection.OUTPUT
    address = Address(0, 3)
    gauge_free = True
    sight = Sight.ALL

    def __init__(self, rule, in_float64=None, doubtful=lambda ids: ()):
        self.rule, self.doubtful, self.model = rule, doubtful, Model()
        self._precise = in_float64 or rule

    @property
    def in_float64(self):
        return Scripted(self._precise)

    def __call__(self, ids):
        ids = tuple(ids)
        return replace(line(list(self.rule(ids)), near_ties=tuple(self.doubtful(ids))), ids=ids, sequence=ids)

    afresh = __call__

    def on(self, null, address):
        return null.head(address)

    def read(self, sequences, *, afresh=False, own=False):
        return [self(ids) for ids in sequences]


def echo(ids):
    return ids


def nothing(ids):
    return [9] * len(ids)
