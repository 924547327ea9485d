"""The tables of a page as a reader sees them: caption and text, cell by cell."""

import json
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser


@dataclass
class Table:
    """One table: its caption, else the name of the box that it stands in, and its rows."""

    name: str
    rows: list[list[str]] = field(default_factory=list)


class Tables(HTMLParser):
    """All of them, in order; `data` is what the page's script is given."""

    def __init__(self, path):
        super().__init__()
        self.tables, self.data = [], None
        self._open = self._box = self._caption = self._script = False
        self.source = source = path.read_text("utf-8")
        self.feed(source)
        for table in self.tables:
            table.name = " ".join(table.name.split())
            table.rows = [[" ".join(text.split()) for text in row] for row in table.rows if row]
        found = re.search(r'<script type="application/json" id="data">(.*?)</script>', source, re.DOTALL)
        self.data = json.loads(found[1]) if found else {}

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "div" and given.get("aria-label"):
            self._box = given["aria-label"]
        elif tag == "table":
            self.tables.append(Table(""))
            self._open = True
        elif tag == "caption":
            self._caption = True
        elif tag == "tr":
            self.tables[-1].rows.append([])
        elif tag in ("td", "th"):
            self.tables[-1].rows[-1].append("")
        elif self._open and tag in ("li", "small", "a", "em", "br"):
            self._said(" ")

    def handle_endtag(self, tag):
        if tag == "table":
            self._open = False
            self.tables[-1].name = self.tables[-1].name or str(self._box)
        elif tag == "caption":
            self._caption = False

    def handle_data(self, data):
        if self._open:
            self._said(data)

    def _said(self, text):
        if self._caption:
            self.tables[-1].name += text
        elif self.tables[-1].rows and self.tables[-1].rows[-1]:
            self.tables[-1].rows[-1][-1] += text
