"""`nelm-cds jobs list|revive`: what was given up on, and how to try it again."""

import argparse
from datetime import UTC, datetime
from typing import Any

from nelm_cds.context import open_database, read_settings
from nelm_cds.output import write_json, write_line
from storage import jobs, notifications
from storage.database import Database

STATES = ("waiting", "taken", "buried")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list` and `revive`, each with `--json`."""
    verbs = parser.add_subparsers(dest="verb", metavar="list|revive", required=True)
    listing = verbs.add_parser("list", help="show jobs and notifications (buried and poison ones)")
    listing.add_argument("--all", action="store_true", help="also what waits or runs")
    listing.add_argument("--limit", type=int, default=200, help="at most this many of each")
    listing.add_argument("--json", action="store_true", help="write JSON")
    reviving = verbs.add_parser("revive", help="let buried work wait again")
    reviving.add_argument("--patient", type=int, metavar="KEY", help="jobs of this patient only")
    reviving.add_argument("--kind", choices=("read_record", "assess", "propose"))
    reviving.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """List or revive."""
    database = open_database(read_settings())
    try:
        if arguments.verb == "list":
            return _list(database, arguments)
        return _revive(database, arguments)
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
    rows = [
        *(_row(job.kind, f"patient {job.patient}", job.state, job.attempts, job.error,
               job.available_at) for job in owed),
        *(_row("notification", f"{one.connection} {one.type}/{one.id}", one.state, one.attempts,
               one.error, one.received_at) for one in noted),
    ]  # fmt: skip
    if arguments.json:
        write_json(rows)
    elif not rows:
        write_line("Nothing is buried. What a worker gives up on will be listed here")
    for row in [] if arguments.json else rows:
        write_line(
            f"{row['state']:<8} {row['kind']:<12} {row['about']}  "
            f"{row['error'] or ''} after {row['attempts']} tries, {row['since']}"
        )
    return 0


def _row(
    kind: str, about: str, state: str, attempts: int, error: str | None, since: float
) -> dict[str, Any]:
    return {
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
