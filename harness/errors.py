"""What may go wrong at the edge, one class per cause.

Every message is one line of three parts: what came, what is allowed, what to do. The doors (plugin and command) print
the message alone and leave with status 4; in Python the exception carries it.
"""


class HeadlawsError(Exception):
    """Anything that headlaws refuses or cannot do, said in one line."""


class AddressError(HeadlawsError):
    """A head, component or projection that does not exist."""


class SequenceError(HeadlawsError):
    """Ids that are no sequence of the model's vocabulary."""


class ModelError(HeadlawsError):
    """A model that is not there or cannot be used."""


class DownloadError(ModelError):
    """A model's file could not be fetched, or is not what was published."""


class CacheError(ModelError):
    """The cache folder cannot hold what it should."""


class ConjectureError(HeadlawsError):
    """A conjecture that is not written as one."""


class TextError(HeadlawsError):
    """Natural text asked for of a model that cannot read it."""


class StoreError(HeadlawsError):
    """A store, or another file of results, that cannot be read or written."""


class BeliefError(HeadlawsError):
    """A file of beliefs that cannot be read, or a belief about nothing."""


def short(said: object, most: int = 160) -> str:
    """Return what another program said, or a value, as a part of one line: white space folded, and cut.

    >>> short("No such\\n  file"), short("x" * 9, 8)
    ('No such file', 'xxxxx...')
    """
    text = " ".join(str(said).split())
    return text if len(text) <= most else f"{text[: most - 3]}..."
