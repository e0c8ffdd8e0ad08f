"""`nelm-cds assess --facts FILE`: facts to an assessment document. Pure."""

import argparse
from collections.abc import Iterator
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
from nelm.criteria import Judgement
from nelm.errors import Refused, UnknownName
from nelm.explanation import follow_up_lines
from nelm.labels import missing_labels, order_label
from nelm.staging_words import NOTE_WORDS, STRATEGY_WORDS, staging_line
from nelm.waiting import decisive_missing
from nelm.wording import Voice
from nelm_cds.errors import CommandRefused
from nelm_cds.inputs import read_date, read_file
from nelm_cds.output import write_json, write_line
from nelm_cds.strict_yaml import read_yaml

MOST_MISSING = 6  # named in the lines for people
ALL_NAMES = "All names: nelm-cds knowledge export (facts), docs/clinical/parameters.md (parameters)"


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
        _write_lines(assessment)
    else:
        write_json(to_document(assessment))
    return 0


def _assessed(path: str, day: date | None) -> Assessment:
    """The assessment of a file, on its own day unless another is given."""
    case = _decoded(path)
    if day is not None:
        case["as_of"] = day  # before it is read: facts after that day are refused
    try:
        return assess(*read_case(case))
    except UnknownName as refusal:
        near = "" if "Did you mean" in refusal.message else f" {ALL_NAMES}"
        raise CommandRefused(f"{path}: {refusal.message}{near}") from None
    except Refused as refusal:
        raise CommandRefused(f"{path}: {refusal.message}") from None


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


def _write_lines(assessment: Assessment) -> None:
    strategy = STRATEGY_WORDS[assessment.strategy]
    write_line(f"Strategy: {strategy} (as of {assessment.as_of})")
    write_line(staging_line(assessment.staging, assessment.facts))
    for note in to_document(assessment)["staging"]["notes"]:
        write_line(f"  note: {NOTE_WORDS[note]}")
    voice = Voice.of(assessment)
    for judgement in assessment.options:
        said = voice.verdict_line(judgement) + _due(assessment, judgement)
        write_line(f"  {judgement.option.id:<25} {said}")
    for line in (*_missing(assessment), *_work_up(assessment)):
        write_line(line)


def _due(assessment: Assessment, judgement: Judgement) -> str:
    """Of an open follow-up what is due: eligible alone would read as if all were done."""
    if judgement.option.id != "follow_up" or judgement.verdict not in ("eligible", "conditional"):
        return ""
    return "".join(f"; {line}" for line in follow_up_lines(assessment))


def _missing(assessment: Assessment) -> Iterator[str]:
    """What to ask for, the most wanted first, with the number of the rest.

    What only closed options lack is not asked for: it decides nothing.
    """
    facts = assessment.facts
    labels = missing_labels(name for name in decisive_missing(assessment) if name not in facts)
    beyond = len(labels) - MOST_MISSING
    more = f" and {beyond} more" if beyond > 0 else ""
    if labels:
        yield f"Missing: {', '.join(labels[:MOST_MISSING])}{more}"
    voice = Voice.of(assessment)
    imprecise = [voice.not_precise(name) for name in assessment.missing if name in facts]
    if imprecise:
        yield f"On file, not precise enough: {'; '.join(imprecise)}"


def _work_up(assessment: Assessment) -> Iterator[str]:
    if assessment.work_up:
        yield "Work-up, most wanted first:"
    for one in assessment.work_up:
        yield f"  {order_label(one.item)}: {'; '.join(one.because)}"
