"""Who may enter the pages under /admin, and whether a form came from one of them.

On the machine itself nobody is asked where no operator token is configured; else the token is
asked for once, and a sealed cookie stands for it. Until people can sign in by name.
"""

import asyncio
import hmac
import logging
import secrets
from collections.abc import Awaitable, Callable, Mapping
from functools import wraps
from hashlib import sha256
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from runtime.settings import Access
from service.bodies import read_body
from service.errors import Malformed
from service.open_access import is_open_to
from service.parts import Parts, parts_of
from service.seals import Expired, Forged
from service.templating import rendered
from storage import replays

log = logging.getLogger("service.admin")

START, SIGN_IN = "/admin", "/admin/sign-in"
FORM_TOKEN = "form_token"  # noqa: S105  the name of a field
_COOKIE = "nelm_admin"
_SESSION, _FORM = "admin session", "admin form"
_NOBODY = "open"
_MOST_OF_A_FORM = 2 * 1024 * 1024
_MOST_FIELDS = 200
_REFUSED_FOR_SECONDS = 0.5

Form = Mapping[str, str]


class Visitor:
    """Somebody who was let in; `nonce` ties forms to this session."""

    def __init__(self, parts: Parts, who: str, nonce: str) -> None:
        self._parts = parts
        self.who = who
        self.nonce = nonce

    @property
    def signed_in(self) -> bool:
        """Whether a token was shown, which can be given back by signing out."""
        return self.who != _NOBODY

    def form_token(self) -> str:
        """What every form of this session carries."""
        until = self._parts.clock().timestamp() + _seconds(self._parts)
        return self._parts.seals.seal(_FORM, (self.nonce,), until)

    async def form(self, request: Request) -> Form:
        """The fields of a form of ours.

        Raises:
            Malformed: it came from elsewhere, from another session, or too late.
        """
        fields = await _fields(request)
        now = self._parts.clock().timestamp()
        try:
            said = self._parts.seals.open(_FORM, fields.get(FORM_TOKEN, ""), now)
        except (Forged, Expired):
            said = []
        if not _is_from_here(request) or said != [self.nonce]:
            raise Malformed("This form is not one of this session. Load the page again and repeat.")
        return fields


Room = Callable[[Request, Visitor], Awaitable[Response]]


def for_visitors(room: Room) -> Callable[[Request], Awaitable[Response]]:
    """The page for those who may enter; the others are asked for a token, or told that none is."""

    @wraps(room)
    async def guarded(request: Request) -> Response:
        parts = parts_of(request)
        if not parts.seals.ready:
            await run_in_threadpool(parts.seals.start)
        visitor = _visitor(request, parts)
        if visitor is not None and not await run_in_threadpool(_has_ended, parts, visitor):
            return await room(request, visitor)
        if not parts.settings.admin.token_digests:
            if _is_open(request, parts):
                return await _begin(parts, Visitor(parts, _NOBODY, _nonce()), room, request)
            return rendered("admin_closed.html", title="These pages are closed", status=403)
        return RedirectResponse(SIGN_IN, 303)

    return guarded


async def _begin(parts: Parts, visitor: Visitor, room: Room, request: Request) -> Response:
    """The first page of somebody of whom nothing is asked: with a cookie, so that forms work."""
    response = await room(request, visitor)
    _remember(parts, response, visitor)
    return response


async def sign_in(request: Request) -> Response:
    """`GET` shows where to give the token, `POST` takes it; neither puts it into an address."""
    parts = parts_of(request)
    if not parts.settings.admin.token_digests:
        return RedirectResponse(START, 303)
    if request.method != "POST":
        return _ask_for_token()
    shown = (await _fields(request)).get("token", "").strip()
    digest = sha256(shown.encode()).hexdigest()
    matches = [hmac.compare_digest(digest, one) for one in parts.settings.admin.token_digests]
    if not _is_from_here(request) or not any(matches):
        parts.metrics.count("nelm_admin_refused_total")
        log.warning("operator token refused")
        await asyncio.sleep(_REFUSED_FOR_SECONDS)
        return _ask_for_token("This token is none of the configured ones.", 403)
    if not parts.seals.ready:
        await run_in_threadpool(parts.seals.start)
    response = RedirectResponse(START, 303)
    _remember(parts, response, Visitor(parts, parts.seals.mark(digest), _nonce()))
    log.info("operator signed in")
    return response


async def sign_out(request: Request) -> Response:
    """`POST`: ends the session, so that a copy of its cookie opens nothing either."""
    parts = parts_of(request)
    visitor = _visitor(request, parts)
    if visitor is not None and visitor.signed_in:
        await run_in_threadpool(_end, parts, visitor)
    response = RedirectResponse(START, 303)
    response.delete_cookie(_COOKIE, path=START, httponly=True, samesite="strict")
    return response


def _ask_for_token(refusal: str = "", status: int = 200) -> Response:
    title = "Sign in with the operator token"
    return rendered("admin_sign_in.html", forms=True, status=status, title=title, refusal=refusal)


def _visitor(request: Request, parts: Parts) -> Visitor | None:
    """Who the cookie says it is, as long as that one may still enter."""
    try:
        said = parts.seals.open(
            _SESSION, request.cookies.get(_COOKIE, ""), parts.clock().timestamp()
        )
    except (Forged, Expired):
        return None
    match said:
        case [str(who), str(nonce)] if _may_enter(who, request, parts):
            return Visitor(parts, who, nonce)
    return None


def _may_enter(who: str, request: Request, parts: Parts) -> bool:
    digests = parts.settings.admin.token_digests
    if digests:
        return who in map(parts.seals.mark, digests)
    return who == _NOBODY and _is_open(request, parts)


def _end(parts: Parts, visitor: Visitor) -> None:
    now = parts.clock().timestamp()
    with parts.database.transaction() as tx:
        replays.use(tx, _named(visitor), now + _seconds(parts), now)


def _has_ended(parts: Parts, visitor: Visitor) -> bool:
    """Whether somebody signed out of this session."""
    if not visitor.signed_in:
        return False
    with parts.database.reading() as conn:
        return replays.is_used(conn, _named(visitor), parts.clock().timestamp())


def _named(visitor: Visitor) -> str:
    return sha256(f"{_SESSION} {visitor.nonce}".encode()).hexdigest()


def _is_open(request: Request, parts: Parts) -> bool:
    """Only to this machine itself: `open_access` is for EHRs, not for these pages."""
    return parts.settings.access is Access.LOOPBACK and is_open_to(parts.settings, request.headers)


def _remember(parts: Parts, response: Response, visitor: Visitor) -> None:
    seconds = _seconds(parts)
    until = parts.clock().timestamp() + seconds
    response.set_cookie(
        _COOKIE,
        parts.seals.seal(_SESSION, (visitor.who, visitor.nonce), until),
        max_age=seconds,
        path=START,
        secure=parts.settings.public_url.startswith("https:"),
        httponly=True,
        samesite="strict",
    )


def _seconds(parts: Parts) -> int:
    return parts.settings.admin.session_minutes * 60


def _nonce() -> str:
    return secrets.token_urlsafe(16)


def _is_from_here(request: Request) -> bool:
    """Browsers say where a form came from; what is no browser has no cookie to misuse."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


async def _fields(request: Request) -> Form:
    body = await read_body(request, _MOST_OF_A_FORM)
    try:
        text = body.decode("ascii")
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError:
        raise Malformed("The form cannot be read.") from None
