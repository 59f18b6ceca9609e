"""Markdown rendered by the rules of GitHub, as a tree that tests can look into."""

from __future__ import annotations

from html.parser import HTMLParser

from markdown_it import MarkdownIt

_VOID = {"br", "hr", "img", "input"}


class Tree(HTMLParser):
    """The elements of rendered Markdown: each with its tag, attributes and whole text."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None], list[str]]] = []
        self.comments: list[str] = []
        self._open: list[int] = []
        # CommonMark with the extensions of GitHub Flavored Markdown that make structure.
        rendered = MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown)
        self.feed(rendered)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs), []))
        if tag not in _VOID:
            self._open.append(len(self.elements) - 1)

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            if self.elements[self._open.pop()][0] == tag:
                return

    def handle_data(self, data: str) -> None:
        for index in self._open:
            self.elements[index][2].append(data)

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    @property
    def tags(self) -> list[str]:
        return [tag for tag, _, _ in self.elements]

    def texts(self, tag: str) -> list[str]:
        return ["".join(parts) for name, _, parts in self.elements if name == tag]

    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes, _ in self.elements if tag == "a"]
