"""Projections: how a component's vector c (length d_head) is sent to the residual stream (length d_model).

    output    c @ W_O                               the head's own way out seed      (c @ W_V.T) * W_O.sum(0)
    what the seed notebook's code computes; kept to reproduce its figures circuit   q @ W_K.T, k @ W_Q.T, v or z @ W_O
    what a query looks for and a key offers

Each is linear, so a projection is one matrix `d_head x d_model`, and with the unembedding one matrix `d_head x vocab`.
"""

import torch
from jaxtyping import Float
from torch import Tensor

from harness.models.backbone import Backbone
from harness.readings.way import Projection
from harness.records.address import Address


def way_out(backbone: Backbone, address: Address, component: str, way: Projection) -> Float[Tensor, "d_head d_model"]:
    """The matrix that sends a component's vector to the residual stream.

    Raises:
        AddressError: for `circuit` of qk, which is not defined.
    """
    way.check(component)
    layer, head = address
    match way.matrix(component):
        case "seed":
            summed: Float[Tensor, " d_model"] = backbone.W_O(layer, head).sum(0)
            return backbone.W_V(layer, head).T * summed
        case "W_K":
            return backbone.W_K(layer, head).T
        case "W_Q":
            return backbone.W_Q(layer, head).T
    return backbone.W_O(layer, head)


def pairs(q: Float[Tensor, "pos d_head"], k: Float[Tensor, "pos d_head"]) -> Float[Tensor, "pair d_head"]:
    """`q[i] * k[j]` for every query i and key j <= i, row after row."""
    query, key = torch.tril_indices(len(q), len(q), device=q.device)
    return q[query] * k[key]
