"""`nelm-cds jobs list|revive|dismiss`: what was given up on, and what to do about it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nelm_cds.context import open_database, read_settings
from nelm_cds.errors import CommandRefused
from nelm_cds.output import write_json, write_line
from storage import jobs, notifications
from storage.database import Database
from storage.jobs import Owed
from storage.notifications import Noted

MOST = 100_000
STATES = ("waiting", "taken", "buried")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list`, `revive` and `dismiss`, each with `--json`."""
    verbs = parser.add_subparsers(dest="verb", metavar="list|revive|dismiss", required=True)
    listing = verbs.add_parser("list", help="show jobs and notifications (buried and poison ones)")
    listing.add_argument("--all", action="store_true", help="also what waits or runs")
    listing.add_argument("--limit", type=int, default=200, help="at most this many of each")
    listing.add_argument("--json", action="store_true", help="write JSON")
    reviving = verbs.add_parser("revive", help="let buried work wait again")
    reviving.add_argument("--patient", type=int, metavar="KEY", help="jobs of this patient only")
    reviving.add_argument("--kind", choices=("read_record", "reread", "assess", "propose"))
    reviving.add_argument("--json", action="store_true", help="write JSON")
    dismissing = verbs.add_parser("dismiss", help="drop poison notifications you have looked into")
    dismissing.add_argument("rows", type=int, nargs="+", metavar="ID", help="as `jobs list` shows")
    dismissing.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """List or revive."""
    database = open_database(read_settings())
    try:
        verb = {"list": _list, "revive": _revive, "dismiss": _dismiss}[arguments.verb]
        return verb(database, arguments)
    finally:
        database.close()


def _list(database: Database, arguments: argparse.Namespace) -> int:
    states = STATES if arguments.all else ("buried",)
    noted_states = (
        ("waiting", "taken", "buried", "poison") if arguments.all else ("buried", "poison")
    )
    with database.reading() as tx:
        owed = jobs.list_jobs(tx, states, arguments.limit)
        noted = notifications.list_noted(tx, noted_states, arguments.limit)
    rows = _rows(owed, noted)
    if arguments.json:
        write_json(rows)
    elif not rows:
        write_line("Nothing is buried. What a worker gives up on will be listed here")
    for row in [] if arguments.json else rows:
        write_line(_line(row))
    return 0


def _rows(owed: Sequence[Owed], noted: Sequence[Noted]) -> list[dict[str, Any]]:
    return [
        *(_row(None, job.kind, f"patient {job.patient}", job.state, job.attempts, job.error,
               job.available_at) for job in owed),
        *(_row(one.row, "notification", _about(one), one.state, one.attempts, one.error,
               one.received_at) for one in noted),
    ]  # fmt: skip


def _about(one: Noted) -> str:
    """What it is about: ids only, and where it came from where it has none."""
    if one.type:
        return f"{one.connection} {one.type}/{one.id}"
    return f"from {one.connection} ({one.origin}), no resource in it"


def _line(row: dict[str, Any]) -> str:
    number = f" {row['id']}" if row["id"] is not None else ""
    tries = f" after {row['attempts']} tries" if row["attempts"] else ""
    error = f": {row['error']}{tries}" if row["error"] else ""
    return f"{row['state']:<8} {row['kind']}{number}, {row['about']}{error}, {row['since']}"


def _row(
    number: int | None,
    kind: str,
    about: str,
    state: str,
    attempts: int,
    error: str | None,
    since: float,
) -> dict[str, Any]:
    return {
        "id": number,
        "kind": kind,
        "about": about,
        "state": state,
        "attempts": attempts,
        "error": error,
        "since": datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds"),
    }


def _revive(database: Database, arguments: argparse.Namespace) -> int:
    narrowed = arguments.kind is not None or arguments.patient is not None
    with database.transaction() as tx:
        revived = jobs.revive(tx, arguments.kind, arguments.patient)
        heard = 0 if narrowed else notifications.revive(tx)
    if arguments.json:
        write_json({"jobs": revived, "notifications": heard})
    else:
        write_line(f"{revived} jobs and {heard} notifications wait again")
    return 0


def _dismiss(database: Database, arguments: argparse.Namespace) -> int:
    with database.transaction() as tx:
        poison = {one.row for one in notifications.list_noted(tx, ("poison",), MOST)}
        unknown = [str(row) for row in arguments.rows if row not in poison]
        if unknown:
            raise CommandRefused(
                f"no poison notification has the id {', '.join(unknown)}; nothing is dismissed. "
                "What is buried can only be revived. See: nelm-cds jobs list"
            )
        dismissed = notifications.dismiss(tx, arguments.rows)
    if arguments.json:
        write_json({"dismissed": dismissed})
    else:
        write_line(f"{dismissed} notifications dismissed; their bytes are gone")
    return 0
