"""What was shown is written in groups; a row the database cannot hold stops no other."""

import asyncio
from typing import Any

import msgspec
import sqlalchemy as sa

from runtime.metrics import Metrics
from service.cards_shown import CardsShown
from storage.cards import Shown
from storage.database import Database
from storage.tables import cards_shown
from tests.service.conftest import NOW, Start
from tests.service.people import MULTIFOCAL, call, draft_order, prefetch

CARD = Shown("u1", "main", "nelm-order-sign", "h", "p1", "topic", "tace", "d", "info", 1.0)


def test_a_card_that_cannot_be_held_is_dropped_and_counted(
    database: Database, metrics: Metrics
) -> None:
    broken: Any = msgspec.structs.replace(CARD, uuid="u2", topic=None)
    writer = CardsShown(database, metrics)
    writer.note([CARD, broken, msgspec.structs.replace(CARD, uuid="u3")])
    asyncio.run(writer.write())
    with database.reading() as conn:
        kept = conn.execute(sa.text("SELECT uuid FROM cards_shown ORDER BY uuid")).scalars().all()
    assert kept == ["u1", "u3"]
    assert metrics.value("nelm_cards_forgotten_total") == 1


def test_cards_wait_while_the_schema_is_another(database: Database, metrics: Metrics) -> None:
    writer = CardsShown(database, metrics)
    with database.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE cards_shown RENAME TO away"))
    writer.note([CARD])
    asyncio.run(writer.write())
    with database.transaction() as tx:
        tx.execute(sa.text("ALTER TABLE away RENAME TO cards_shown"))
    asyncio.run(writer.write())
    with database.reading() as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM cards_shown")).scalar() == 1
    assert metrics.value("nelm_cards_forgotten_total") == 0


def test_t11_who_was_shown_which_card_about_whom_and_when_is_on_record(
    start: Start, database: Database
) -> None:
    thrombosed = MULTIFOCAL | {"portal_vein": "complete_thrombosis"}
    body = call(
        "order-sign", "p1", [draft_order("p1", "tace")], prefetch=prefetch("p1", thrombosed)
    )

    async def go() -> str:
        async with start() as client:
            (card,) = (await client.post("/cds-services/nelm-order-sign", body)).json()["cards"]
            return str(card["uuid"])

    uuid = asyncio.run(go())
    with database.reading() as conn:
        (row,) = conn.execute(sa.select(cards_shown)).mappings()
    assert row["uuid"] == uuid
    assert (row["connection"], row["patient"], row["user"]) == ("main", "p1", "Practitioner/dr-1")
    assert (row["service"], row["order"], row["indicator"]) == (
        "nelm-order-sign",
        "tace",
        "critical",
    )
    assert row["shown_at"] == NOW.timestamp()
