"""IMDB: the movie reviews that the notebook took, where a data-set hub can be reached or has been reached before."""

from __future__ import annotations

import os
from contextlib import suppress

import pyarrow.parquet as pq

from harness.errors import DownloadError

REPOSITORY = "stanfordnlp/imdb"
FILE = "plain_text/train-00000-of-00001.parquet"
PATIENCE = 2.5
"""Seconds to wait for a first answer: who has no hub shall learn it soon."""


def reviews() -> tuple[str, ...]:
    """Return the 25,000 reviews of the training part, in their order.

    Raises:
        DownloadError: where there is no hub, or it has them no more.
    """
    return tuple(str(text) for text in pq.read_table(file(), columns=["text"])["text"].to_pylist())


def file() -> str:
    """Return the reviews' file, fetched where it was not before."""
    os.environ.setdefault("HF_HUB_ETAG_TIMEOUT", str(int(PATIENCE)))  # read when the library is first imported
    from huggingface_hub import HfApi, hf_hub_download

    with suppress(Exception):  # not fetched before; what it raises differs between versions
        return str(hf_hub_download(REPOSITORY, FILE, repo_type="dataset", local_files_only=True))
    try:
        HfApi().dataset_info(REPOSITORY, timeout=PATIENCE)
        return str(hf_hub_download(REPOSITORY, FILE, repo_type="dataset", etag_timeout=PATIENCE))
    except Exception as error:  # network, proxy, name: all the same to whoever waits
        raise DownloadError(
            f"--source 'imdb': no data-set hub could be reached for {REPOSITORY}; give --source reviews, which needs "
            "none, or a text file with one prompt per line."
        ) from error
