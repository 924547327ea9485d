"""Every link of a site, and those that lead nowhere."""

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote


class _Links(HTMLParser):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self.ids: set[str] = set()
        self.links: list[str] = []
        self.feed(path.read_text("utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if given.get("id"):
            self.ids.add(str(given["id"]))
        if tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))


def broken_links(folder: Path) -> list[tuple[str, str]]:
    """The links whose file or fragment is not there, page by page; `#cell=...` is the drawer's, and no place."""
    pages = {path.resolve(): _Links(path) for path in folder.rglob("*.html")}
    found = []
    for path, page in sorted(pages.items()):
        for link in page.links:
            file, _, place = link.partition("#")
            target = (path.parent / unquote(file)).resolve() if file else path
            if not target.is_file() or (place and "=" not in place and unquote(place) not in pages[target].ids):
                found.append((str(path.relative_to(folder.resolve())), link))
    return found
