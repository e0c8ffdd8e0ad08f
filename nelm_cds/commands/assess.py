"""`nelm-cds assess --facts FILE`: facts to an assessment document. Pure."""

import argparse
from datetime import date
from typing import Any

from nelm import (
    Assessment,
    assess,
    clinically_changed,
    difference,
    explain,
    read_case,
    to_document,
)
from nelm.staging_words import NOTE_WORDS
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_date, read_file
from nelm_cds.output import write_json, write_line
from nelm_cds.strict_yaml import read_yaml


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`--facts`, `--as-of`, and what to write instead of the document."""
    parser.add_argument("--facts", required=True, metavar="FILE", help="facts as JSON or YAML")
    parser.add_argument("--as-of", type=read_date, metavar="DATE", help="judge on this day")
    parser.add_argument("--json", action="store_true", help="the document as JSON (the default)")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--text", action="store_true", help="a few lines for people instead")
    instead.add_argument(
        "--explain", metavar="OPTION", help="one option at length as Markdown instead, such as prrt"
    )
    instead.add_argument(
        "--since", metavar="FILE", help="what changed clinically since the facts of that file"
    )


def run(arguments: argparse.Namespace) -> int:
    """Judge the facts and write the document of pathway.md section 11."""
    assessment = _assessed(arguments.facts, arguments.as_of)
    if arguments.explain:
        write_line(explain(assessment, arguments.explain).rstrip("\n"))
    elif arguments.since:
        _write_difference(_assessed(arguments.since, None), assessment)
    elif arguments.text:
        _write_lines(to_document(assessment))
    else:
        write_json(to_document(assessment))
    return 0


def _assessed(path: str, day: date | None) -> Assessment:
    """The assessment of a file, on its own day unless another is given."""
    case = _decoded(path)
    if day is not None:
        case["as_of"] = day  # before it is read: facts after that day are refused
    return assess(*read_case(case))


def _write_difference(before: Assessment, after: Assessment) -> None:
    if not clinically_changed(before, after):
        write_line(f"No clinical change from {before.as_of} to {after.as_of}")
    for line in difference(before, after):
        write_line(line)


def _decoded(path: str) -> dict[str, Any]:
    case = read_yaml(read_file(path), path)
    if not isinstance(case, dict):
        raise CommandRefused(f"{path}: write an object with the key facts")
    return case


def _write_lines(document: dict[str, Any]) -> None:
    write_line(f"Strategy: {document['strategy']} (as of {document['as_of']})")
    for note in document["staging"]["notes"]:
        write_line(f"  note: {NOTE_WORDS[note]}")
    for option in document["options"]:
        write_line(f"  {option['verdict']:<16} {option['option']}")
