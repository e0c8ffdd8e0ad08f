"""`nelm-cds backfill [NAME]`: read what an EHR already holds, by paged search."""

import argparse

import msgspec

from ehr.errors import EhrError, EhrUnavailable
from nelm_cds.backfilling import Filled, backfill
from nelm_cds.calling import call_workers
from nelm_cds.context import connection_named, open_database, read_settings
from nelm_cds.errors import CommandFailed
from nelm_cds.inputs import add_connection, chosen_connection
from nelm_cds.output import Progress, write_json, write_line
from workers.parts import open_ehr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The connection and `--json`."""
    add_connection(parser)
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Note every resource; the workers read, keep and judge."""
    settings = read_settings()
    connection = connection_named(settings, chosen_connection(arguments))
    database = open_database(settings)
    filled: list[Filled] = []
    try:
        with Progress(f"Reading {connection.name}") as progress:
            for one in backfill(database, connection.name, open_ehr(connection), progress.step):
                filled.append(one)
    except EhrUnavailable as problem:
        raise CommandFailed(
            f"{connection.name} fell silent ({problem}). What was read is kept; run it again"
        ) from None
    except EhrError as problem:
        raise CommandFailed(f"{connection.name} refuses: {problem}. See: nelm-cds doctor") from None
    finally:
        database.close()
        call_workers(settings)
    return _report(connection.name, filled, arguments.json)


def _report(connection: str, filled: list[Filled], as_json: bool) -> int:
    if as_json:
        write_json([msgspec.to_builtins(one) for one in filled])
    else:
        for one in filled:
            bad = f", {one.unreadable} not readable" if one.unreadable else ""
            gone = f", {one.missed} more asked for by id" if one.missed else ""
            write_line(f"{one.type:<26} {'refused' if one.refused else one.noted}{bad}{gone}")
    refused = [one.type for one in filled if one.refused]
    if refused:
        raise CommandFailed(
            f"{connection} refused to search {', '.join(refused)}: those are not read. "
            "Ask its administrator for read access"
        )
    return 0
