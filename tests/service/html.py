"""A page as a test sees it: its words by element, links, and whether it is whole."""

from html.parser import HTMLParser

from tests.service.asgi_client import Answer

_IN_A_LINE = {"a", "strong", "em", "code", "time", "use", "title"}
VOID = {"meta", "link", "br", "hr", "img", "input"}
BROWSER = {"accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


class Seen(HTMLParser):
    """The text of a page, its title, links, and elements left open."""

    def __init__(self, answer: Answer) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.words: dict[str, list[str]] = {}
        self.text = ""
        self.feed(answer.body.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if not self._is_in_a_line(tag, dict(attrs)):
            self.text += " "
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text += data
        if self.open and data.strip():
            self.words.setdefault(self.open[-1], []).append(data.strip())

    def _is_in_a_line(self, tag: str, attrs: dict[str, str | None]) -> bool:
        return tag in _IN_A_LINE or attrs.get("class") == "whole"

    def said(self) -> str:
        """The visible text with single spaces."""
        return " ".join(self.text.split())
