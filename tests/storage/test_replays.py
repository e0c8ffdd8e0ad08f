"""A token counts once: also when it comes twice at the same moment, also after its cleanup."""

import threading

from storage.database import Database
from storage.replays import forget_ended, is_used, use

NOW = 1_000_000.0


def test_a_digest_is_new_once_until_it_ends(database: Database) -> None:
    with database.transaction() as tx:
        assert use(tx, "a", NOW + 60, NOW)
        assert not use(tx, "a", NOW + 60, NOW + 59)
        assert use(tx, "b", NOW + 60, NOW)
        assert use(tx, "a", NOW + 120, NOW + 60)
        assert not use(tx, "a", NOW + 180, NOW + 61)


def test_looking_whether_a_digest_was_used_does_not_use_it(database: Database) -> None:
    with database.transaction() as tx:
        assert not is_used(tx, "a", NOW)
        assert use(tx, "a", NOW + 60, NOW)
        assert is_used(tx, "a", NOW + 59)
        assert not is_used(tx, "a", NOW + 60)


def test_of_many_at_once_one_is_the_first(database: Database) -> None:
    answers: list[bool] = []

    def try_it() -> None:
        with database.transaction(durable=False) as tx:
            answers.append(use(tx, "same", NOW + 60, NOW))

    threads = [threading.Thread(target=try_it) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [False] * 7 + [True]


def test_what_ended_is_forgotten_and_what_counts_stays(database: Database) -> None:
    with database.transaction() as tx:
        for place in range(5):
            assert use(tx, f"old-{place}", NOW + place, NOW)
        assert use(tx, "young", NOW + 600, NOW)
        assert forget_ended(tx, NOW + 10, 3) == 3
        assert forget_ended(tx, NOW + 10, 3) == 2
        assert forget_ended(tx, NOW + 10, 3) == 0
        assert not use(tx, "young", NOW + 600, NOW + 10)
