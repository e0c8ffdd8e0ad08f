"""Everything that the page says of one patient, read from storage at one moment."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import pairwise
from typing import Any, NamedTuple

import msgspec

from fhir_mappings.fact_values import fact_of
from fhir_mappings.statements import NotUnderstood, Statement
from nelm import Assessment, Fact, difference, from_document
from nelm.catalog import CATALOG
from nelm.errors import Refused
from storage import assessments, gaps, patients
from storage.assessments import Past
from storage.database import Database
from storage.statements import not_understood, statements_series

_MOST_CHANGES = 5
_STUDIES = frozenset({"imaging", "receptor"})
_PATHOLOGY = (
    "ki67_primary_percent",
    "ki67_metastasis_percent",
    "mitoses_per_2mm2",
    "reported_grade",
)
_JUDGED_DIFFERENTLY = "Judged by earlier criteria of this software: not compared line by line."
_DOCUMENT = msgspec.json.Decoder()


class Known(NamedTuple):
    """Who the patient is to the EHR: the connection, and the ids it uses."""

    connection: str
    fhir_ids: tuple[str, ...]


class Change(NamedTuple):
    """What a stored assessment said otherwise than the one before it, and since when."""

    since: date
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kept:
    """What is stored beside the assessment.

    `series`: dated values of a fact, oldest first. `since`: when this judgement was first made;
    None where it was made for this page.
    """

    since: datetime | None
    not_understood: Sequence[Mapping[str, Any]]
    series: Mapping[str, tuple[Fact, ...]]
    changes: tuple[Change, ...]


def who_is(database: Database, connection: str, key: int) -> Known | None:
    """The patient of our own key; None where nobody of that connection is called so any more."""
    with database.reading() as conn:
        found = patients.get(conn, key)
    if found is None or found.connection != connection or not found.fhir_ids:
        return None
    return Known(connection, found.fhir_ids)


def read_kept(database: Database, known: Known, key: int, assessment: Assessment) -> Kept:
    """What storage holds beside the assessment that is shown."""
    with database.reading() as conn:
        stored = assessments.latest_of(conn, [key])[key]
        live = [
            *gaps.pending_lines(conn, [key]).get(key, ()),
            *gaps.unread_lines(conn, [key]).get(key, ()),
            *not_understood(conn, [key])[key],
        ]
        past = assessments.history(conn, known.connection, known.fhir_ids[0], _MOST_CHANGES + 1)
        series = {
            name: found
            for name in _charted(assessment)
            if (found := _dated(statements_series(conn, key, name), assessment.as_of))
        }
    document = _DOCUMENT.decode(stored.document) if stored.document else {}
    since = stored.recorded_at
    return Kept(
        since=datetime.fromtimestamp(since, UTC) if since is not None else None,
        not_understood=tuple(_each_once(live, document.get("not_understood", ()))),
        series=series,
        changes=tuple(_changes(past)),
    )


def _each_once(
    live: Sequence[NotUnderstood], judged: Sequence[Mapping[str, Any]]
) -> Iterator[Mapping[str, Any]]:
    """What is known now and what was known when it was judged; neither may hide a line."""
    seen: set[tuple[Any, Any]] = set()
    for one in (*map(msgspec.to_builtins, live), *judged):
        about = one.get("source"), one.get("reason")
        if about not in seen:
            seen.add(about)
            yield one


def _charted(assessment: Assessment) -> Iterator[str]:
    """The facts on file that have a course: laboratory values, studies and pathology."""
    for fact in assessment.facts:
        kind = CATALOG[fact.name]
        if kind.group == "labs" or kind.freshness in _STUDIES or fact.name in _PATHOLOGY:
            yield fact.name


def _dated(statements: Sequence[Statement], as_of: date) -> tuple[Fact, ...]:
    """As facts with a day, none from the future; the same value of the same day once."""
    found: dict[tuple[date, str], Fact] = {}
    for one in map(fact_of, statements):
        if one.effective is not None and one.effective <= as_of:
            found[one.effective, repr(one.value)] = one
    return tuple(found.values())


def _changes(past: Sequence[Past]) -> Iterator[Change]:
    """What each stored assessment changed, newest first; the first one of all changed nothing."""
    for after, before in pairwise(past):
        lines = _what_changed(before, after)
        if lines:
            yield Change(datetime.fromtimestamp(after.recorded_at, UTC).date(), lines)


def _what_changed(before: Past, after: Past) -> tuple[str, ...]:
    try:
        old, new = (from_document(_DOCUMENT.decode(one.document)) for one in (before, after))
    except Refused:
        return (_JUDGED_DIFFERENTLY,)
    return difference(old, new)
