"""Plane: attention tokens in the plane by their embedding, near where their embeddings are near.

Coloured by layer, a plane shows whether layers read from regions of their own. A token belongs to the layer that reads
it most often. One number says how much there is to see: the share of tokens whose nearest neighbour, in the space of
embeddings, belongs to the same layer, beside that share with shuffled layers.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from enum import StrEnum
from importlib.util import find_spec

import numpy as np
from jaxtyping import Float

from harness.atlas.vocabularies import Vocabulary
from harness.errors import HeadlawsError

MOST = 1500
"""Tokens drawn, the commonest first: more cannot be told apart, and take minutes."""

SHUFFLES = 200


@dataclass(frozen=True)
class Plane:
    """Tokens with their places.

    Attributes:
        ids, layers: of each token.
        places: in the plane, from 0 to 1.
        neighbours: the share of tokens whose nearest neighbour has the same layer.
        dealt: mean of that share, and its 95 % range, where layers are dealt out anew.
    """

    ids: list[int]
    layers: list[int]
    places: Float[np.ndarray, "token 2"]
    neighbours: float
    dealt: tuple[float, float, float]


def chosen(found: Vocabulary) -> tuple[list[int], list[int]]:
    """Return the commonest tokens of all heads, and the layer that reads each most often."""
    by_layer: dict[int, Counter[int]] = defaultdict(Counter)
    for head, counts in zip(found.heads, found.counts, strict=True):
        for id, number in counts.items():
            by_layer[id][int(head.split(".")[0])] += number
    ids = sorted(by_layer, key=lambda id: (-by_layer[id].total(), id))[:MOST]
    return ids, [min(by_layer[id], key=lambda layer: (-by_layer[id][layer], layer)) for id in ids]


class Way(StrEnum):
    """How tokens come into the plane."""

    TSNE = "tsne"
    PCA = "pca"
    UMAP = "umap"

    def check(self) -> None:
        """Refuse what is not installed.

        Raises:
            HeadlawsError: where umap-learn is asked for and is not here.
        """
        if self is Way.UMAP and find_spec("umap") is None:
            raise HeadlawsError(
                "--plane 'umap': umap-learn is not installed; pip install umap-learn, or take tsne or pca."
            )


def plane(
    ids: list[int],
    layers: list[int],
    vectors: Float[np.ndarray, "token d_model"],
    *,
    way: Way = Way.TSNE,
    seed: int = 0,
) -> Plane:
    """Place tokens by t-SNE of scikit-learn, begun with two principal components, on one seed; or by another way. Under
    four tokens have no neighbourhoods to keep: their places are two of their coordinates.
    """
    points = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    if len(ids) < 4:
        made = np.zeros((len(ids), 2))
        made[:, : min(2, points.shape[1])] = points[:, :2]
    else:
        made = _placed(points, way, seed)
    low, size = made.min(axis=0), np.maximum(made.max(axis=0) - made.min(axis=0), 1e-12)
    own, dealt = neighbours(points, layers, seed=seed)
    return Plane(ids, layers, (made - low) / size, own, dealt)


def _placed(points: Float[np.ndarray, "token d"], way: Way, seed: int) -> Float[np.ndarray, "token 2"]:
    from sklearn.decomposition import PCA
    from sklearn.manifold import TSNE

    if way is Way.PCA:
        return np.asarray(PCA(2, random_state=seed).fit_transform(points))
    reduced = PCA(min(50, *points.shape), random_state=seed).fit_transform(points)
    if way is Way.UMAP:
        from umap import UMAP

        return np.asarray(UMAP(n_neighbors=min(15, len(points) - 1), random_state=seed).fit_transform(reduced))
    perplexity = min(30.0, (len(points) - 1) / 3)
    return np.asarray(TSNE(2, perplexity=perplexity, init="pca", random_state=seed, n_jobs=1).fit_transform(reduced))


def neighbours(
    points: Float[np.ndarray, "token d"], layers: list[int], *, seed: int
) -> tuple[float, tuple[float, float, float]]:
    """Return the share of tokens whose nearest neighbour has the same layer, and the same of layers dealt out
    anew.
    """
    if len(points) < 2:
        return float("nan"), (float("nan"),) * 3
    near = points @ points.T
    np.fill_diagonal(near, -np.inf)
    nearest, label = near.argmax(axis=1), np.array(layers)
    random = np.random.default_rng(seed)
    shares = np.array(
        [(dealt[nearest] == dealt).mean() for dealt in (random.permutation(label) for _ in range(SHUFFLES))]
    )
    low, high = np.quantile(shares, (0.025, 0.975))
    return float((label[nearest] == label).mean()), (float(shares.mean()), float(low), float(high))
