"""`nelm-cds mappings …`: what an institution's codes mean, without a browser."""

import argparse
from collections.abc import Sequence
from importlib import import_module
from typing import Any

from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_check import Problem, check_layer
from fhir_mappings.mapping_diff import Change, differences
from fhir_mappings.mapping_layer import Layer, MappingSetRefused
from fhir_mappings.mapping_set import MappingSet, laid_over, shipped_layers
from nelm_cds.context import read_settings
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_count
from nelm_cds.mapping_files import Given, given_layer, installed_layers, problems_of, rules_below
from nelm_cds.output import write_json, write_line
from runtime.settings import Settings

CALLER = 2
_STORED = {"import", "export", "versions", "withdraw", "unmapped"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """One verb each; all take `--json`, those about an EHR `--connection NAME`."""
    verbs = parser.add_subparsers(
        dest="verb",
        metavar="validate|diff|import|export|versions|withdraw|unmapped",
        required=True,
    )
    file_help = "YAML rules, or a FHIR ConceptMap as JSON"
    validate = verbs.add_parser("validate", help="list everything wrong with a file of rules")
    validate.add_argument("file", nargs="?", metavar="FILE", help=f"{file_help}; none: the shipped")
    diff = verbs.add_parser("diff", help="which codes a file would give another meaning")
    diff.add_argument("file", metavar="FILE", help=file_help)
    diff.add_argument("--against", metavar="FILE", help="compare with this file's rules instead")
    taking = verbs.add_parser("import", help="lay a file of rules over those of one connection")
    taking.add_argument("file", metavar="FILE", help=file_help)
    taking.add_argument("--note", metavar="TEXT", help="why, for whoever looks later")
    taking.add_argument("--author", metavar="NAME", help="who answers for it")
    taking.add_argument("--dry-run", action="store_true", help="say what it would change, no more")
    giving = verbs.add_parser("export", help="write the rules of one connection")
    giving.add_argument("--format", choices=("yaml", "conceptmap"), default="yaml")
    giving.add_argument("--whole", action="store_true", help="with the shipped rules below")
    giving.add_argument("--version", metavar="VERSION", help="an earlier one; see: versions")
    giving.add_argument("--output", metavar="FILE", help="instead of standard output")
    verbs.add_parser("versions", help="every set of rules that was imported, newest first")
    verbs.add_parser("withdraw", help="no rules of its own for this connection any more")
    unmapped = verbs.add_parser("unmapped", help="codes that came and nobody has mapped")
    unmapped.add_argument(
        "--limit", type=read_count, default=50, help="at most this many (default 50)"
    )
    for name, verb in verbs.choices.items():
        verb.add_argument("--json", action="store_true", help="write JSON")
        if name not in ("validate", "diff"):
            verb.add_argument("--connection", metavar="NAME", help="needed where there are several")


def run(arguments: argparse.Namespace) -> int:
    """Check and compare without a database; the rest with the one of the settings."""
    settings = read_settings()
    if arguments.verb in _STORED:
        # loads the database only for the verbs that need it
        return int(import_module("nelm_cds.stored_mappings").run(settings, arguments))
    return {"validate": _validate, "diff": _diff}[arguments.verb](settings, arguments)


def _validate(settings: Settings, arguments: argparse.Namespace) -> int:
    if arguments.file is None:
        builder = RuleBuilder(settings.canonical_base)
        shipped = [check_layer(layer, builder) for layer in shipped_layers()]
        problems = [problem for found in shipped for problem in found]
        return report_problems(problems, (), arguments.json, "the shipped rules")
    below = installed_layers(settings)
    given = given_layer(arguments.file, settings, rules_below(settings, below))
    problems = problems_of(given, settings, below)
    return report_problems(problems, given.left_out, arguments.json, given.layer.name)


def report_problems(
    problems: Sequence[Problem], left_out: Sequence[str], as_json: bool, name: str
) -> int:
    """Each on a line, or as JSON; 2 where there is one, else 0."""
    if as_json:
        rows = [
            {name: getattr(one, name) for name in ("file", "line", "rule", "field", "reason")}
            for one in problems
        ]
        write_json({"problems": rows, "left_out": list(left_out)})
        return CALLER if problems else 0
    for problem in problems:
        write_line(str(problem))
    for line in left_out:
        write_line(f"left out: {line}")
    number = len(problems)
    said = (
        "can be used" if not number else f"{number} problem{'s' if number > 1 else ''} to correct"
    )
    write_line(f"{name}: {said}")
    return CALLER if problems else 0


def _diff(settings: Settings, arguments: argparse.Namespace) -> int:
    below = installed_layers(settings)
    builder = rules_below(settings, below)
    after = given_layer(arguments.file, settings, builder)
    before: tuple[Layer, ...] = below
    if arguments.against is not None:
        before = (*below, given_layer(arguments.against, settings, builder).layer)
    write_changes(
        differences(loaded(settings, before), loaded(settings, (*below, after.layer))),
        after,
        arguments.json,
    )
    return 0


def loaded(settings: Settings, layers: tuple[Layer, ...]) -> MappingSet:
    """The shipped rules with these layers.

    Raises:
        CommandRefused: they cannot be used.
    """
    try:
        return laid_over(layers, settings.canonical_base)
    except MappingSetRefused as refusal:
        raise CommandRefused(f"{refusal} See: nelm-cds mappings validate FILE") from None


def write_changes(changes: Sequence[Change], given: Given, as_json: bool) -> None:
    """What a set of rules changes, for people or as JSON."""
    if as_json:
        names = ("section", "system", "code", "kind", "before", "after")
        rows: list[dict[str, Any]] = [
            {name: getattr(one, name) for name in names} for one in changes
        ]
        write_json({"changes": rows, "left_out": list(given.left_out)})
        return
    for change in changes:
        write_line(str(change))
    for line in given.left_out:
        write_line(f"left out: {line}")
    write_line(counted(changes))


def counted(changes: Sequence[Change]) -> str:
    """How many codes and texts get a meaning, get another one, or lose theirs."""
    kinds = [one.kind for one in changes]
    if not kinds:
        return "No code or text changes its meaning"
    parts = [f"{kinds.count(kind)} {kind}" for kind in ("added", "changed", "removed")]
    return f"Codes and texts: {', '.join(parts)}"
