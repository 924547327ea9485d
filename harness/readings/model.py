"""A model as something that reads: from ids to readings, for any of its heads.

from harness import load_model
load_model("smollm2-135m").head("0.1")((28, 260, 28))
"""

from __future__ import annotations

from harness.errors import AddressError
from harness.html_table import table
from harness.readings.component_head import ComponentHead, PairHead
from harness.readings.head import Head
from harness.readings.prepared_model import PreparedModel
from harness.records.address import Address, Pair, addresses


class Model(PreparedModel):
    """A prepared network whose heads can be read."""

    def head(self, address: str | Address, *, projection: str = "output", bos: bool = True) -> Head:
        """Return one head, as in `model.head("0.1")`.

        Raises:
            AddressError: where the model has no such head, or the address names several.
        """
        shape = self.backbone.shape
        found = addresses([str(address)], n_layers=shape.n_layers, n_heads=shape.n_heads, model=self.backbone.name)
        if len(found) != 1:
            raise AddressError(f"head {str(address)!r}: names {len(found)} heads; give one, as in '0.1'.")
        return Head(self, found[0], projection=projection, bos=bos)

    def component(
        self, address: Address | Pair, component: str, *, projection: str = "output", bos: bool = True
    ) -> ComponentHead:
        """Return one component (or the attention) of one head, or of a pair: what conjectures are stated of."""
        if isinstance(address, Pair):
            left, right = (
                self.component(head, component, projection=projection, bos=bos)
                for head in (address.left, address.right)
            )
            return PairHead(address, left, right)
        return self.head(address, projection=projection, bos=bos).component(component)

    def _repr_html_(self) -> str:
        """Its sizes, and how it was prepared."""
        backbone, shape = self.backbone, self.backbone.shape
        rows = [
            ["layers x heads", f"{shape.n_layers} x {shape.n_heads}"],
            ["d_model, d_head", f"{shape.d_model}, {shape.d_head}"],
            ["tokens", f"{shape.vocab:,}"],
            ["longest sequence", f"{shape.n_ctx:,}"],
            ["preparation", backbone.preparation.summary],
            ["BOS", "none" if backbone.bos is None else f"id {backbone.bos}, the {backbone.bos_from}'s"],
            ["computes in", f"{str(backbone.dtype).removeprefix('torch.')} on {backbone.device}"],
        ]
        return table(f"Model {backbone.name}", ["", ""], rows)

    def __repr__(self) -> str:
        shape = self.backbone.shape
        return f"Model({self.backbone.name!r}, {shape.n_layers} layers x {shape.n_heads} heads, {shape.vocab} tokens)"
