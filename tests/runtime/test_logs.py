"""A log line holds an event and ids; values, arguments and exception texts never get through."""

import io
import json
import logging
import threading
from collections.abc import Iterator

import pytest

from runtime.logs import start_logging


@pytest.fixture
def lines() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    end_of_thread = threading.excepthook
    stream = io.StringIO()
    start_logging("info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    threading.excepthook = end_of_thread


def _only(stream: io.StringIO) -> dict[str, object]:
    (line,) = stream.getvalue().splitlines()
    parsed: dict[str, object] = json.loads(line)
    return parsed


def test_an_event_keeps_its_ids_and_loses_everything_else(lines: io.StringIO) -> None:
    extra = {"connection": "main", "resource": "Observation/12", "count": 3, "bilirubin": 4.2}
    logging.getLogger("workers.ingest").info("resource kept", extra=extra)
    line = _only(lines)
    assert line["event"] == "resource kept"
    assert (line["connection"], line["resource"], line["count"]) == ("main", "Observation/12", 3)
    assert "bilirubin" not in line


def test_a_field_that_is_not_shaped_like_an_id_is_left_out(lines: io.StringIO) -> None:
    logging.getLogger("service").info("refused", extra={"reason": "Erika Mustermann, 4.2 mg/dL"})
    assert _only(lines)["reason"] == "(left out)"


def test_the_end_of_a_thread_is_told_without_its_words(lines: io.StringIO) -> None:
    def fail() -> None:
        raise ValueError("Erika Mustermann")

    thread = threading.Thread(target=fail)
    thread.start()
    thread.join()
    line = _only(lines)
    assert (line["event"], line["error_class"]) == ("a thread ended", "ValueError")
    assert "Mustermann" not in lines.getvalue()


def test_the_text_of_an_exception_is_never_written(lines: io.StringIO) -> None:
    try:
        raise ValueError("Erika Mustermann")
    except ValueError:
        logging.getLogger("workers").exception("given up")
    line = _only(lines)
    assert line["error_class"] == "ValueError"
    assert "Mustermann" not in lines.getvalue()
    assert line["where"]


@pytest.mark.parametrize("arguments", [(), ("Erika",)])
def test_foreign_loggers_lose_their_values(lines: io.StringIO, arguments: tuple[str, ...]) -> None:
    text = "patient %s" if arguments else "patient Erika"
    logging.getLogger("somebody.else").warning(text, *arguments)
    assert "Erika" not in lines.getvalue()
