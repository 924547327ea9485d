"""Error messages: what an exception inside a claim most likely means, in one line that says what to do."""

from __future__ import annotations

from types import CodeType

from harness.errors import HeadlawsError
from harness.laws.conjecture import Conjecture
from harness.readings.reading import Reading

_OF_A_READING = {*vars(Reading), *Reading.__dataclass_fields__}


def explained(conjecture: Conjecture, error: BaseException) -> str:
    """Return the line for an error that trying a conjecture raised."""
    if isinstance(error, HeadlawsError):
        return _line(str(error))
    if isinstance(error, AttributeError) and error.name in _OF_A_READING:
        return _line(_no_reading(conjecture, error))
    said = f"{type(error).__name__}: {error}"
    if _raised_by(error) == conjecture.body.__code__:
        said = f"{said}; the law itself raised this error; mend {conjecture.name}."
    return _line(said)


def _raised_by(error: BaseException) -> CodeType | None:
    """The function that raised it."""
    trace = error.__traceback__
    code: CodeType | None = None
    while trace is not None:
        code = trace.tb_frame.f_code
        trace = trace.tb_next
    return code


def _no_reading(conjecture: Conjecture, error: AttributeError) -> str:
    """Something that only a reading has was asked of what is none."""
    given = error.obj
    if callable(given) and hasattr(given, "afresh"):
        return (
            f"{conjecture.name}: this compares the head itself; relations compare readings, so write head(S) for head."
        )
    return (
        f"{conjecture.name}: this compares {given!r}, which is not a reading; relations compare readings, so call "
        "head on the sequence first, as in agree(head(S), head(R))."
    )


def _line(text: str) -> str:
    return " ".join(text.split())
