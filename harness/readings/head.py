"""A head: give it ids, it gives the readings of all its components."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from harness.errors import AddressError, HeadlawsError
from harness.html_table import LONGEST, Hover, table
from harness.readings.attention import Attention
from harness.readings.component_head import ComponentHead
from harness.readings.prepared_model import PreparedModel
from harness.readings.projection import Projection
from harness.readings.reading import Reading
from harness.records.address import ATTENTION, COMPONENTS, Address, components
from harness.text import token


class HeadReading(Mapping[str, Reading]):
    """One head's readings of one sequence, by component; each is made when it is first asked for.

    `reading.qk` and `reading["qk"]` are the same.
    """

    def __init__(self, head: Head, ids: Iterable[int]) -> None:
        self.head = head
        self.ids = head.model.source.check(ids, bos=head.bos)
        self._made: dict[str, Reading] = {}

    def __getitem__(self, component: str) -> Reading:
        if component not in COMPONENTS:
            raise KeyError(component)
        if component not in self._made:
            made = self.head.component(component)(self.ids)
            self._made[component] = replace(made, text=self.head.model.text)
        return self._made[component]

    def __iter__(self) -> Iterator[str]:
        return iter(COMPONENTS)

    def __len__(self) -> int:
        return len(COMPONENTS)

    @property
    def q(self) -> Reading:
        """What the queries read, one token a position."""
        return self["q"]

    @property
    def k(self) -> Reading:
        """What the keys read, one token a position."""
        return self["k"]

    @property
    def v(self) -> Reading:
        """What the values read, one token a position."""
        return self["v"]

    @property
    def z(self) -> Reading:
        """What the pattern-weighted values read, one token a position."""
        return self["z"]

    @property
    def qk(self) -> Reading:
        """What the pairs of query and key read, a lower triangle."""
        return self["qk"]

    @property
    def attention(self) -> Attention:
        """To which position each query attends."""
        return cast(Attention, self.head.component(ATTENTION)(self.ids))

    def token_plot(self) -> dict[str, Any]:
        """Return what a token plot shows: the triangle of qk, q, k, v and z beside it, and attention among the
        positions.
        """
        text, weights = self.head.model.text, self.attention.weights[:, -len(self.ids) :]
        seen = sorted({token for made in self.values() for token in made.tokens.tolist()})
        return {
            "ids": list(self.ids),
            "input": text(self.ids),
            "rows": [list(row) for row in self.qk.rows],
            "strings": {str(token): name for token, name in zip(seen, text(seen), strict=True)},
            "near_ties": [row.tolist() for row in self.qk.by_row(self.qk.near_ties)],
            "attention": [[round(float(value), 4) for value in row[: i + 1]] for i, row in enumerate(weights)],
            **{name: self[name].tokens.tolist() for name in ("q", "k", "v", "z")},
        }

    def _repr_html_(self) -> str:
        """All components by position; of qk the last query's row."""
        head, ids = self.head, self.ids[:LONGEST]

        def named(tokens: Sequence[int]) -> list[Hover]:
            return [Hover(token(text), f"id {id}") for id, text in zip(tokens, head.model.text(tokens), strict=True)]

        lines = {part: self[part].rows[0][: len(ids)] for part in ("q", "k", "v", "z") if head.way.defined_for(part)}
        if head.way.defined_for("qk"):
            lines[f"qk, query {len(ids) - 1}"] = self.qk.rows[len(ids) - 1]
        more = f", the first {LONGEST} of {len(self.ids)} positions" if len(self.ids) > LONGEST else ""
        rows: list[list[str | Hover]] = [["input", *named(ids)]]
        rows += [[part, *named(line)] for part, line in lines.items()]
        caption = f"Head {head.address} of {head.model.backbone.name}{more}"
        return table(caption, ["position", *map(str, range(len(ids)))], rows)

    def _repr_png_(self) -> bytes | None:
        """The token plot; None where matplotlib is not installed, or there is no qk."""
        from reports import stored_documents
        from reports.atlas import figure

        if not self.head.way.defined_for("qk") or len(self.ids) > LONGEST:
            return None
        plot = stored_documents.token_plot("", self.token_plot())
        try:
            return figure.png(figure.large(plot, f"{self.head.model.backbone.name} {self.head.address}"))
        except HeadlawsError:
            return None

    def __repr__(self) -> str:
        return f"HeadReading({self.head.address}, ids={self.ids})"


class Head:
    """One head of a model; call it with ids."""

    def __init__(self, model: PreparedModel, address: Address, *, projection: str, bos: bool) -> None:
        self.model = model
        self.address = address
        self.way = Projection.named(projection)
        self.bos = bos

    def __call__(self, ids: Iterable[int]) -> HeadReading:
        """The head's readings of a sequence of ids.

        Raises:
            SequenceError: for ids that are no sequence of the vocabulary.
        """
        return HeadReading(self, ids)

    def component(self, name: str) -> ComponentHead:
        """Return this head's reader of one component.

        Raises:
            AddressError: for a name that is not one component's, or a projection not defined for it.
        """
        named = components([name], among=(*COMPONENTS, ATTENTION))
        if len(named) != 1:
            raise AddressError(
                f"component {name!r}: names {len(named)} components; give one of {', '.join(COMPONENTS)}."
            )
        return ComponentHead(self.model, self.address, named[0], way=self.way, bos=self.bos)

    def _repr_html_(self) -> str:
        rows = [
            ["model", self.model.backbone.name],
            ["projection", self.way.value],
            ["BOS in front", "yes" if self.bos else "no"],
            ["to read", f'model.head("{self.address}")(model.encode("some text"))'],
        ]
        return table(f"Head {self.address}", ["", ""], rows)

    def __repr__(self) -> str:
        return f"Head({self.address}, {self.model.backbone.name!r}, projection={self.way.value!r})"
