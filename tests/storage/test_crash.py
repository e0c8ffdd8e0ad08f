"""A process killed at work: whatever it answered is there, and somebody else goes on."""

import subprocess
import sys
from pathlib import Path

import pytest

from storage import notifications
from storage.database import Database

ROOT = Path(__file__).parents[2]


@pytest.mark.usefixtures("database")
def test_everything_answered_before_the_kill_is_there_after_it(database_url: str) -> None:
    command = [sys.executable, "-m", "tests.storage.answering", database_url]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        answered = [process.stdout.readline().strip() for _ in range(300)]
        process.kill()
        answered += [line.strip() for line in process.stdout if line.endswith("\n")]
    database = Database(database_url)
    with database.transaction() as tx:
        found = {one.id for one in notifications.take(tx, 100_000)}
    database.close()
    assert len(answered) >= 300
    assert set(answered) <= found
