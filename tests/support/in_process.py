"""Runs of the plugin in the test's own process, on the specimen, with as few other plugins as will do."""

OPTIONS = (
    *("-p", "no:cacheprovider", "-p", "no:playwright", "-p", "no:unraisableexception"),
    *("--workers", "1", "--model", "specimen"),
)


def run(pytester, *arguments):
    """Run pytest with the arguments; gives pytester's result."""
    return pytester.runpytest_inprocess(*OPTIONS, *arguments)
