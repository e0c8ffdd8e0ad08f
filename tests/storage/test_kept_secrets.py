"""Secrets made by the installation itself: long, one per name, the same for every process."""

import threading

from storage.database import Database
from storage.kept_secrets import find_or_make


def test_a_secret_is_made_once_and_stays(database: Database) -> None:
    with database.transaction() as tx:
        first = find_or_make(tx, "pages")
    with database.transaction() as tx:
        assert find_or_make(tx, "pages") == first
        assert find_or_make(tx, "other") != first
    assert len(first) == 32


def test_processes_that_ask_at_once_get_the_same(database: Database) -> None:
    found: list[bytes] = []

    def ask() -> None:
        with database.transaction() as tx:
            found.append(find_or_make(tx, "pages"))

    threads = [threading.Thread(target=ask) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
