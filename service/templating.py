"""Pages from templates: everything escaped by default, one style sheet each, no script.

Loaded with the first page that needs it; the other pages and the hooks do without.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.responses import HTMLResponse, Response

from service.pages import STYLE, headers_of_a_page

_FOLDER = Path(__file__).with_name("templates")
_SHEETS = Environment(
    loader=FileSystemLoader(_FOLDER),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    auto_reload=False,
)
# Days, and what a hyphen joins to one name: Lu-177, Ki-67, HEP-2.
_WHOLE = re.compile(r"\d{4}-\d{2}-\d{2}|\b[A-Z][A-Za-z]{0,5}-\d+[a-z]?\b")


def _unbroken(text: object) -> Markup:
    """The text, escaped, with its days and names like Lu-177 kept on one line."""
    return Markup(_WHOLE.sub(r'<span class="whole">\g<0></span>', str(escape(text))))  # noqa: S704


def _leads_to_the_web(url: object) -> bool:
    """Whether it may stand as a link: what is no web address could act."""
    return isinstance(url, str) and url.startswith(("https://", "http://"))


_SHEETS.filters["unbroken"] = _unbroken
_SHEETS.tests["web_address"] = _leads_to_the_web
_STYLE = STYLE + (_FOLDER / "pages.css").read_text(encoding="utf-8")
_HEADERS = headers_of_a_page(_STYLE)
_HEADERS_WITH_FORMS = headers_of_a_page(_STYLE, forms=True)
_NEVER_KEPT = {"Cache-Control": "no-store"}


def rendered(
    template: str,
    *,
    forms: bool = False,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **content: Any,
) -> Response:
    """The page of that template. It holds patients, so that no browser or proxy may keep it."""
    text = _SHEETS.get_template(template).render(style=_STYLE, **content)
    allowed = _HEADERS_WITH_FORMS if forms else _HEADERS
    return HTMLResponse(text, status, headers={**allowed, **_NEVER_KEPT, **(headers or {})})
