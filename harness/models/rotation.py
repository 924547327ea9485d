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
from collections.abc import Collection, Iterator
from contextlib import contextmanager

import torch
from jaxtyping import Float
from torch import Tensor, nn


def turn(model: nn.Module, *, attention: Collection[str], outputs: Collection[str], d_head: int, seed: int) -> None:
    """Turn every matrix of a model in place; each draws from a generator of its own, named by the seed and its name.

    A matrix that stands under two names (a tied embedding) is turned once and stays tied. Of tensors with more than
    two axes, such as a stack of experts, every slice is turned.

    Args:
        attention: names of the attention modules.
        outputs: names of their output matrices.
    """
    with torch.no_grad(), _one_thread():
        for name, parameter in model.named_parameters():  # without duplicates
            if parameter.ndim >= 2:
                generator = torch.Generator().manual_seed(number(f"{seed}:{name}"))
                place = name.rpartition(".")[0]
                axis = _axis(model.get_submodule(place), writes=place not in outputs)
                inside = any(place.startswith(f"{within}.") for within in attention)
                split = inside and parameter.ndim == 2 and axis is not None and parameter.shape[axis] % d_head == 0
                parts = parameter.split(d_head, axis) if split else (parameter,)
                for part in parts:
                    part.copy_(turned(part, generator))


def turned(W: Float[Tensor, "*stack rows columns"], generator: torch.Generator) -> Float[Tensor, "*stack rows columns"]:
    """A matrix with the same singular values and random singular vectors, computed in float64.

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
    wide = W.double()
    spectrum = torch.linalg.eigvalsh(wide.T @ wide).clamp(min=0).sqrt()
    found: Tensor = frame(rows, columns, generator) @ (spectrum[:, None] * frame(columns, columns, generator))
    return found.to(W.dtype)


def frame(rows: int, columns: int, generator: torch.Generator) -> Float[Tensor, "rows columns"]:
    """Orthonormal columns, uniform over all such frames, in float64; a rotation where there are as many as rows.

    The Q of a Gaussian matrix, its R with a positive diagonal, without which it would not be uniform: Mezzadri 2007,
    section 5. By Cholesky, whose R has one, twice for accuracy: some times faster than reflections for tall matrices.
    """
    made: Tensor = torch.randn(rows, columns, generator=generator, dtype=torch.float64)
    for _ in range(2):
        R = torch.linalg.cholesky(made.T @ made, upper=True)
        made = torch.linalg.solve_triangular(R, made, upper=True, left=False)
    return made


def number(text: str) -> int:
    """A seed for a text, the same in every process."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:7])


@contextmanager
def _one_thread() -> Iterator[None]:
    """Small decompositions gain nothing by more, and lose a hundredfold where other processes want the processor too.

    And what is drawn does not depend on how many there are.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _axis(module: nn.Module, *, writes: bool) -> int | None:
    """The axis of a module's weight along which heads lie: that of what it writes, or of what it reads."""
    if isinstance(module, nn.Linear):
        return 0 if writes else 1
    return (1 if writes else 0) if type(module).__name__ == "Conv1D" else None  # GPT-2's stores inputs first
