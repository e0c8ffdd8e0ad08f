"""JSON lines that let ids through and nothing else.

A log line is an event of ours (a constant sentence) with named ids. Arguments of foreign log
calls and the text of exceptions may hold patient values, so neither is ever written.
"""

import json
import logging
import re
import sys
import threading
import traceback
from datetime import UTC, datetime
from typing import Any, TextIO

# What a line may carry besides its event: names of things of ours and ids of the EHR's.
ALLOWED_FIELDS = (
    "connection", "resource", "version", "subscription", "notification", "job", "patient_key",
    "kind", "step", "reason", "error_class", "attempt", "count", "seconds", "status", "path_class",
    "correlation", "hook", "service", "mapping_set", "host", "port", "dialect",
    "issuer", "reader",
)  # fmt: skip
_SHAPE_OF_AN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/|@+-]{0,199}")
OUR_LOGGERS = ("nelm", "fhir_mappings", "storage", "ehr", "runtime", "service", "workers",
               "nelm_cds")  # fmt: skip

_log = logging.getLogger(__name__)


class IdsOnlyFormatter(logging.Formatter):
    """One JSON object per line; other fields and odd shapes are left out."""

    def format(self, record: logging.LogRecord) -> str:
        """The line, without arguments, exception messages or unknown fields."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": _event(record),
        }
        for name in ALLOWED_FIELDS:
            value = getattr(record, name, None)
            if value is not None:
                line[name] = _only_an_id(value)
        if record.exc_info and record.exc_info[0]:
            line["error_class"] = record.exc_info[0].__name__
            line["where"] = _frames(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def start_logging(level: str = "info", stream: TextIO | None = None) -> None:
    """Send every logger of this process through the formatter, to standard error by default.

    What ends a thread is a line of the same kind.
    """
    threading.excepthook = _log_end_of_thread
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(IdsOnlyFormatter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    for name in OUR_LOGGERS:
        logging.getLogger(name).setLevel(level.upper())


def _log_end_of_thread(ended: threading.ExceptHookArgs) -> None:
    if ended.exc_value is None or isinstance(ended.exc_value, SystemExit):
        return
    _log.critical("a thread ended", exc_info=ended.exc_value)


def _event(record: logging.LogRecord) -> str:
    """The constant part of the call: foreign templates stay unfilled, foreign texts are dropped."""
    if record.name.split(".")[0] in OUR_LOGGERS or record.args:
        return str(record.msg)
    return f"message of {record.module}:{record.lineno}"


def _only_an_id(value: object) -> object:
    if isinstance(value, bool | int | float):
        return value
    text = str(value)
    return text if _SHAPE_OF_AN_ID.fullmatch(text) else "(left out)"


def _frames(trace: Any) -> list[str]:
    """Where it happened, innermost last; source lines and values stay out."""
    frames = traceback.extract_tb(trace)[-8:]
    return [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
