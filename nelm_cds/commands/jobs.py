"""`nelm-cds jobs list|revive|dismiss`: what was given up on, and what to do about it."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from nelm_cds.context import database_name, open_existing_database, read_settings
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_count
from nelm_cds.output import write_json, write_line
from storage import jobs, notifications
from storage.backlog import GivenUp, given_up
from storage.database import Database
from storage.jobs import Owed
from storage.notifications import SUBJECT_UNKNOWN as NOBODYS
from storage.notifications import Noted

MOST = 100_000
EXPLAINED = """\
buried   work that failed again and again, or was refused. Its error names the class of the
         failure. Remove the cause (nelm-cds doctor), then: nelm-cds jobs revive
poison   a notification that could not be read at all, kept as it came. Reviving cannot help:
         correct its sender, have it sent again (or nelm-cds backfill), then:
         nelm-cds jobs dismiss ID
revive   lets buried work wait again, from its first try, and ends the pause of what waits for
         an EHR that did not answer; a worker takes it within seconds.
         Look again afterwards: nelm-cds jobs list
dismiss  drops the bytes of a poison notification. Nothing of it can be read any more.
SubjectUnknown   a resource whose subject is no reference to a patient (an identifier alone, a
         urn:uuid, none): it counts for nobody. Have the EHR send Patient/ID: it is done then by
         itself. Or, where that is nobody's in fact: nelm-cds jobs dismiss ID

The database is the one of nelm-cds.toml in this directory, of NELM_CONFIG or of
NELM_DATABASE_URL. Every answer names it; none is created.
Exit: 0 answered (also where work is buried), 2 you must change something, 1 ours."""
STATES = ("waiting", "taken", "buried")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`list`, `revive` and `dismiss`, each with `--json`."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXPLAINED
    verbs = parser.add_subparsers(dest="verb", metavar="list|revive|dismiss", required=True)
    listing = verbs.add_parser("list", help="show jobs and notifications (buried and poison ones)")
    listing.add_argument("--all", action="store_true", help="also what waits or runs")
    listing.add_argument("--limit", type=read_count, default=200, help="at most this many of each")
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
    settings = read_settings()
    name = database_name(settings)
    database = open_existing_database(settings)
    try:
        verb = {"list": _list, "revive": _revive, "dismiss": _dismiss}[arguments.verb]
        return verb(database, name, arguments)
    finally:
        database.close()


def _list(database: Database, name: str, arguments: argparse.Namespace) -> int:
    states = STATES if arguments.all else ("buried",)
    noted_states = (
        ("waiting", "taken", "buried", "poison") if arguments.all else ("buried", "poison")
    )
    with database.reading() as tx:
        owed = jobs.list_jobs(tx, states, arguments.limit)
        noted = notifications.list_noted(tx, noted_states, arguments.limit)
        gone = given_up(tx)
    rows = _rows(owed, noted)
    if arguments.json:
        write_json({"database": name, "rows": rows})
        return 0
    for row in rows:
        write_line(_line(row))
    if arguments.all and not any(row["state"] in ("waiting", "taken") for row in rows):
        write_line(f"Nothing waits or runs in {name}")
    write_line(_conclusion(gone, name))
    return 0


def _conclusion(gone: GivenUp, name: str) -> str:
    """How many there are, in which database, and the next step."""
    if not gone.buried and not gone.poison:
        return f"Nothing is buried in {name}. What a worker gives up on will be listed here"
    next_steps = [
        *(["Once their cause is gone: nelm-cds jobs revive"] if gone.buried else []),
        *(["Poison cannot be revived: nelm-cds jobs dismiss ID"] if gone.poison else []),
    ]
    return f"{gone.buried} buried, {gone.poison} poison in {name}. {'. '.join(next_steps)}"


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


def _revive(database: Database, name: str, arguments: argparse.Namespace) -> int:
    narrowed = arguments.kind is not None or arguments.patient is not None
    with database.transaction() as tx:
        revived = jobs.revive(tx, arguments.kind, arguments.patient)
        heard = 0 if narrowed else notifications.revive(tx)
    if arguments.json:
        write_json({"database": name, "jobs": revived, "notifications": heard})
    else:
        write_line(f"{revived} jobs and {heard} notifications wait again in {name}")
    return 0


def _dismiss(database: Database, name: str, arguments: argparse.Namespace) -> int:
    with database.transaction() as tx:
        listed = notifications.list_noted(tx, ("buried", "poison"), MOST)
        poison = {one.row for one in listed if one.state == "poison" or one.error == NOBODYS}
        unknown = [str(row) for row in arguments.rows if row not in poison]
        if unknown:
            raise CommandRefused(
                f"no poison notification in {name} has the id {', '.join(unknown)}; "
                "nothing is dismissed. "
                "What is buried can only be revived. See: nelm-cds jobs list"
            )
        dismissed = notifications.dismiss(tx, arguments.rows)
    if arguments.json:
        write_json({"database": name, "dismissed": dismissed})
    else:
        write_line(f"{dismissed} notifications dismissed in {name}; their bytes are gone")
    return 0
