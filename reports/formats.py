"""How values are written on a page: shares, times, tokens, a run's record."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup, escape

from harness.text import sentence
from reports import text
from reports.values import Estimate, Token
from reports.views import Run

LONGEST: Final = 20
"""Columns of a token that a table shows; all of it is in its title."""


def seen(value: Any) -> Any:
    r"""Return what a template writes where nothing else was asked for: text made visible, all else as it is.

    >>> seen("a\u202eb"), seen(3)
    ('a\\u202eb', 3)
    """
    return text.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@lru_cache(maxsize=1 << 14)  # a page says the same few hundred tokens thousands of times
def token(entry: Token) -> Markup:
    """Return a vocabulary entry and its id; its direction of writing ends with it.

    >>> str(token(Token(262, " the")))
    '<bdi>·the</bdi> <i>262</i>'
    """
    return Markup("<bdi{}>{}</bdi> <i>{}</i>").format(*_clipped(entry), entry.id)


@lru_cache(maxsize=1 << 14)
def place(entry: Token) -> Markup:
    """Return a vocabulary entry as a cell of a table, without its id; a cell keeps the direction of writing to itself.

    >>> str(place(Token(262, " the")))
    '<td>·the'
    """
    return Markup("<td{}>{}").format(*_clipped(entry))


def _clipped(entry: Token) -> tuple[str, str]:
    """All of an entry as a title, where not all of it is shown; and what is shown."""
    full = text.token(entry.text)
    shown = text.clip(full, LONGEST)
    return Markup(' title="{}"').format(full) if shown != full else "", shown


def code(source: str) -> Markup:
    """Escape source text, its line breaks kept."""
    return escape(text.lines(source).strip("\n"))


@lru_cache(maxsize=1 << 14)
def share(value: float) -> str:
    """Return a share to three places; only 0 and 1 themselves are written so.

    >>> share(1), share(0.99999), share(0.0004), share(0.5)
    ('1', '0.999', '0.001', '0.500')
    """
    if value in (0, 1):
        return str(int(value))
    return f"{min(max(value, 0.001), 0.999):.3f}"


def degree(estimate: Estimate | None) -> str:
    """Return the share of an estimate, or a dash where there is none.

    >>> degree(Estimate(0.5, None, None, 60)), degree(None)
    ('0.500', '–')
    """
    return "–" if estimate is None else share(estimate.value)


def interval(estimate: Estimate) -> str:
    """Return the interval of an estimate, or nothing where none was computed.

    >>> interval(Estimate(0.5, 0.4, 0.61, 100))
    '[0.400, 0.610]'
    """
    if estimate.low is None or estimate.high is None:
        return ""
    return f"[{share(estimate.low)}, {share(estimate.high)}]"


def percent(value: float) -> str:
    """Return a share as a style sheet wants it."""
    return f"{100 * value:.0f}"


def percentage(value: float) -> str:
    """Return a share in whole percent; only 0 and 1 themselves are written as 0 and 100.

    >>> percentage(0.914), percentage(0.9999), percentage(0.0001)
    ('91 %', 'over 99 %', 'under 1 %')
    """
    if 0 < value < 0.01:
        return "under 1 %"
    return "over 99 %" if 0.99 < value < 1 else f"{100 * value:.0f} %"


def signed(value: float) -> str:
    """Return a difference of shares with its sign.

    >>> signed(0.25), signed(-0.0301), signed(0.0)
    ('+0.250', '−0.030', '0.000')
    """
    return f"{value:+.3f}".replace("-", "−") if round(value, 3) else "0.000"


def magnitude(value: float) -> str:
    """Return a difference without its sign.

    >>> magnitude(-0.25)
    '0.250'
    """
    return f"{abs(value):.3f}"


def word(entry: Token) -> Markup:
    """Return a vocabulary entry without its id, its direction of writing its own.

    >>> str(word(Token(262, " the")))
    '<bdi>·the</bdi>'
    """
    return Markup("<bdi>{}</bdi>").format(text.clip(text.token(entry.text), LONGEST))


def time(stamp: str) -> str:
    """Return a moment to the second; stores keep UTC.

    >>> time("2026-11-23T12:09:19.123+00:00")
    '2026-11-23 12:09:19 UTC'
    """
    return stamp[:19].replace("T", " ") + " UTC" if stamp else "not recorded"


def figure(value: float | None) -> str:
    """Return a number to three places, or a dash where there is none.

    >>> figure(0.12345), figure(1.0), figure(None)
    ('0.123', '1.000', '–')
    """
    return "–" if value is None else f"{value:.3f}"


def paragraphs(reason: str) -> list[str]:
    r"""Return the paragraphs of a docstring.

    >>> paragraphs("One\nand.\n\nTwo.")
    ['One and.', 'Two.']
    """
    return [" ".join(part.split()) for part in reason.split("\n\n") if part.strip()]


def facts(run: Run) -> tuple[tuple[str, str], ...]:
    """Return a run's record, a line each, what is asked for first at the top."""
    record = run.record
    commit = _written(record.get("git_commit"))
    return (
        ("model", run.model),
        ("origin", _written(record.get("origin"))),
        ("weights, sha256", _written(record.get("weights_sha256"))),
        ("fingerprint", run.fingerprint),
        ("preparation", _written(record.get("preparation"))),
        ("dtype", _written(record.get("dtype"))),
        ("device", _written(record.get("device"))),
        ("projection", _written(record.get("projection"))),
        ("BOS in front", _bos(record)),
        ("profile", _written(record.get("profile"))),
        ("null models", _written(record.get("nulls"))),
        ("seed", _written(record.get("seed"))),
        ("scope", _written(record.get("about"))),
        ("git commit", f"{commit[:-1]} with uncommitted changes" if commit.endswith("+") else commit),
        ("versions", _written(record.get("versions"))),
        ("command", _written(record.get("command"))),
        ("started", time(run.started)),
        ("ended", time(run.ended or "")),
        ("run", run.run_id),
    )


def _bos(record: Mapping[str, Any]) -> str:
    """Whether BOS was put in front; which, and whose it is, where the record says."""
    token = record.get("bos_token") or {}
    if not token:
        return _written(record.get("bos"))
    whose = "the tokenizer's" if token["from"] == "tokenizer" else "the configuration's; the model has no tokenizer's"
    return f"yes, id {token['id']} ({whose})"


def _written(value: object) -> str:
    if value is None or value == "":
        return "not recorded"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{sentence(str(key))} {_written(item)}" for key, item in value.items() if item != "")
    return ", ".join(map(_written, value)) if isinstance(value, list) else str(value)
