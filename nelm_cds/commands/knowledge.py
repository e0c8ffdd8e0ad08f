"""`nelm-cds knowledge export`: options and facts as FHIR R4, for other systems to read. Pure."""

import argparse
import json
from pathlib import Path

from fhir_mappings.knowledge import knowledge_bundle, knowledge_resources
from nelm_cds.errors import CommandRefused
from nelm_cds.output import write_json, write_line


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """`export` with `--out` and `--canonical-base`."""
    verbs = parser.add_subparsers(dest="verb", metavar="export", required=True)
    export = verbs.add_parser("export", help="write PlanDefinitions and a Questionnaire")
    export.add_argument(
        "--out",
        default="-",
        metavar="DIR",
        help="a file for each resource; - (the default): one Bundle",
    )
    export.add_argument(
        "--canonical-base",
        default="urn:nelm-cds",
        metavar="URL",
        help="what canonical URLs begin with (default: urn:nelm-cds)",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the Bundle to standard output, or a file for each resource into the folder."""
    base = arguments.canonical_base.rstrip("/")
    if arguments.out == "-":
        write_json(knowledge_bundle(base))
        return 0
    folder = Path(arguments.out)
    resources = knowledge_resources(base)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for one in resources:
            text = json.dumps(one, ensure_ascii=False, indent=2) + "\n"
            (folder / f"{one['resourceType']}-{one['id']}.json").write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CommandRefused(f"{folder}: {problem.strerror}. Choose another folder") from None
    write_line(f"{len(resources)} files in {folder}")
    return 0
