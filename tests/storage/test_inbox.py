"""Group commit: durable before the answer, one bad request alone, full and closed inboxes."""

import asyncio
import random
import threading
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from fhir_mappings.notifications import Change, Heard
from storage.database import Database
from storage.errors import StorageBroken, StorageError, StorageUnavailable
from storage.inbox import Inbox
from storage.notifications import finish, put_now, retry, take
from storage.turns import hold
from tests.storage.builders import change, heard


@pytest.fixture
def inbox(database: Database) -> Iterator[Inbox]:
    opened = Inbox(database)
    opened.start()
    yield opened
    opened.stop()


def count(database: Database) -> int:
    with database.reading() as conn:
        return int(conn.execute(sa.text("SELECT count(*) FROM notifications")).scalar_one())


def test_a_row_is_seen_by_others_before_the_request_is_answered(
    database: Database, inbox: Inbox
) -> None:
    async def put() -> None:
        for number in range(5):
            assert await inbox.put("a", heard(change(number))) == 1
            assert count(database) == number + 1

    asyncio.run(put())


def test_requests_that_wait_together_share_their_transactions(
    database: Database, inbox: Inbox
) -> None:
    def xacts() -> int:
        with database.reading() as conn:
            found = conn.execute(sa.text("SELECT count(DISTINCT received_at) FROM notifications"))
            return int(found.scalar_one())

    async def put() -> None:
        await asyncio.gather(*(inbox.put("a", heard(change(n))) for n in range(400)))

    asyncio.run(put())
    assert count(database) == 400
    assert xacts() < 100


def test_duplicates_at_once_are_one_row(database: Database, inbox: Inbox) -> None:
    async def put() -> None:
        waiting = [inbox.put("a", heard(change(1), change(2, None))) for _ in range(50)]
        assert await asyncio.gather(*waiting) == [2] * 50

    asyncio.run(put())
    assert count(database) == 2


def test_a_request_the_database_refuses_fails_alone(database: Database, inbox: Inbox) -> None:
    # A surrogate cannot be written as UTF-8 by either database.
    bad = heard(Change("Observation", "o\udc00", "1"))

    async def put() -> list[object]:
        waiting = [inbox.put("a", bad if n == 7 else heard(change(n))) for n in range(20)]
        return list(await asyncio.gather(*waiting, return_exceptions=True))

    answers = asyncio.run(put())
    assert isinstance(answers[7], StorageBroken)
    assert [answer for answer in answers if answer != answers[7]] == [1] * 19
    assert count(database) == 19


def test_a_full_inbox_says_try_again_and_keeps_what_it_has(database: Database) -> None:
    inbox = Inbox(database, most_waiting=2, most_waiting_bytes=100)

    async def put() -> None:
        # Opened without its writer's turn: the lock is held while three requests come.
        inbox.start()
        with database.transaction() as tx:
            tx.execute(sa.text("UPDATE leases SET holder = holder"))
            if tx.dialect.name == "postgresql":
                tx.execute(sa.text("LOCK TABLE notifications"))
            first = asyncio.create_task(inbox.put("a", heard(change(1))))
            while inbox.waiting or not first:
                await asyncio.sleep(0)
            await asyncio.sleep(0)
            others = [asyncio.create_task(inbox.put("a", heard(change(n)))) for n in range(2, 7)]
            done, _ = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
            assert all(isinstance(task.exception(), StorageUnavailable) for task in done)
        answers = await asyncio.gather(first, *others, return_exceptions=True)
        assert answers.count(1) == count(database)
        assert sum(isinstance(answer, StorageUnavailable) for answer in answers) >= 3

    asyncio.run(put())
    inbox.stop()


def test_a_closed_inbox_refuses_and_has_written_everything(database: Database) -> None:
    inbox = Inbox(database)
    inbox.start()

    async def put() -> None:
        waiting = [asyncio.create_task(inbox.put("a", heard(change(n)))) for n in range(50)]
        await asyncio.sleep(0)
        await asyncio.to_thread(inbox.stop)
        assert await asyncio.gather(*waiting) == [1] * 50
        with pytest.raises(StorageUnavailable, match="closed"):
            await inbox.put("a", heard(change(99)))

    asyncio.run(put())
    assert count(database) == 50


def test_a_request_that_went_away_still_leaves_its_row(database: Database, inbox: Inbox) -> None:
    async def put() -> None:
        gone = asyncio.create_task(inbox.put("a", heard(change(1))))
        await asyncio.sleep(0)
        gone.cancel()
        await inbox.put("a", heard(change(2)))

    asyncio.run(put())
    assert count(database) == 2


def test_writers_and_a_worker_that_meet_at_the_same_resources_never_wait_in_a_ring(
    database: Database,
) -> None:
    dice = random.Random(7)  # noqa: S311  repeatable, no secret
    bundles = [
        heard(*(change(dice.randrange(8), dice.choice([None, "1", "2", "3"])) for _ in range(6)))
        for _ in range(160)
    ]
    start = threading.Barrier(5)
    refused: list[StorageError] = []

    def write(told: Heard) -> None:
        with database.transaction() as tx:
            put_now(tx, "a", told, "subscription")

    def work(_: Heard) -> None:
        with database.at_once() as tx:
            taken = take(tx)
        with database.transaction(durable=False) as tx:
            hold(tx, [one.row for one in taken])
            finish(tx, taken[::2])
            retry(tx, taken[1::2], "EhrUnavailable", 0)

    def run(step: Callable[[Heard], None], mine: list[Heard]) -> None:
        start.wait()
        for told in mine:
            try:
                step(told)
            except StorageError as error:
                refused.append(error)

    each = [(write, bundles[n::4]) for n in range(4)] + [(work, bundles[:60])]
    threads = [threading.Thread(target=run, args=one) for one in each]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert refused == []
