"""`nelm-cds doctor`: one line per part, what is wrong and what to do."""

import argparse

import msgspec

from nelm_cds.context import read_settings
from nelm_cds.examination import examine
from nelm_cds.output import write_json, write_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """No arguments besides `--json`."""
    parser.epilog = (
        "Looks only: nothing is changed and no database is created. Exit: 0 where every line is "
        "ok; 2 where a line is BAD, which says behind it what to do; 1 where the fault is ours."
    )
    parser.add_argument("--json", action="store_true", help="write JSON")


def run(arguments: argparse.Namespace) -> int:
    """0 where all is well, 2 where somebody must do something."""
    lines = examine(read_settings())
    if arguments.json:
        write_json([msgspec.to_builtins(line) for line in lines])
    else:
        for line in lines:
            do = f". {line.do}" if line.do else ""
            write_line(f"{'ok ' if line.well else 'BAD'}  {line.part}: {line.says}{do}")
    return 0 if all(line.well for line in lines) else 2
