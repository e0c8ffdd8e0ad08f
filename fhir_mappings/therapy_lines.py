"""Drugs, regimens and procedures to lines of treatment, and what the disease progressed on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import product
from typing import Any

from fhir_mappings.dates import day_of
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.statements import Statement
from nelm.facts import Therapy

# Operational: doses of one drug within this time belong to one line.
LINE_GAP = timedelta(days=180)
REGIMEN_WINDOW = timedelta(days=30)
_CYCLED = frozenset({"prrt"})
# Treatments given at one time: nothing "runs" on them afterwards.
_ONCE = frozenset(
    {"tae", "tace", "deb_tace", "tare", "ablation", "hepatectomy", "liver_transplant", "sbrt"}
)


@dataclass(frozen=True, slots=True)
class Episode:
    """One stated stretch of a treatment; `running`: not known to have ended."""

    name: str
    start: date | None
    stop: date | None
    running: bool
    source: str
    dose: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One entry of the treatment history; `running`: not known to have ended."""

    therapy: Therapy
    running: bool


def therapies_of(
    drugs: Sequence[Statement],
    stated: Sequence[Statement],
    mapping_set: MappingSet,
) -> list[Line]:
    """The treatment history: one entry per line or procedure, oldest first.

    Drugs given singly by ingredient; regimens where their drugs begin within 30 days of each
    other.
    """
    taken = [_episode(one, one.value["drug"]) for one in drugs]
    episodes = [_episode(one, one.value["therapy"]) for one in stated]
    single = mapping_set.single_drugs
    episodes += [replace(one, name=single[one.name]) for one in taken if one.name in single]
    for combination in mapping_set.combinations:
        episodes += _regimens(combination.therapy, combination.of, taken)
    by_name: dict[str, list[Episode]] = defaultdict(list)
    for episode in dict.fromkeys(episodes):
        by_name[episode.name].append(episode)
    lines = [line for name, found in by_name.items() for line in _lines(name, found)]
    return sorted(lines, key=lambda line: (line.therapy.start or date.min, line.therapy.therapy))


def _episode(statement: Statement, name: str) -> Episode:
    value: dict[str, Any] = statement.value
    start, stop = day_of(value["start"]), day_of(value["stop"])
    dose = statement.source.startswith(("MedicationAdministration/", "Procedure/"))
    running = not value["ended"] and stop is None
    return Episode(name, start, stop, running, statement.source, dose)


def _regimens(
    therapy: str, slots: Iterable[frozenset[str]], taken: Sequence[Episode]
) -> list[Episode]:
    choices = [[one for one in taken if one.name in slot and one.start] for slot in slots]
    found = []
    for parts in product(*choices):
        starts = [part.start for part in parts if part.start]
        if max(starts) - min(starts) <= REGIMEN_WINDOW:
            found.append(_together(therapy, min(starts), parts))
    return found


def _together(therapy: str, start: date, parts: Sequence[Episode]) -> Episode:
    """One episode of a regimen; its end is known only where that of every part is."""
    stops = [part.stop for part in parts if part.stop]
    stop = max(stops) if len(stops) == len(parts) else None
    running = any(part.running for part in parts)
    dose = all(part.dose for part in parts)
    return Episode(therapy, start, stop, running, parts[0].source, dose)


def _lines(name: str, episodes: Sequence[Episode]) -> list[Line]:
    dated = sorted(
        (one for one in episodes if one.start), key=lambda one: (one.start or date.min, one.source)
    )
    if not dated:
        return [_line(episodes)] if episodes else []
    if name in _ONCE:
        first_of_day = {one.start: one for one in reversed(dated)}
        return [_line([one]) for _, one in sorted(first_of_day.items(), key=lambda x: str(x[0]))]
    groups: list[list[Episode]] = [[dated[0]]]
    reached = dated[0].stop or dated[0].start or date.min
    for one in dated[1:]:
        start = one.start or date.min
        if start - reached <= LINE_GAP or groups[-1][-1].running:
            groups[-1].append(one)
        else:
            groups.append([one])
        reached = max(reached, one.stop or start)
    return [_line(group) for group in groups]


def _line(group: Sequence[Episode]) -> Line:
    name = group[0].name
    running = any(one.running for one in group)
    therapy = Therapy(
        therapy=name,
        start=min((one.start for one in group if one.start), default=None),
        stop=None if running else max((one.stop for one in group if one.stop), default=None),
        cycles=_doses(group) if name in _CYCLED else None,
        source=group[-1].source,
    )
    return Line(therapy, running)


def _doses(group: Sequence[Episode]) -> int | None:
    """The days on which a dose was given; None where no single dose is stated."""
    return len({one.start for one in group if one.dose and one.start}) or None


def progressed_on(lines: Sequence[Line], progressions: Iterable[date]) -> frozenset[str]:
    """The treatments running on a day of progression; those whose end is not known are left out."""
    return frozenset(
        line.therapy.therapy
        for day in progressions
        for line in lines
        if line.therapy.therapy not in _ONCE and _covers(line, day)
    )


def _covers(line: Line, day: date) -> bool:
    start, stop = line.therapy.start, line.therapy.stop
    if start is None or start > day:
        return False
    return line.running or (stop is not None and stop >= day)
