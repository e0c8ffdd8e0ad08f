"""A process that notes notifications and prints the number of each once it was answered."""

import asyncio
import sys
from itertools import count

from fhir_mappings.notifications import Change, Heard
from storage.database import Database
from storage.inbox import Inbox


async def _answer_until_killed(url: str) -> None:
    inbox = Inbox(Database(url))
    inbox.start()
    numbers = count()

    async def caller() -> None:
        for number in numbers:
            await inbox.put("a", Heard("changes", (Change("Observation", f"o{number}", "1"),)))
            sys.stdout.write(f"o{number}\n")
            sys.stdout.flush()

    await asyncio.gather(*(caller() for _ in range(8)))


if __name__ == "__main__":
    asyncio.run(_answer_until_killed(sys.argv[1]))
