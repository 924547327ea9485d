"""Layerplots: the token plots of a layer, small ones drawn, and what a script draws a large one from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from reports.atlas import drawings
from reports.atlas.source import Atlas, layer_of
from reports.values import Token


@dataclass(frozen=True)
class Plots:
    """The token plots of a layer.

    Attributes:
        shown: title of a prompt, its tokens, and for each head the small plot and what is read by position.
        data: what the script draws the large one from.
    """

    layer: int
    heads: tuple[str, ...]
    shown: tuple[
        tuple[str, tuple[Token, ...], tuple[tuple[str, Markup, tuple[tuple[str, tuple[Token, ...]], ...]], ...]], ...
    ]
    data: dict[str, Any]


def plots(atlas: Atlas, layer: int) -> Plots:
    """Draw one layer of an atlas that has the component qk."""
    places = [place for place, head in enumerate(atlas.heads) if layer_of(head) == layer]
    lines = [part for part in ("q", "k", "v", "z") if part in atlas.components]
    shown, given, used = [], [], set[int]()
    for plot in atlas.data["plots"]:
        title = f"{plot['source']}, prompt {plot['prompt']}"
        heads = [plot["heads"][place] for place in places]
        used.update(plot["ids"], *(one[part] for one in heads for part in (*lines, "qk")))
        given.append({"title": title, "ids": plot["ids"], "heads": heads})
        shown.append(
            (
                title,
                atlas.named(plot["ids"]),
                tuple(
                    (
                        atlas.heads[place],
                        drawings.small(one["qk"], one["attention"], f"{atlas.heads[place]}, {title}"),
                        tuple((part, atlas.named(one[part])) for part in lines),
                    )
                    for place, one in zip(places, heads, strict=True)
                ),
            )
        )
    names = tuple(atlas.heads[place] for place in places)
    data = {
        "heads": names,
        "plots": given,
        "tokens": {str(id): drawings.short(atlas.token(id).text, 40) for id in sorted(used)},
    }
    return Plots(layer, names, tuple(shown), data)
