"""Texts that PostgreSQL cannot hold, or cannot put into an index: refused by name, never a 500."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.settings import IntakeSettings
from service import create_app
from storage.database import Database
from storage.migrate import migrate
from tests.service.asgi_client import Client, running
from tests.service.conftest import NOW, CountedWakeUp, connection, settings
from tests.service.people import MULTIFOCAL, call, draft_order, prefetch
from tests.service.test_feedback import item

pytestmark = pytest.mark.real
SIGN = "/cds-services/nelm-order-sign"
NUL, LONG = "a\u0000b", "x" * 10_000
ODD = (NUL, LONG)


def signing(**context: Any) -> dict[str, Any]:
    body = call(
        "order-sign", "p1", [draft_order("p1", "tare")], prefetch=prefetch("p1", MULTIFOCAL)
    )
    body["context"].update(context)
    return body


def feedback() -> list[dict[str, Any]]:
    """An item broken in every text of it, by each of the odd texts."""
    found = []
    for odd in ODD:
        found += [
            item(card=odd),
            item(outcomeTimestamp=f"2026-06-01T09:06:00.{'0' * 9000}Z"),
            item(outcome="accepted", acceptedSuggestions=[{"id": odd}]),
            item(outcome="accepted", acceptedSuggestions=[{"id": "s"}] * 5000),
            item(overrideReason={"reason": {"code": odd, "system": odd}, "userComment": odd}),
        ]
    return found


async def ask_everything(client: Client) -> list[tuple[str, int]]:
    """Every call with every odd text; what came, by what was asked."""
    told: list[tuple[str, int]] = []
    for odd in ODD:
        for name in ("patientId", "userId", "encounterId"):
            answer = await client.post(SIGN, signing(**{name: odd}))
            told.append((f"{name} {odd[:3]!r}", answer.status))
        answer = await client.post(SIGN, signing() | {"hookInstance": odd})
        told.append((f"hookInstance {odd[:3]!r}", answer.status))
        answer = await client.get(f"/patients/main/{odd}/assessment")
        told.append((f"assessment {odd[:3]!r}", answer.status))
        answer = await client.get(f"/patients/main/{odd}/assessments")
        told.append((f"assessments {odd[:3]!r}", answer.status))
        for path in (f"/notifications/main/{odd}/1", f"/notifications/main/Observation/{odd}"):
            answer = await client.call("PUT", path, b"{}")
            told.append((f"notification {odd[:3]!r}", answer.status))
    for place, one in enumerate(feedback()):
        answer = await client.post(f"{SIGN}/feedback", {"feedback": [one]})
        told.append((f"feedback {place}", answer.status))
    return told


def test_odd_texts_are_refused_or_kept_and_stop_nothing(
    new_postgresql_database: Callable[[], str], mapping_set: MappingSet
) -> None:
    url = new_postgresql_database()
    migrate(url)
    database = Database(url)
    main = connection(intake=IntakeSettings())
    app = create_app(
        settings(connections={"main": main}, open_access=True),
        database,
        CountedWakeUp(),
        mapping_set,
        Parameters(),
        clock=lambda: NOW,
    )

    async def go() -> list[tuple[str, int]]:
        async with running(app) as client:
            told = await ask_everything(client)
            assert (await client.post(SIGN, signing())).status == 200
            await app.state.parts.shown.write()
            return told

    try:
        told = asyncio.run(go())
        with database.reading() as conn:
            shown = conn.execute(sa.text("SELECT count(*) FROM cards_shown")).scalar()
    finally:
        database.close()
    assert [one for one in told if one[1] >= 500] == []
    assert shown
