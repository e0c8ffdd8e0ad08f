"""Who may write beside whom on PostgreSQL: notifications without waiting in a ring, mapping rules.

SQLite lets one write at a time anyway.
"""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy import Connection

from storage.driver import fetched
from storage.rows import Prepared, is_sqlite
from storage.tables import notifications

# Any numbers; the same in every process.
_NOTIFICATIONS = 7_304_113
_MAPPING_LAYERS = 7_304_114
_BESIDE = f"SELECT pg_advisory_xact_lock_shared({_NOTIFICATIONS})"
_ALONE = f"SELECT pg_advisory_xact_lock({_NOTIFICATIONS})"

_row = notifications.c
# By code point, as those sort who note what was heard.
_ORDER = [sa.collate(_row[name], "C") for name in ("connection", "type", "fhir_id", "version")]
_HOLD = Prepared(
    lambda asked: (
        sa.select(_row.id)
        .select_from(asked)
        .join(notifications, _row.id == asked.c.row)
        .order_by(*_ORDER)
        .with_for_update(of=notifications)
    ),
    {"row": _row.id.type},
)


def wait_for_turn(tx: Connection, *, alone: bool) -> None:
    """Waits until this transaction may write notifications; its turn ends with the transaction.

    Who locks all rows by one statement locks them by key, so these go side by side; who needs
    several (`alone`) locks them in no order and goes alone.
    """
    if not is_sqlite(tx):
        fetched(tx, _ALONE if alone else _BESIDE, ())


def wait_to_change_layers(tx: Connection) -> None:
    """Waits until this transaction alone may say which layer of mapping rules is active.

    Without it two imports at once would both find none active, and one of them would be refused.
    """
    if not is_sqlite(tx):
        fetched(tx, f"SELECT pg_advisory_xact_lock({_MAPPING_LAYERS})", ())


def hold(tx: Connection, rows: Iterable[int]) -> None:
    """Locks these notifications, by key, before several statements say what became of them."""
    if not is_sqlite(tx):
        wait_for_turn(tx, alone=False)
        _HOLD.run(tx, [(row,) for row in rows])
