"""The README's map: how much each head attends to one place. `python -m tests.support.role_map STORE` draws it.

STORE is a sweep of `properties/roles.py` over all heads of the default model; the newest run in it is drawn.
"""

import argparse
import sqlite3
from contextlib import closing
from pathlib import Path

from reports.drawing.colormap import is_dark
from reports.drawing.svg import tag

OUT = Path(__file__).parents[2] / ".github" / "pictures" / "previous-token.svg"
LAW = "the_head_attends_to_the_token_before"
SIDE, LEFT, TOP = 26, 48, 64
PALE, DEEP = (244, 246, 250), (15, 60, 120)


def degrees(store: Path) -> dict[str, float]:
    """Read each head's degree of the law from the newest run that has it."""
    asked = "SELECT head, degree FROM cells WHERE conjecture = ? AND run_id = (SELECT max(run_id) FROM cells)"
    with closing(sqlite3.connect(store)) as connection:
        return {head: degree for head, degree in connection.execute(asked, (LAW,)) if degree is not None}


def drawn(found: dict[str, float]) -> str:
    """Draw layers from left to right and heads from top to bottom; the figure stands in squares above a half."""
    places = {head: tuple(map(int, head.split("."))) for head in found}
    layers, heads = (1 + max(place[axis] for place in places.values()) for axis in (0, 1))
    width, height = LEFT + layers * SIDE + 16, TOP + heads * SIDE + 44
    parts = [
        tag("rect", width=width, height=height, fill="#ffffff"),
        tag("text", "Share of attention that goes to the token before", x=LEFT, y=24, font_size=15, font_weight=600),
        tag("text", "layer", x=LEFT, y=44, font_size=12, fill="#555"),
        tag("text", "head", x=8, y=TOP + 17, font_size=12, fill="#555"),
    ]
    parts += [_number(layer, LEFT + (layer + 0.5) * SIDE, TOP - 6) for layer in range(layers)]
    parts += [_number(head, LEFT - 8, TOP + (head + 0.65) * SIDE) for head in range(1, heads)]
    for head, degree in found.items():
        layer, row = places[head]
        parts.append(_square(LEFT + layer * SIDE, TOP + row * SIDE, head, degree))
    parts += _key(height - 26)
    ink = {"font_family": "system-ui, sans-serif", "fill": "#1b1f24"}
    title = f"Of {len(found)} heads, {sum(degree > 0.6 for degree in found.values())} attend to the token before"
    box = {"viewBox": f"0 0 {width} {height}", "width": width, "height": height, "role": "img"}
    opened = " ".join(f'{name}="{value}"' for name, value in box.items())
    body = tag("g", tag("title", title), *parts, **ink)
    return f'<svg xmlns="http://www.w3.org/2000/svg" {opened}>{body}</svg>\n'


def _number(value: int, x: float, y: float) -> str:
    return tag("text", str(value), x=x, y=y, font_size=10, text_anchor="middle", fill="#555")


def _square(x: float, y: float, head: str, degree: float) -> str:
    colour = _colour(degree)
    square = tag("rect", tag("title", f"{head}: {degree:.2f}"), x=x, y=y, width=SIDE - 2, height=SIDE - 2, fill=colour)
    if degree <= 0.5:
        return square
    ink = "#ffffff" if is_dark(colour) else "#1b1f24"
    figure = f"{degree:.2f}".removeprefix("0")
    return square + tag("text", figure, x=x + SIDE / 2 - 1, y=y + 16, font_size=11, text_anchor="middle", fill=ink)


def _key(y: float) -> list[str]:
    steps = [tag("rect", x=LEFT + 12 * step, y=y, width=12, height=12, fill=_colour(step / 10)) for step in range(11)]
    return [*steps, *(_number(end, LEFT + 6 + 120 * end, y + 24) for end in (0, 1))]


def _colour(share: float) -> str:
    mixed = (round(pale + (deep - pale) * share) for pale, deep in zip(PALE, DEEP, strict=True))
    return "#" + "".join(f"{channel:02x}" for channel in mixed)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("store", type=Path)
    OUT.write_text(drawn(degrees(parser.parse_args().store)), encoding="utf-8")
