"""A stream of changed results over keep-alive connections, with the time of each acceptance."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from zlib import crc32

from bench.payload import Invented, Json
from bench.stack import SECRET


def nelm_patient(patient: str) -> list[Json]:
    """What makes somebody a patient of ours: Patient and two Conditions."""
    invented = Invented(seed=crc32(patient.encode()))
    conditions = [{**invented.condition(patient, i), "id": f"{patient}-c{i}"} for i in (0, 1)]
    return [invented.patient(patient), *conditions]


class Changes:
    """Bilirubin results with new ids, values and times, one after another, for many patients."""

    def __init__(self, patients: list[str]) -> None:
        self.patients = patients
        self.invented = Invented()
        self.number = 0
        self.start = datetime.now(UTC) - timedelta(days=1)

    def next(self) -> Json:
        number = self.number
        self.number += 1
        patient = self.patients[number % len(self.patients)]
        at = (self.start + timedelta(milliseconds=number * 10)).isoformat(timespec="milliseconds")
        observation = self.invented.observation(patient, 0)
        observation["id"] = f"{patient}-o{number}"
        observation["meta"]["lastUpdated"] = at
        observation["effectiveDateTime"] = at
        observation["valueQuantity"]["value"] = round(0.4 + number % 97 / 100, 2)
        return observation


async def send(
    port: int, resources: list[Json], connections: int, gap_seconds: float = 0.0
) -> dict[str, float]:
    """PUTs each resource to our endpoint; when each was accepted (Unix seconds) by its id."""
    accepted: dict[str, float] = {}
    waiting = list(reversed(resources))
    begin = time.perf_counter()
    sent = 0

    async def one_connection() -> None:
        nonlocal sent
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            resource = waiting.pop()
            if gap_seconds:
                due = begin + sent * gap_seconds
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
            sent += 1
            writer.write(_request(resource))
            await _answer(reader)
            accepted[resource["id"]] = time.time()
        writer.close()

    await asyncio.gather(*(one_connection() for _ in range(connections)))
    return accepted


def _request(resource: Json) -> bytes:
    body = json.dumps(resource).encode()
    path = f"/notifications/main/{resource['resourceType']}/{resource['id']}"
    return (
        f"PUT {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Nelm-Secret: {SECRET}\r\n"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode() + body


async def _answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    if b" 200 " not in head.split(b"\r\n", 1)[0]:
        raise RuntimeError(head.decode(errors="replace").split("\r\n", 1)[0])
    length = next(
        int(line.split(b":")[1])
        for line in head.split(b"\r\n")
        if line.lower().startswith(b"content-length:")
    )
    await reader.readexactly(length)
