"""Who may enter the admin pages, and that no form from elsewhere is taken."""

import asyncio
from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any

import pytest

from runtime.settings import AdminSettings
from tests.service.admin_visits import Visits
from tests.service.conftest import Start
from tests.service.html import Seen

TOKEN = "operator-token-of-the-test"
ADMIN = AdminSettings(token_digests=(sha256(TOKEN.encode()).hexdigest(),))
AWAY: dict[str, Any] = {"host": "0.0.0.0", "public_url": "https://nelm.example"}  # noqa: S104
CALL = {"connection": "main", "service": "nelm-patient-view", "patient": "p1"}


def visiting(start: Start, visit: Callable[[Visits], Awaitable[None]], **more: Any) -> None:
    """One visit, with settings by name; `headers` go with every request."""
    headers = more.pop("headers", {})

    async def go() -> None:
        async with start(**more) as client:
            await visit(Visits(client, **headers))

    asyncio.run(go())


@pytest.mark.parametrize("path", ["/admin", "/admin/playground", "/admin/feedback"])
def test_on_the_machine_itself_nobody_is_asked(start: Start, path: str) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.get(path)
        assert answer.status == 200
        assert Seen(answer).open == []
        assert answer.headers["cache-control"] == "no-store"
        assert "form-action 'self'" in answer.headers["content-security-policy"]
        for rule in ("HttpOnly", "SameSite=strict", "Path=/admin"):
            assert rule in visits.set_cookie

    visiting(start, visit)


@pytest.mark.parametrize(
    "more",
    [
        AWAY,
        AWAY | {"open_access": True},
        {"headers": {"x_forwarded_for": "10.0.0.9"}},
        {"headers": {"host": "evil.example"}},
    ],
)
def test_elsewhere_the_pages_are_closed_until_a_token_is_configured(
    start: Start, more: dict[str, Any]
) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.get("/admin/playground")
        assert answer.status == 403
        page = Seen(answer)
        assert page.words["h1"] == ["These pages are closed"]
        assert "token_digests" in page.said()
        assert visits.cookie == ""

    visiting(start, visit, **more)


def test_a_configured_token_is_asked_for_even_on_the_machine_itself(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.get("/admin/playground")
        assert (answer.status, answer.headers["location"]) == (303, "/admin/sign-in")
        assert Seen(await visits.get("/admin/sign-in")).words["button"] == ["Sign in"]

    visiting(start, visit, admin=ADMIN)


def test_the_token_opens_a_session_and_stands_in_no_address_or_cookie(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.send("/admin/sign-in", token=TOKEN)
        assert (answer.status, answer.headers["location"]) == (303, "/admin")
        assert "Secure" in visits.set_cookie
        assert TOKEN not in visits.set_cookie
        inside = await visits.get("/admin/playground")
        assert inside.status == 200
        assert "Sign out" in Seen(inside).words["button"]

    visiting(start, visit, admin=ADMIN, **AWAY)


@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", ADMIN.token_digests[0]])
def test_a_wrong_token_opens_nothing_and_is_not_repeated(start: Start, token: str) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.send("/admin/sign-in", token=token)
        assert answer.status == 403
        assert visits.cookie == ""
        assert "none of the configured ones" in Seen(answer).said()
        assert not token or token.encode() not in answer.body

    visiting(start, visit, admin=ADMIN, **AWAY)


def test_a_session_ends_with_its_token(start: Start) -> None:
    kept: list[str] = []

    async def come_in(visits: Visits) -> None:
        await visits.send("/admin/sign-in", token=TOKEN)
        kept.append(visits.cookie)

    async def come_back(visits: Visits) -> None:
        visits.cookie = kept[0]
        assert (await visits.get("/admin")).status == 303

    visiting(start, come_in, admin=ADMIN)
    other = AdminSettings(token_digests=(sha256(b"another").hexdigest(),))
    visiting(start, come_back, admin=other)


def test_signing_out_ends_every_copy_of_the_session(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.send("/admin/sign-in", token=TOKEN)
        copied = visits.cookie
        assert (await visits.get("/admin/playground")).status == 200
        assert (await visits.send("/admin/sign-out")).status == 303
        visits.cookie = copied
        assert (await visits.get("/admin/playground")).status == 303

    visiting(start, visit, admin=ADMIN)


def test_the_cookie_tells_nothing_from_which_the_token_could_be_guessed(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.send("/admin/sign-in", token=TOKEN)
        sealed = visits.cookie.partition("=")[2]
        told = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
        assert ADMIN.token_digests[0].encode() not in told
        assert len(told) > 64

    visiting(start, visit, admin=ADMIN)


def test_the_cookie_of_the_open_demo_opens_nothing_once_a_token_is_configured(
    start: Start,
) -> None:
    kept: list[str] = []

    async def come_in(visits: Visits) -> None:
        await visits.get("/admin")
        kept.append(visits.cookie)

    async def come_back(visits: Visits) -> None:
        visits.cookie = kept[0]
        assert (await visits.get("/admin")).status == 303

    visiting(start, come_in)
    visiting(start, come_back, admin=ADMIN)


def test_signing_out_takes_the_cookie_away(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.send("/admin/sign-in", token=TOKEN)
        answer = await visits.send("/admin/sign-out")
        assert answer.status == 303
        assert 'nelm_admin=""' in visits.set_cookie
        assert (await visits.get("/admin")).status == 303

    visiting(start, visit, admin=ADMIN)


@pytest.mark.parametrize("token", ["", "x", "of-another-session"])
def test_a_form_without_the_sessions_own_token_is_refused(start: Start, token: str) -> None:
    async def visit(visits: Visits) -> None:
        await visits.get("/admin/playground")
        other = visits.form_token
        visits.cookie = ""
        await visits.get("/admin/playground")
        sent = other if token == "of-another-session" else token
        answer = await visits.send("/admin/playground", form_token=sent, **CALL)
        assert answer.status == 400
        assert "not one of this session" in Seen(answer).said()

    visiting(start, visit)


def test_a_form_that_another_site_sends_is_refused(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.get("/admin/playground")
        answer = await visits.send("/admin/playground", **CALL)
        assert answer.status == 403

    visiting(start, visit, headers={"sec_fetch_site": "cross-site"})


def test_a_form_that_another_site_sends_in_a_session_is_refused(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.send("/admin/sign-in", token=TOKEN)
        await visits.get("/admin/playground")
        visits.comes_from("cross-site")
        answer = await visits.send("/admin/playground", **CALL)
        assert answer.status == 400

    visiting(start, visit, admin=ADMIN)


def test_without_a_cookie_a_form_does_nothing(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        await visits.get("/admin/playground")
        visits.cookie = ""
        answer = await visits.send("/admin/playground", **CALL)
        assert answer.status == 400

    visiting(start, visit)
