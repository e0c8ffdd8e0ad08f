"""`nelm-cds load`: FHIR files handed to the service as if the EHR had sent them."""

import argparse
from collections import Counter
from collections.abc import Iterable
from itertools import islice

from fhir_mappings.notifications import Change, Heard, Problem
from nelm_cds.calling import call_workers
from nelm_cds.context import connection_named, open_database, read_settings
from nelm_cds.errors import CommandRefused
from nelm_cds.fhir_files import read_changes
from nelm_cds.inputs import read_file
from nelm_cds.output import Progress, write_json, write_line
from storage import notifications
from storage.database import Database

AT_ONCE = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--connection NAME FILE…`."""
    parser.add_argument("--connection", metavar="NAME", help="whose patients they are")
    parser.add_argument("files", nargs="+", metavar="FILE", help="FHIR JSON, Bundle or NDJSON")
    parser.add_argument("--json", action="store_true", help="write the counts as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Note every resource durably; the workers do the rest."""
    settings = read_settings()
    connection = connection_named(settings, arguments.connection)
    contents = [(path, read_file(path)) for path in arguments.files]
    database = open_database(settings)
    try:
        noted, reasons = _load(database, connection.name, contents)
    finally:
        database.close()
    call_workers(settings)
    if arguments.json:
        write_json({"noted": noted, "not_loaded": reasons})
    elif noted:
        resources = "1 resource" if noted == 1 else f"{noted} resources"
        write_line(f"{resources} noted for {connection.name}; a worker reads what is new")
    if reasons:
        lines = "; ".join(f"{count} x {reason}" for reason, count in reasons.items())
        raise CommandRefused(f"not loaded: {lines}. Correct the files and load them again")
    return 0


def _load(
    database: Database, connection: str, contents: Iterable[tuple[str, bytes]]
) -> tuple[int, dict[str, int]]:
    noted = 0
    reasons: Counter[str] = Counter()
    with Progress("Loading") as progress:
        for path, data in contents:
            items = read_changes(data)
            while batch := list(islice(items, AT_ONCE)):
                changes = tuple(item for item in batch if isinstance(item, Change))
                reasons.update(
                    f"{path}: {item.reason}" for item in batch if isinstance(item, Problem)
                )
                with database.transaction() as tx:
                    noted += notifications.put_now(
                        tx, connection, Heard("changes", changes), "load"
                    )
                progress.step(len(batch))
    return noted, dict(reasons)
