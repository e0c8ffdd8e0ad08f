"""Facts that no single statement gives: age, pregnancy, site, spread, timing, course, therapy."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from fhir_mappings.dates import day_of, instant_key, last_day_of, months_between, months_later
from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.statements import UNDATED, NotUnderstood, Statement
from fhir_mappings.therapy_lines import Line, progressed_on, therapies_of
from nelm.facts import Fact
from nelm.logic import Range

# The age from which the pathway derives non-pregnancy.
NOT_PREGNANT_FROM = 55
AFTER_TRANSPLANT = "after a kidney transplant everolimus is an immunosuppressant"
_SMALL_BOWEL = frozenset({"duodenum", "jejunum", "ileum"})


@dataclass(frozen=True, slots=True)
class Derivation:
    """Facts so far, the statements they come from, and the day."""

    facts: dict[str, Fact]
    groups: Mapping[str, Sequence[Statement]]
    as_of: date
    mapping_set: MappingSet
    synchronous_months: int
    refused: list[NotUnderstood]

    def stated(self, fact: str) -> Sequence[Statement]:
        return self.groups.get(fact, ())

    def newest(self, fact: str) -> Statement | None:
        stated = self.stated(fact)
        return max(stated, key=lambda one: instant_key(one.effective)) if stated else None

    def put(self, name: str, value: Any, source: Statement | Fact, *flags: str) -> None:
        """Adds a fact derived from a statement or another fact."""
        effective = source.effective
        self.facts[name] = Fact(
            name,
            value,
            effective=day_of(effective) if isinstance(effective, str) else effective,
            status=source.status,
            source=source.source,
            version=source.version,
            mapping=f"derived.{name}",
            flags=flags,
        )


def derive(known: Derivation) -> None:
    """Adds what follows from several statements together; what is stated is kept."""
    if "birth_date" in known.groups:
        _age(known)
    _pregnancy(known)
    if "cancer_site" in known.groups:
        _primary_site(known)
        _timing(known)
    if "primary_resection" in known.groups:
        _primary_status(known)
    if "extrahepatic_sites" in known.facts:
        _extrahepatic(known)
    lines = _treatments(known)
    if "recist_status" in known.groups:
        _course(known, lines)


def _age(known: Derivation) -> None:
    """Whole years; a range where a partial date of birth allows two ages."""
    born = known.newest("birth_date")
    if born is None:
        return
    first, last = day_of(born.value), last_day_of(born.value)
    if first is None or last is None or last > known.as_of:
        return
    oldest, youngest = _years(first, known.as_of), _years(last, known.as_of)
    value = oldest if oldest == youngest else Range(youngest, oldest)
    # The age is true since the last birthday; from there `nelm` knows when a limit is passed.
    birthday = months_later(first, 12 * oldest)
    known.put("age_years", value, msgspec.structs.replace(born, effective=birthday.isoformat()))


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _pregnancy(known: Derivation) -> None:
    """False for male sex or from 55 years on; else only what is stated. Source: operational."""
    sex, age = known.facts.get("sex"), known.facts.get("age_years")
    youngest = None if age is None else age.value.min if isinstance(age.value, Range) else age.value
    if sex is not None and sex.value == "male":
        known.put("pregnant", False, sex)
    elif age is not None and youngest is not None and youngest >= NOT_PREGNANT_FROM:
        known.put("pregnant", False, age)


def _primary_site(known: Derivation) -> None:
    """The site of the diagnoses, where it is not stated itself; the more precise one wins."""
    if "primary_site" in known.facts:
        return
    stated = known.stated("cancer_site")
    sites = {one.value for one in stated}
    precise = _precise(sites)
    chosen = precise or sites - {"unknown"} or sites
    one = max(
        (one for one in stated if one.value in chosen), key=lambda one: instant_key(one.effective)
    )
    flags = (*one.flags, "conflicting_sites") if len(precise) > 1 else one.flags
    known.put("primary_site", one.value, one, *flags)


def _precise(sites: set[str]) -> set[str]:
    """Those that name an organ; the small bowel only where no part of it is named."""
    named = sites - {"unknown", "other"}
    return named - {"small_bowel"} if named & _SMALL_BOWEL else named


def _timing(known: Derivation) -> None:
    """Synchronous if liver metastases were there within months of the primary's diagnosis.

    Unknown where a partial date leaves it open, and where they were known long before it.
    """
    if "liver_metastases_synchronous" in known.facts:
        return
    primary = _first_dated(known.stated("cancer_site"))
    metastases = _first_dated(_diagnosed_metastases(known))
    if primary is None or metastases is None:
        return
    answers = {
        _is_synchronous(diagnosed, found, known.synchronous_months)
        for diagnosed in _possible_days(primary)
        for found in _possible_days(metastases)
    }
    answer = answers.pop() if len(answers) == 1 else None
    if answer is not None:
        known.put("liver_metastases_synchronous", answer, metastases)


def _diagnosed_metastases(known: Derivation) -> list[Statement]:
    return [
        one
        for one in known.stated("has_liver_metastases")
        if one.value is True and one.source.startswith("Condition/")
    ]


def _first_dated(statements: Sequence[Statement]) -> Statement | None:
    unusable = {UNDATED, "history"}  # a history says when it was written down
    dated = [one for one in statements if one.effective and unusable.isdisjoint(one.flags)]
    return min(dated, key=lambda one: instant_key(one.effective)) if dated else None


def _possible_days(one: Statement) -> list[date]:
    days = (day_of(one.effective), last_day_of(one.effective or ""))
    return [day for day in days if day is not None]


def _is_synchronous(diagnosed: date, found: date, months: int) -> bool | None:
    if found > months_later(diagnosed, months):
        return False
    return True if found >= months_later(diagnosed, -months) else None


def _primary_status(known: Derivation) -> None:
    """Resected, margin not stated, after an operation on the organ where the primary sits."""
    site = known.facts.get("primary_site")
    if site is None:
        return
    fitting = [one for one in known.stated("primary_resection") if site.value in one.value]
    if not fitting:
        return
    operation = max(fitting, key=lambda one: instant_key(one.effective))
    stated = known.facts.get("primary_status")
    if stated is None or _still_in_situ_before(stated, operation):
        known.put("primary_status", "resected", operation, *operation.flags)


def _still_in_situ_before(stated: Fact, operation: Statement) -> bool:
    return (
        stated.value == "in_situ"
        and stated.effective is not None
        and (day_of(operation.effective) or date.min) > stated.effective
    )


def _extrahepatic(known: Derivation) -> None:
    """A site that nothing quantifies: extrahepatic disease is there, its amount unknown."""
    sites = known.facts["extrahepatic_sites"]
    if "extrahepatic_disease" not in known.facts and sites.value - {"regional_lymph_node"}:
        known.put("extrahepatic_disease", "present_unquantified", sites)


def _treatments(known: Derivation) -> list[Line]:
    drugs, stated = _for_the_tumor(known, known.stated("drug")), known.stated("therapy")
    if not drugs and not stated:
        return []
    lines = therapies_of(drugs, stated, known.mapping_set)
    if lines:
        newest = max((*drugs, *stated), key=lambda one: instant_key(one.effective))
        flags = {flag for one in (*drugs, *stated) for flag in one.flags}
        history = tuple(line.therapy for line in lines)
        known.put("treatment_history", history, newest, *sorted(flags))
    return lines


def _for_the_tumor(known: Derivation, drugs: Sequence[Statement]) -> Sequence[Statement]:
    """Drugs without everolimus given after a kidney transplant, which is listed."""
    transplants = known.stated("kidney_transplant")
    if not transplants:
        return drugs
    first = _first_transplant(transplants)
    kept = []
    for one in drugs:
        start = day_of(one.effective)
        before = first is not None and start is not None and start < first
        if one.value["drug"] != "everolimus" or before:
            kept.append(one)
        else:
            known.refused.append(NotUnderstood(one.source, None, "everolimus", AFTER_TRANSPLANT))
    return kept


def _first_transplant(transplants: Sequence[Statement]) -> date | None:
    """The day of the first; None where one is known from a diagnosis only."""
    # A diagnosis is dated when it was written down, only an operation when it was done.
    done = [day_of(one.effective) for one in transplants if one.source.startswith("Procedure/")]
    if len(done) < len(transplants):
        return None
    return min((day for day in done if day), default=None)


def _course(known: Derivation, lines: Sequence[Line]) -> None:
    """What progressions say: within the last year, under which treatment; and stable months."""
    counted = counted_responses(known.stated("recist_status"))
    responses = sorted(counted, key=lambda one: instant_key(one.effective))
    progressions = [one for one in responses if one.value == "PD" and day_of(one.effective)]
    if progressions:
        _progressed(known, lines, progressions)
    if "stable_months" not in known.facts:
        _stable_months(known, responses)


def _progressed(known: Derivation, lines: Sequence[Line], progressions: list[Statement]) -> None:
    newest = progressions[-1]
    if (day_of(newest.effective) or date.min) >= months_later(known.as_of, -12):
        known.put("progressed_within_12_months", True, newest)
    days = [day for one in progressions if (day := day_of(one.effective))]
    running = progressed_on(lines, days)
    stated = known.facts.get("progressed_on")
    if running:
        members = running | (stated.value if stated is not None else frozenset())
        known.put("progressed_on", members, newest)


def counted_responses(statements: Sequence[Statement]) -> list[Statement]:
    """RECIST statements, and clinical judgements newer than every one of them."""
    by_recist = [one for one in statements if "clinical_judgement" not in one.flags]
    if not by_recist:
        return list(statements)
    newest = max(instant_key(one.effective) for one in by_recist)
    newest_day = newest[:10]
    later = [
        one
        for one in statements
        if "clinical_judgement" in one.flags and instant_key(one.effective)[:10] > newest_day
    ]
    return by_recist + later


def _stable_months(known: Derivation, responses: Sequence[Statement]) -> None:
    """Months from the latest PD (or the diagnosis) to the latest response with no PD between."""
    last = responses[-1]
    end = day_of(last.effective)
    if last.value == "PD" or end is None:
        return
    progressions = [one for one in responses if one.value == "PD"]
    start = day_of(progressions[-1].effective) if progressions else None
    if start is None:
        start = _diagnosed(known)
    if start is not None and start <= end:
        known.put("stable_months", round(months_between(start, end), 1), last)


def _diagnosed(known: Derivation) -> date | None:
    diagnosis = _first_dated(known.stated("cancer_site"))
    return None if diagnosis is None else day_of(diagnosis.effective)
