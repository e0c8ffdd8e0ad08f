"""`nelm-cds feedback`: what clinicians did with the cards, as the admin page counts it."""

import argparse
import time

from nelm_cds.context import open_existing_database, read_settings
from nelm_cds.output import write_json, write_line
from service.card_counts import SECONDS_OF_A_DAY, Counts, Line, headline, read_counts

_USUAL_DAYS = 30


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """How far back, and in which form."""
    parser.add_argument(
        "--days", type=_days, default=_USUAL_DAYS, help="cards shown in so many days (default 30)"
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Count and write."""
    database = open_existing_database(read_settings())
    try:
        with database.reading() as conn:
            counts = read_counts(conn, time.time() - arguments.days * SECONDS_OF_A_DAY)
    finally:
        database.close()
    if arguments.json:
        write_json(_as_json(counts, arguments.days))
    else:
        _write(counts, arguments.days)
    return 0


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 3650:
        raise argparse.ArgumentTypeError("write a number of days from 1 to 3650")
    return int(text)


def _as_json(counts: Counts, days: int) -> dict[str, object]:
    return {
        "days": days,
        "topics": [
            one._asdict() | {"reasons": [reason._asdict() for reason in one.reasons]}
            for one in counts.lines
        ],
        "unknown_cards": counts.unknown,
        "care_plans": {
            "accepted": counts.followed.accepted,
            "held_by_ehr": counts.followed.held,
            "by_status": {one.words: one.cards for one in counts.followed.statuses},
        },
    }


def _write(counts: Counts, days: int) -> None:
    write_line(headline(counts.lines, days))
    for one in counts.lines:
        write_line(_line(one))
        for reason in one.reasons:
            write_line(f"    {reason.cards} x {reason.words}")
    if counts.followed.accepted:
        held, taken = counts.followed.held, counts.followed.accepted
        write_line(f"{held} of {taken} accepted care plans are in the EHR")


def _line(one: Line) -> str:
    return (
        f"  {one.connection} {one.service} {one.topic}: {one.shown} shown, {one.accepted} accepted,"
        f" {one.overridden} overridden, {one.unanswered} not answered"
    )
