"""Rotation: a matrix's singular values kept, its singular vectors drawn at random.

W = U S V^T becomes U' S V'^T with U' and V' uniform over the matrices with orthonormal columns (Haar). U and V are not
needed, so no SVD is computed: S is the root of the eigenvalues of W^T W, in float64. That is exact to 1e-8 of the
largest singular value, the tenth part of what float32 weights can hold.

Attention is turned head by head: the block of W_Q, W_K and W_V that makes one head's vectors (of grouped queries, one
group's), and the block of W_O that reads them, each keep a spectrum of their own. A whole layer's W_Q turned at once
would mix its heads: all would get about the same spectrum, a loud head would lend its size to a silent one, and the
null of a head would not be matched to that head. What is kept is each factor's spectrum; that of the products QK and
OV, where much of what a head has learnt lies, is not.

Vectors stay as they are: the gains of norms (each is a diagonal matrix, with no singular vectors to turn but the
coordinates, and keeps every matrix fed at the scale that it was made for) and biases (a direction that everything
which reads or writes it is turned away from means nothing; one on the vocabulary favours the same tokens as before).
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor

import torch
from jaxtyping import Float
from torch import Tensor, nn

from harness.models.threads import threads

_ROWS = 4096
_TALL = 2


def turn(model: nn.Module, *, attention: Collection[str], outputs: Collection[str], d_head: int, seed: int) -> None:
    """Turn every matrix of a model in place; each draws from a generator of its own, named by the seed and its name.

    A matrix that stands under two names (a tied embedding) is turned once and stays tied. Of tensors with more than
    two axes, such as a stack of experts, every slice is turned.

    Args:
        attention: names of the attention modules.
        outputs: names of their output matrices.
    """
    # Small decompositions gain nothing by more threads, and lose a hundredfold where other processes want the
    # processor too. And what is drawn does not depend on their number: matrices are turned beside each other instead.
    with torch.no_grad(), threads(1), ThreadPoolExecutor(os.cpu_count()) as beside:
        # the largest first, since the others then fit beside it
        ordered = sorted(model.named_parameters(), key=lambda named: -named[1].numel())  # without duplicates
        waiting = [
            beside.submit(_turn, _parts(model, name, parameter, attention, outputs, d_head), f"{seed}:{name}")
            for name, parameter in ordered
            if parameter.ndim >= 2
        ]
        for one in waiting:
            one.result()


def _parts(
    model: nn.Module, name: str, parameter: Tensor, attention: Collection[str], outputs: Collection[str], d_head: int
) -> tuple[Tensor, ...]:
    """What of a matrix is turned by itself: each head's block where it belongs to attention, else all of it."""
    place = name.rpartition(".")[0]
    axis = _axis(model.get_submodule(place), writes=place not in outputs)
    inside = any(place.startswith(f"{within}.") for within in attention)
    split = inside and parameter.ndim == 2 and axis is not None and parameter.shape[axis] % d_head == 0
    return parameter.split(d_head, axis) if split else (parameter,)


@torch.no_grad()
def _turn(parts: tuple[Tensor, ...], name: str) -> None:
    generator = torch.Generator().manual_seed(number(name))
    for part in parts:
        part.copy_(turned(part, generator))


@torch.no_grad()
def turned(W: Float[Tensor, "*stack rows columns"], generator: torch.Generator) -> Float[Tensor, "*stack rows columns"]:
    """Return a matrix with the same singular values and random singular vectors, computed in float64.

    >>> import torch
    >>> W = torch.tensor([[3.0, 0.0, 0.0], [0.0, 4.0, 0.0]])
    >>> found = torch.linalg.svdvals(turned(W, torch.Generator().manual_seed(0)))
    >>> [round(float(value), 5) for value in found]
    [4.0, 3.0]
    """
    if W.ndim > 2:
        return torch.stack([turned(part, generator) for part in W])
    if W.shape[0] < W.shape[1]:
        return turned(W.T, generator).T
    rows, columns = W.shape
    spectrum = torch.linalg.eigvalsh(_gram(W)).clamp(min=0).sqrt()
    drawn, R = _drawn(rows, columns, generator)
    right = torch.linalg.solve_triangular(R, spectrum[:, None] * frame(columns, columns, generator), upper=True)
    found = torch.empty_like(W, memory_format=torch.contiguous_format)
    for some, into in zip(drawn.split(_ROWS), found.split(_ROWS), strict=True):
        into.copy_(some @ right)
    return found


def frame(rows: int, columns: int, generator: torch.Generator) -> Float[Tensor, "rows columns"]:
    """Draw orthonormal columns, uniform over all such frames, in float64; as many columns as rows give a rotation."""
    made, R = _drawn(rows, columns, generator)
    found: Tensor = torch.linalg.solve_triangular(R, made, upper=True, left=False)
    return found


def _drawn(
    rows: int, columns: int, generator: torch.Generator
) -> tuple[Float[Tensor, "rows columns"], Float[Tensor, "columns columns"]]:
    """A matrix and an upper triangle R whose quotient is a frame.

    The Q of a Gaussian matrix, its R with a positive diagonal, without which it would not be uniform: Mezzadri 2007,
    section 5. By Cholesky, whose R has one: some times faster than reflections for tall matrices. It loses the square
    of the matrix's condition number in accuracy, so it is done twice. A Gaussian matrix twice as tall as wide has
    columns that are nearly orthogonal to begin with (Davidson and Szarek 2001), and once is enough.
    """
    made: Tensor = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    R: Tensor = torch.linalg.cholesky(_gram(made), upper=True)
    if rows < _TALL * columns:
        made = torch.linalg.solve_triangular(R, made, upper=True, left=False)
        R = torch.linalg.cholesky(_gram(made), upper=True)
    return made, R


def _gram(W: Float[Tensor, "rows columns"]) -> Float[Tensor, "columns columns"]:
    """W^T W in float64, a few rows at a time: those of a whole vocabulary would take a quarter of a gigabyte."""
    found = torch.zeros(W.shape[1], W.shape[1], dtype=torch.float64)
    for some in W.split(_ROWS):
        wide = some.double()
        found.addmm_(wide.T, wide)
    return found


def number(text: str) -> int:
    """Return a seed for a text, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


def _axis(module: nn.Module, *, writes: bool) -> int | None:
    """The axis of a module's weight along which heads lie: that of what it writes, or of what it reads."""
    if isinstance(module, nn.Linear):
        return 0 if writes else 1
    return (1 if writes else 0) if type(module).__name__ == "Conv1D" else None  # GPT-2's stores inputs first
