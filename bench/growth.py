"""What one more result costs with 10 to 10,000 stored."""

import json
import time
from datetime import UTC, datetime, timedelta

from bench.changes import nelm_patient
from bench.payload import Invented, Json
from bench.table import Row, median
from fhir_mappings.notifications import read_notification
from runtime.settings import ConnectionSettings, Settings
from storage.database import Database
from storage.migrate import migrate
from storage.notifications import put_now
from workers.drain import drain
from workers.parts import Parts, make_parts

LEVELS = (10, 100, 1_000, 10_000)


def open_parts(url: str) -> Parts:
    """A worker's parts on a database of its own; its EHR is never asked, bodies come in full."""
    migrate(url)
    connection = ConnectionSettings(name="main", base_url="http://127.0.0.1:9/fhir")
    settings = Settings(database_url=url, connections={"main": connection})
    return make_parts(settings, Database(url), ehrs={})


def note(parts: Parts, resources: list[Json], origin: str = "load") -> None:
    """Notes these resources as if a notification had brought each."""
    with parts.database.transaction() as tx:
        for resource in resources:
            heard = read_notification(
                "PUT", resource["resourceType"], resource["id"], {}, json.dumps(resource).encode()
            )
            put_now(tx, "main", heard, origin)  # type: ignore[arg-type]


class History:
    """A patient's results, one a day apart, oldest first."""

    def __init__(self, patient: str) -> None:
        self.patient = patient
        self.invented = Invented()
        self.at = datetime.now(UTC) - timedelta(days=900)
        self.number = 0

    def take(self, count: int) -> list[Json]:
        return [self._next() for _ in range(count)]

    def _next(self) -> Json:
        observation = self.invented.observation(self.patient, self.number)
        self.number += 1
        at = (self.at + timedelta(minutes=self.number)).isoformat()
        observation["id"] = f"{self.patient}-o{self.number}"
        observation["meta"]["lastUpdated"] = at
        observation["effectiveDateTime"] = at
        return observation


def growth_rows(url: str, name: str) -> list[Row]:
    """One Observation noted, read, kept, judged and stored, with ever more of them stored."""
    parts = open_parts(url)
    history = History("grown")
    note(parts, nelm_patient("grown"))
    drain(parts)
    cost: dict[int, float] = {}
    for level in LEVELS:
        while history.number < level:
            note(parts, history.take(min(500, level - history.number)))
            drain(parts)
        cost[level] = median([_one(parts, history) for _ in range(60)])
    parts.close()
    parts.database.close()
    growth = cost[LEVELS[-1]] / cost[LEVELS[1]]
    from_first = cost[LEVELS[-1]] / cost[LEVELS[0]]
    shown = ", ".join(f"{level:,}: {ms:.2f}" for level, ms in cost.items())
    return [
        Row(
            f"cost per new Observation, {name}",
            f"{shown} ms",
            f"10 stored: {cost[LEVELS[0]]:.2f} ms",
            f"{from_first:.2f} (from 100: {growth:.2f})",
            "<= 1.3x",
            from_first <= 1.3,
        )
    ]


def _one(parts: Parts, history: History) -> float:
    resources = history.take(1)
    begin = time.perf_counter()
    note(parts, resources)
    drain(parts)
    return (time.perf_counter() - begin) * 1e3
