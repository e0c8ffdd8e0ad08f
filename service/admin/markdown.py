"""A card's Markdown as an EHR renders it: GitHub-flavored, and nothing in it can act.

CDS Hooks allows GitHub-Flavored Markdown in `detail` (2.0.1, card attributes); HTML in it is text.
"""

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

_TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li",
    "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
_READER = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


def card_html(text: str) -> Markup:
    """The Markdown as HTML of harmless tags; links go to http and https only."""
    clean = nh3.clean(
        _READER.render(text),
        tags=_TAGS,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel="noreferrer noopener",
    )
    return Markup(clean)  # noqa: S704  cleaned in the line above
