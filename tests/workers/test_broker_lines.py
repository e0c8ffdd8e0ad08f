"""What an operator reads when the broker is away."""

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest
from celery.worker.consumer import consumer

from runtime.logs import start_logging
from workers.app import BrokerLines

URL = "redis://:secret@broker.example:6380/0"


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level, end_of_thread = root.handlers[:], root.level, threading.excepthook
    stream = io.StringIO()
    start_logging("info", stream)
    ours = BrokerLines(URL)
    consumer.logger.addFilter(ours)
    yield stream
    consumer.logger.removeFilter(ours)
    root.handlers[:] = handlers
    root.setLevel(level)
    threading.excepthook = end_of_thread


@pytest.mark.parametrize(
    ("template", "arguments"),
    [
        (consumer.CONNECTION_ERROR, (URL, OSError("refused"), "Trying again")),
        ("%s (%r)", (consumer.CONNECTION_RETRY, OSError("refused"))),
    ],
)
def test_a_broker_that_is_away_is_named_with_its_setting(
    lines: io.StringIO, template: str, arguments: tuple[object, ...]
) -> None:
    consumer.logger.error(template, *arguments)
    line = json.loads(lines.getvalue())
    assert line["event"].startswith("the broker does not answer; tries again")
    assert line["event"].endswith("Check NELM_BROKER_URL")
    assert (line["host"], line["port"]) == ("broker.example", 6380)
    assert "secret" not in lines.getvalue()
