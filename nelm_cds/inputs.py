"""What people type: dates and file names, refused with the way out."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path

from nelm_cds.errors import CommandRefused


def read_date(text: str) -> date:
    """An ISO date of the command line.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f'"{text}" is not a date; write YYYY-MM-DD, for example 2026-06-01'
        ) from None


def add_connection(parser: argparse.ArgumentParser) -> None:
    """The connection's name, bare or as `--connection NAME`; needed where there are several."""
    parser.add_argument("name", nargs="?", metavar="NAME", help="the connection")
    parser.add_argument("--connection", metavar="NAME", help="the same")


def chosen_connection(arguments: argparse.Namespace) -> str | None:
    """The name given in either form; None where there is none.

    Raises:
        CommandRefused: both are given, and differ.
    """
    bare, named = arguments.name, arguments.connection
    if bare and named and bare != named:
        raise CommandRefused(f"two connections are named: {bare} and {named}. Name one")
    chosen: str | None = named or bare
    return chosen


def read_port(text: str) -> int:
    """A port of the command line; 0 asks for a free one.

    Raises:
        argparse.ArgumentTypeError: it is none.
    """
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise argparse.ArgumentTypeError(
            f'"{text}" is not a port; write a number from 0 (any free one) to 65535'
        )
    return int(text)


def read_count(text: str) -> int:
    """How many of something to show, at least one.

    Raises:
        argparse.ArgumentTypeError: it is no such number.
    """
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f'"{text}" is not a number of lines; write 1 or more')
    return int(text)


def read_file(path: str) -> bytes:
    """The bytes of a file the caller named.

    Raises:
        CommandRefused: it cannot be read.
    """
    try:
        return Path(path).read_bytes()
    except OSError as problem:
        raise CommandRefused(f"{path}: {problem.strerror}. Check the path") from None
