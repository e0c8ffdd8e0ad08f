"""Who read whose record: one line each in the log, for those who have to answer for it.

Hooks write none: the EHR knows who opened the chart, and the cards shown are kept with their user.
"""

import logging

log = logging.getLogger("service.reads")


def note_record_read(kind: str, connection: str, patient: int | None, reader: str) -> None:
    """`patient` is our own key, None where nothing is stored of whom was asked for.

    `reader`: the name of a configured reader, or how else somebody was let in.
    """
    told = {"kind": kind, "connection": connection, "patient_key": patient, "reader": reader}
    log.info("record read", extra=told)
