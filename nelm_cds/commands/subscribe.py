"""`nelm-cds subscribe [NAME]`: create or repair our Subscriptions in an EHR."""

import argparse

import msgspec

from ehr.errors import EhrError, EhrUnavailable
from nelm_cds.context import connection_named, read_settings
from nelm_cds.errors import CommandFailed, CommandRefused
from nelm_cds.inputs import add_connection, chosen_connection
from nelm_cds.output import write_json, write_line
from nelm_cds.subscribing import Subscribed, subscribe
from runtime.settings import ConnectionSettings, Settings
from workers.parts import open_ehr


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The connection and `--json`."""
    add_connection(parser)
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """Subscribe and say what was done for each resource type."""
    settings = read_settings()
    connection = connection_named(settings, chosen_connection(arguments))
    done = _subscribe(settings, connection)
    if arguments.json:
        write_json([msgspec.to_builtins(one) for one in done])
    else:
        for one in done:
            write_line(_line(one))
    refused = [one.type for one in done if one.done == "refused"]
    if refused:
        raise CommandFailed(
            f"{connection.name} refused Subscriptions for {', '.join(refused)}. "
            "Ask its administrator to allow them; the rest is subscribed"
        )
    return 0


def _subscribe(settings: Settings, connection: ConnectionSettings) -> list[Subscribed]:
    """What was done; every reason why nothing could be is an error of this command."""
    try:
        return subscribe(settings, connection, open_ehr(connection))
    except EhrUnavailable as problem:
        raise CommandFailed(f"{connection.name} does not answer ({problem}). Try again") from None
    except EhrError as problem:
        raise CommandFailed(f"{connection.name} refuses: {problem}. See: nelm-cds doctor") from None
    except ValueError as problem:
        raise CommandRefused(f"connections.{connection.name}.intake.secrets: {problem}") from None


def _line(one: Subscribed) -> str:
    why = f" ({', '.join(one.repaired)})" if one.repaired else ""
    status = f", status {one.status}" if one.status else ""
    return f"{one.type:<26} {one.done}{why}{status}"
