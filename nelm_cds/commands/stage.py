"""`nelm-cds stage FILE…`: FHIR resources of one patient to the staging document. Pure."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.staging_document import stage
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
    document = stage(
        [read_file(path) for path in arguments.files],
        as_of=arguments.as_of or datetime.now(UTC).date(),
        mapping_set=mapping_set,
        patient=arguments.patient,
        names=arguments.files,
    )
    write_json(document)
    return 0
