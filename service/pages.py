"""Plain pages for people: one sheet, no script, nothing loaded from elsewhere, fit to print."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_HERE = Path(__file__)
STYLE = _HERE.with_name("page.css").read_text(encoding="utf-8")
_SHEET = Template(_HERE.with_name("page.html").read_text(encoding="utf-8"))
_LINKS = {"/": "Start", "/about": "About, sources and limits"}


def headers_of_a_page(style: str, *, forms: bool = False) -> dict[str, str]:
    """What a browser may do with a page whose one style sheet this is: nearly nothing.

    Only this sheet counts, no script runs, nothing is loaded; forms go to ourselves or nowhere.
    """
    digest = b64encode(sha256(style.encode()).digest()).decode()
    to = "'self'" if forms else "'none'"
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{digest}'; "
        f"base-uri 'none'; form-action {to}; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }


_HEADERS = headers_of_a_page(STYLE)


def is_for_people(request: Request) -> bool:
    """Whether a browser asks; software that wants FHIR or JSON does not name HTML."""
    return "text/html" in request.headers.get("accept", "")


def page(
    title: str,
    lead: str,
    body: str,
    *,
    here: str = "",
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """A page; `title` and `lead` are text, `body` is HTML. `here` is its own path."""
    links = " ".join(
        f'<a href="{path}">{escape(label)}</a>' for path, label in _LINKS.items() if path != here
    )
    text = _SHEET.substitute(
        title=escape(title),
        lead=escape(lead),
        body=body,
        links=f"<nav>{links}</nav>",
        style=STYLE,
    )
    return HTMLResponse(text, status, headers={**_HEADERS, **(headers or {})})


def listed(rows: Mapping[str, str]) -> str:
    """Names with their values, both as text."""
    pairs = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f"<dl>{''.join(pairs)}</dl>"
