"""`nelm-cds assess --facts FILE`: facts to an assessment document. Pure."""

import argparse
from datetime import UTC, datetime
from typing import Any

import yaml

from nelm import assess, read_case, to_document
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_date, read_file
from nelm_cds.output import write_json, write_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--facts`, `--as-of`, `--text`."""
    parser.add_argument("--facts", required=True, metavar="FILE", help="facts as JSON or YAML")
    parser.add_argument("--as-of", type=read_date, metavar="DATE", help="judge on this day")
    parser.add_argument("--json", action="store_true", help="the document as JSON (the default)")
    parser.add_argument("--text", action="store_true", help="a few lines for people instead")


def run(arguments: argparse.Namespace) -> int:
    """Judge the facts and write the document of pathway.md section 11."""
    case = _decoded(arguments.facts)
    facts, parameters, as_of = read_case(case)
    day = arguments.as_of or as_of or datetime.now(UTC).date()
    document = to_document(assess(facts, parameters, day))
    if arguments.text:
        _write_lines(document)
    else:
        write_json(document)
    return 0


def _decoded(path: str) -> dict[str, Any]:
    try:
        # JSON is YAML too; the safe loader makes nothing but plain values
        case = yaml.load(read_file(path), Loader=yaml.CSafeLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as problem:
        place = getattr(getattr(problem, "problem_mark", None), "line", None)
        line = f" near line {place + 1}" if place is not None else ""
        raise CommandRefused(f"{path}: neither JSON nor YAML{line}. Correct it") from None
    if not isinstance(case, dict):
        raise CommandRefused(f"{path}: write an object with the key facts")
    return case


def _write_lines(document: dict[str, Any]) -> None:
    write_line(f"Strategy: {document['strategy']} (as of {document['as_of']})")
    for option in document["options"]:
        write_line(f"  {option['verdict']:<16} {option['option']}")
