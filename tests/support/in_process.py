"""Runs of the plugin in the test's own process, on the specimen, with as few other plugins as will do."""

import importlib

IMPORTED = (
    "harness.plugin.ahead",
    "harness.trials.trial",
    "harness.graphs.exhibits",
    "harness.graphs.growth",
    "harness.trials.samples",
    "harness.records.store",
    "reports.pages.site_writer",
    "scipy.stats",
    "hypothesis",
    "automata.fa.dfa",
    "tomli_w",
)

OPTIONS = (
    *("-p", "no:cacheprovider", "-p", "no:playwright", "-p", "no:unraisableexception"),
    *("--workers", "1", "--model", "specimen"),
)


def import_everything():
    """Import what such a run imports. pytester forgets what a run imported, and the next one would import it again."""
    for name in IMPORTED:
        importlib.import_module(name)


def run(pytester, *arguments):
    """Run pytest with the arguments; gives pytester's result."""
    return pytester.runpytest_inprocess(*OPTIONS, *arguments)
