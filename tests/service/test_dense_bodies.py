"""A body that decodes to a hundred times its size is refused before anything is made of it."""

import asyncio

import pytest

from service.bodies import MOST_OBJECTS
from tests.service.conftest import SECRET, Start

VIEW = "/cds-services/nelm-patient-view"


@pytest.mark.parametrize("one", [b"{}", b"[]"])
def test_a_body_of_braces_alone_is_refused_by_hooks_and_notifications(
    start: Start, one: bytes
) -> None:
    entries = b",".join([one] * (MOST_OBJECTS + 1))
    bundle = b'{"resourceType":"Bundle","type":"history","entry":[' + entries + b"]}"
    call = (
        b'{"hook":"patient-view","hookInstance":"1","context":{"patientId":"p1"},"prefetch":{"c":'
    )
    assert len(bundle) > 900_000

    async def go() -> None:
        async with start() as client:
            padded = bundle + b" " * 200_000
            answer = await client.call("POST", VIEW, call + padded + b"}}", {})
            assert answer.status == 413
            told = await client.call(
                "POST", "/notifications/main", padded, {"x-nelm-secret": SECRET}
            )
            assert told.status == 413

    asyncio.run(go())
