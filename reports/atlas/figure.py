"""Token plots as pictures, PNG or SVG, by matplotlib: one head large, or many small.

A cell is a pair of query and key, coloured by the order in which its attention token was discovered, with the token
written in it and the attention as a white border. Clockwise from the top: queries, values, keys, and the input.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from warnings import catch_warnings, filterwarnings

from harness.errors import HeadlawsError
from reports.drawing.plots import discoveries
from reports.text import clip, token
from reports.values import Token
from reports.views import TokenPlot

if TYPE_CHECKING:
    from matplotlib.figure import Figure

ENDINGS: Final = (".png", ".svg")
FONTS: Final = ["DejaVu Sans Mono", "DejaVu Sans"]
LEAST: Final = 0.05
"""Attention below this has no border."""


def large(plot: TokenPlot, title: str) -> Figure:
    """Return one head, tokens written in the cells and on all four sides.

    Raises:
        HeadlawsError: where matplotlib is not installed.
    """
    size = len(plot.rows)
    figure = _figure(4 + 0.62 * size, 3 + 0.32 * size)
    axes = figure.subplots()
    _cells(axes, plot, words=True)
    for place, label in enumerate(_words(plot.q)):
        axes.text(place + 0.5, -0.2, label, rotation=50, ha="left", va="bottom", fontsize=8, family=FONTS)
    for place, label in enumerate(_words(plot.k)):
        axes.text(place + 0.5, size + 0.2, label, rotation=50, ha="right", va="top", fontsize=8, family=FONTS)
    for place, label in enumerate(_words(plot.v)):
        axes.text(size + 0.2, place + 0.5, label, ha="left", va="center", fontsize=8, family=FONTS)
    for place, label in enumerate(_words(plot.sequence)):
        axes.text(-0.2, place + 0.5, label, ha="right", va="center", fontsize=8, family=FONTS)
    axes.set_title(f"{_plain(title)}\nquery", fontsize=10, pad=70)
    axes.set_xlabel("key", labelpad=70, fontsize=10)
    axes.set_ylabel("input", labelpad=90, fontsize=10)
    axes.text(
        1.0,
        0.5,
        "value",
        transform=axes.transAxes,
        rotation=270,
        ha="left",
        va="center",
        fontsize=10,
        position=(1.22, 0.5),
    )
    return figure


def small(plots: Sequence[tuple[str, TokenPlot]], *, columns: int = 4) -> Figure:
    """Return many heads, cells without words; colours of two heads do not compare.

    Raises:
        HeadlawsError: where matplotlib is not installed.
    """
    lines = -(-len(plots) // columns)
    figure = _figure(2.4 * min(columns, len(plots)), 2.6 * lines)
    grid = figure.subplots(lines, min(columns, len(plots)), squeeze=False).ravel()
    for axes in grid:
        axes.axis("off")
    for axes, (title, plot) in zip(grid, plots, strict=False):
        _cells(axes, plot, words=False)
        axes.set_title(_plain(title), fontsize=9)
    return figure


def png(figure: Figure) -> bytes:
    """Return the picture's bytes."""
    held = BytesIO()
    with _quietly():
        figure.savefig(held, format="png", dpi=110, bbox_inches="tight", metadata={"Software": None})
    return held.getvalue()


def save(figure: Figure, path: Path) -> None:
    """Save to a file that ends in .png or .svg.

    Raises:
        HeadlawsError: where it cannot be written.
    """
    from matplotlib import rc_context

    try:
        with _quietly(), rc_context({"svg.hashsalt": "headlaws", "svg.fonttype": "none"}):
            metadata = {"Date": None} if path.suffix.lower() == ".svg" else {"Software": None}
            figure.savefig(path, dpi=140, bbox_inches="tight", metadata=metadata)
    except OSError as error:
        raise HeadlawsError(f"--out '{path}': the file cannot be written ({error.strerror}); name another.") from error


def check(path: Path) -> None:
    """Refuse a file that is neither, and to draw at all where matplotlib is not installed; imports nothing.

    Raises:
        HeadlawsError: for such a one.
    """
    if find_spec("matplotlib") is None:
        raise _missing()
    if path.suffix.lower() not in ENDINGS:
        raise HeadlawsError(f"--out '{path}': the format is unknown; give a file that ends in .png or .svg.")


@contextmanager
def _quietly() -> Iterator[None]:
    """A token that the fonts cannot write is drawn as a box, and need not be said."""
    with catch_warnings():
        filterwarnings("ignore", message="Glyph .* missing")
        yield


def _figure(width: float, height: float) -> Figure:
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise _missing() from None
    return Figure(figsize=(width, height), layout="constrained")


def _missing() -> HeadlawsError:
    return HeadlawsError(
        "pictures of token plots need matplotlib, which is not installed; pip install 'headlaws[plot]'."
    )


def _cells(axes: Any, plot: TokenPlot, *, words: bool) -> None:
    from matplotlib.patches import Rectangle

    found = {one.token.id: one for one in discoveries(plot)}
    for i, row in enumerate(plot.rows):
        for j, entry in enumerate(row):
            one = found[entry.id]
            axes.add_patch(Rectangle((j, i), 1, 1, facecolor=one.colour, edgecolor="none"))
            attention = plot.attention[i][j] or 0.0
            if attention >= LEAST:
                inset = 0.03 + 0.05 * attention
                axes.add_patch(
                    Rectangle(
                        (j + inset, i + inset),
                        1 - 2 * inset,
                        1 - 2 * inset,
                        fill=False,
                        edgecolor="white",
                        linewidth=0.5 + 3 * attention,
                    )
                )
            if words:
                ink = "white" if one.dark else "#101010"
                axes.text(
                    j + 0.5,
                    i + 0.5,
                    _plain(clip(token(entry.text), 8)),
                    color=ink,
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    family=FONTS,
                )
    size = len(plot.rows)
    axes.set(xlim=(0, size), ylim=(size, 0), xticks=[], yticks=[])
    for side in axes.spines.values():
        side.set_visible(False)


def _words(tokens: Sequence[Token]) -> list[str]:
    return [_plain(clip(token(entry.text), 14)) for entry in tokens]


def _plain(text: str) -> str:
    """Text in which matplotlib sees no formula."""
    return text.replace("$", r"\$")
