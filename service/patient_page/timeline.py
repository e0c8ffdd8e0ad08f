"""Treatments and studies on the axis of time; each lane says in words what it draws."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import NamedTuple

from nelm import Assessment, Fact, Therapy
from nelm.catalog import CATALOG
from nelm.labels import option_label, value_word
from nelm.spoken_values import value_text
from nelm.wording import sentence
from service.patient_page.axis import Axis, axis_over

_PATHOLOGY = frozenset(
    {"ki67_primary_percent", "ki67_metastasis_percent", "mitoses_per_2mm2", "reported_grade"}
)
_MOST_SAID = 4
# What may close treatments is not cut off behind counts and sizes.
_SAID_FIRST = frozenset(
    {"portal_vein", "extrahepatic_disease", "extrahepatic_sites", "peritoneal_carcinomatosis"}
)
_KEPT_APART = frozenset({"recist_status", "latest_cross_sectional_imaging"})


class Bar(NamedTuple):
    """From a place to another one in percent; `open_end`: no end is on file."""

    x: float
    width: float
    open_end: bool


class Lane(NamedTuple):
    """One line of the timeline: its words, and what is drawn under them."""

    title: str
    said: tuple[str, ...]
    bars: tuple[Bar, ...] = ()
    dots: tuple[float, ...] = ()


def axis_of(assessment: Assessment, series: Mapping[str, Sequence[Fact]]) -> Axis | None:
    """From the first dated treatment, study or value to the day of the assessment."""
    days = [one.effective for facts in series.values() for one in facts if one.effective]
    days += [day for one in _therapies(assessment) for day in (one.start, one.stop) if day]
    return axis_over(days, assessment.as_of)


def lanes(
    assessment: Assessment, series: Mapping[str, Sequence[Fact]], axis: Axis | None
) -> tuple[Lane, ...]:
    """Treatments in the order they began, then response, imaging, receptor imaging, pathology."""
    found = [_treatment(one, axis) for one in _therapies(assessment)]
    found += _responses(series, axis)
    for title, names in (
        ("Imaging of the liver", _names(series, "imaging")),
        ("Receptor imaging", _names(series, "receptor")),
        ("Pathology", [name for name in series if name in _PATHOLOGY]),
    ):
        found += _studies(title, [one for name in names for one in series[name]], axis)
    return tuple(found)


def _therapies(assessment: Assessment) -> tuple[Therapy, ...]:
    history = assessment.facts.value("treatment_history")
    return tuple(history) if history else ()


def _names(series: Mapping[str, Sequence[Fact]], freshness: str) -> list[str]:
    return [
        name for name in series if CATALOG[name].freshness == freshness and name not in _KEPT_APART
    ]


def _treatment(one: Therapy, axis: Axis | None) -> Lane:
    said = [_span(one)]
    if one.cycles:
        said.append(f"{one.cycles} cycles")
    if one.best_response:
        said.append(f"best response: {value_text('recist_status', one.best_response)}")
    if one.source:
        said.append(one.source)
    return Lane(sentence(option_label(one.therapy)), tuple(said), tuple(_bars(one, axis)))


def _span(one: Therapy) -> str:
    if one.start is None:
        return f"until {one.stop}, begin not stated" if one.stop else "dates not stated"
    if one.stop is None:
        return f"since {one.start}, no end stated"
    return str(one.start) if one.start == one.stop else f"{one.start} to {one.stop}"


def _bars(one: Therapy, axis: Axis | None) -> Iterator[Bar]:
    if axis is None or (one.start is None and one.stop is None):
        return
    begin = axis.at(one.start or one.stop or axis.last)
    end = axis.at(one.stop or axis.last)
    yield Bar(begin, max(round(end - begin, 2), 0.8), one.stop is None)


def _responses(series: Mapping[str, Sequence[Fact]], axis: Axis | None) -> Iterator[Lane]:
    facts = [one for one in series.get("recist_status", ()) if one.effective]
    if facts:
        said = tuple(f"{one.effective} {value_text(one.name, one.value)}" for one in facts)
        yield Lane("Response", said, dots=_places([one.effective for one in facts], axis))


def _studies(title: str, facts: Sequence[Fact], axis: Axis | None) -> Iterator[Lane]:
    by_day: dict[date, list[str]] = defaultdict(list)
    for one in sorted(facts, key=lambda one: one.name not in _SAID_FIRST):
        if one.effective:
            by_day[one.effective].append(_short(one))
    if by_day:
        days = sorted(by_day)
        said = tuple(f"{day} {_cut(by_day[day])}" for day in days)
        yield Lane(title, said, dots=_places(days, axis))


def _short(one: Fact) -> str:
    text = value_text(one.name, one.value)
    return text if text else value_word(one.value)


def _cut(words: list[str]) -> str:
    beyond = len(words) - _MOST_SAID
    return ", ".join(words[:_MOST_SAID]) + (f" and {beyond} more" if beyond > 0 else "")


def _places(days: Sequence[date | None], axis: Axis | None) -> tuple[float, ...]:
    return tuple(axis.at(day) for day in days if day) if axis is not None else ()
