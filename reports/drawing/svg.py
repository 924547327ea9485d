"""SVG elements, written as escaped text."""

from markupsafe import Markup, escape

Value = str | int | float


def tag(name: str, *children: str, **attributes: Value) -> Markup:
    """Return one element. A trailing underscore frees Python's own words, the others stand for hyphens; text is
    escaped.

    >>> str(tag("text", "<b>", class_="t", text_anchor="end", x=1.5))
    '<text class="t" text-anchor="end" x="1.5">&lt;b&gt;</text>'
    >>> str(tag("g", tag("rect", width=2)))
    '<g><rect width="2"/></g>'
    """
    written = "".join(f' {_name(key)}="{escape(_short(value))}"' for key, value in attributes.items())
    inside = "".join(escape(child) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if children else f"<{name}{written}/>")


def _name(key: str) -> str:
    return key.rstrip("_").replace("_", "-")


def _short(value: Value) -> str:
    """A coordinate without digits that no screen can show."""
    return f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
