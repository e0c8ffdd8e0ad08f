"""A record that could not be read where no card says so: counted and logged, never silent."""

import logging

from service.cds_hooks.call import HookCall
from service.cds_hooks.record import Record

log = logging.getLogger("service.hooks")


def note_unread(call: HookCall, record: Record) -> None:
    """One more in the metric, and a line with the service, the connection and the reason."""
    call.parts.metrics.count("nelm_hooks_unread_total", service=call.service.id)
    log.warning(
        "record could not be read",
        extra={
            "service": call.service.id,
            "connection": call.connection.name,
            "reason": reason_of(record),
        },
    )


def reason_of(record: Record) -> str:
    """Such as "not-stored:conditions+observations": kinds of resources only, no ids of anybody."""
    kinds = [one.partition("/")[0] for one in record.unread]
    known = "not-stored" if record.patient is None else "stored-in-part"
    return f"{known}:{'+'.join(dict.fromkeys(kinds))}" if kinds else known
