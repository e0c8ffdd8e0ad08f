"""`nelm-cds stage FILE…`: FHIR resources of one patient to the staging document. Pure."""

import argparse
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.notification_changes import Problem
from fhir_mappings.staging_document import stage
from nelm_cds.errors import CommandRefused
from nelm_cds.fhir_files import MORE_PAGES, NO_FHIR, NO_RESOURCE, read_changes
from nelm_cds.inputs import read_date, read_file
from nelm_cds.output import write_json


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Files, `--as-of`, `--mapping-set`, `--patient`."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="FHIR JSON or NDJSON")
    parser.add_argument("--as-of", type=read_date, metavar="DATE", help="judge on this day")
    parser.add_argument("--mapping-set", metavar="FILE", help="laid over the shipped set")
    parser.add_argument("--patient", metavar="ID", help="needed where files name several patients")
    parser.add_argument("--json", action="store_true", help="JSON (the only form, and the default)")


def run(arguments: argparse.Namespace) -> int:
    """Read, combine, judge; write one JSON document."""
    mapping_set = load_mapping_set(Path(arguments.mapping_set) if arguments.mapping_set else None)
    contents = [read_file(path) for path in arguments.files]
    document = stage(
        contents,
        as_of=arguments.as_of or datetime.now(UTC).date(),
        mapping_set=mapping_set,
        patient=arguments.patient,
        names=arguments.files,
    )
    document["not_understood"] += _said_of_files(arguments.files, contents)
    write_json(document)
    return 0


def _said_of_files(names: Sequence[str], contents: Sequence[bytes]) -> list[dict[str, Any]]:
    """A line for each file that holds no resource, or is one page of a search with more.

    Raises:
        CommandRefused: in none of the files is any FHIR.
    """
    found, lines = False, []
    for name, data in zip(names, contents, strict=True):
        for item in read_changes(data):
            reason = item.reason if isinstance(item, Problem) else None
            found = found or reason != NO_FHIR
            if reason in (NO_RESOURCE, MORE_PAGES):
                lines.append({"source": name, "code": None, "display": None, "reason": reason})
    if not found:
        raise CommandRefused(f"{', '.join(names)}: no FHIR in it. Give a resource or a Bundle")
    return lines
