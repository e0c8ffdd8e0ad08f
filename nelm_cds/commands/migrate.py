"""`nelm-cds migrate`: the database at this version's schema."""

import argparse

from nelm_cds.context import read_settings
from nelm_cds.errors import CommandFailed, CommandRefused
from nelm_cds.output import write_json, write_line
from storage.errors import StorageRefused, StorageUnavailable
from storage.migrate import migrate


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments besides `--json`."""
    parser.add_argument("--json", action="store_true", help="write the result as JSON")


def run(arguments: argparse.Namespace) -> int:
    """Apply the missing migrations; safe to call again."""
    settings = read_settings()
    try:
        version = migrate(settings.database_url)
    except StorageRefused as refusal:
        raise CommandRefused(f"NELM_DATABASE_URL: {refusal}") from None
    except StorageUnavailable as problem:
        raise CommandFailed(f"the database does not answer ({problem})") from None
    if arguments.json:
        write_json({"schema": version})
    else:
        write_line(f"The database is at schema {version}")
    return 0
