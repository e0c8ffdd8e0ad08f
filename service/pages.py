"""Plain pages for people: one sheet, no script, nothing loaded from elsewhere, fit to print."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from string import Template

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

_SHEET = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_LINKS = {"/": "Start", "/about": "About, sources and limits"}


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
        title=escape(title), lead=escape(lead), body=body, links=f"<nav>{links}</nav>"
    )
    return HTMLResponse(text, status, headers={**_HEADERS, **(headers or {})})


def listed(rows: Mapping[str, str]) -> str:
    """Names with their values, both as text."""
    pairs = (f"<dt>{escape(name)}</dt><dd>{escape(value)}</dd>" for name, value in rows.items())
    return f"<dl>{''.join(pairs)}</dl>"
