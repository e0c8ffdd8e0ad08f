"""How staging outputs are said, each in a short phrase with the value behind it."""

from __future__ import annotations

from collections.abc import Callable

from nelm.facts import FactSet
from nelm.labels import fact_phrase, value_word
from nelm.logic import Range
from nelm.staging.summary import Staging

_KI67 = ("ki67_primary_percent", "ki67_metastasis_percent")
STRATEGY_WORDS: dict[str, str] = {
    "not_applicable": "no neuroendocrine liver metastases known",
    "poorly_differentiated": "chemotherapy for carcinoma first",
    "systemic_first": "systemic treatment first",
    "work_up": "work-up first",
    "surveillance": "surveillance",
    "resection_first": "resection first",
    "local_first": "local treatment first",
    "transarterial_first": "transarterial treatment first",
    "resectability_unclear": "resectability not settled",
}


def range_word(found: Range) -> str:
    """Such as "3 to 5", "above 20", "at most 3"."""
    if found.min is not None and found.max is not None:
        return f"{found.min:g} to {found.max:g}"
    if found.min is not None:
        return f"{'above' if found.min_open else 'at least'} {found.min:g}"
    return f"{'below' if found.max_open else 'at most'} {found.max:g}"


def ki67_range(facts: FactSet) -> Range | None:
    """What the Ki-67 that counts, the higher one, lies between where one is a range; else None."""
    given = [value for name in _KI67 if (value := facts.value(name)) is not None]
    ranges = [value for value in given if isinstance(value, Range)]
    if not ranges or len(given) == 1:
        return ranges[0] if ranges else None
    ends = [
        (one.min or 0, 100 if one.max is None else one.max)
        if isinstance(one, Range)
        else (one, one)
        for one in given
    ]
    return Range(max(low for low, _ in ends), max(high for _, high in ends))


def ki67_phrase(staging: Staging, facts: FactSet | None = None) -> str | None:
    """Such as "Ki-67 8 %", "Ki-67 5 to 10 %"; a range is found in the facts only."""
    if staging.ki67 is not None:
        return f"Ki-67 {staging.ki67:g} %"
    found = ki67_range(facts) if facts else None
    return f"Ki-67 {range_word(found)} %" if found else None


def grade_phrase(staging: Staging, facts: FactSet | None = None) -> str | None:
    """Such as "G2 (Ki-67 8 %)"; None where the grade is not known."""
    if staging.grade is None:
        return None
    reported = reported_otherwise(staging, facts) if facts else None
    beside = ", ".join(filter(None, (ki67_phrase(staging, facts), reported)))
    return staging.grade.replace("_", " ") + (f" ({beside})" if beside else "")


def reported_otherwise(staging: Staging, facts: FactSet) -> str | None:
    """ "pathologist reported NEC" where that is not the grade that counts; else None."""
    reported = facts.value("reported_grade")
    if reported is None or "grade_conflict" not in staging.notes:
        return None
    return f"pathologist reported {reported}"


def _labelled(label: str, output: str) -> Callable[[Staging], str | None]:
    def phrase(staging: Staging) -> str | None:
        value = getattr(staging, output)
        return None if value is None else f"{label} {value_word(value)}".strip()

    return phrase


def _either(yes: str, no: str, output: str) -> Callable[[Staging], str | None]:
    def phrase(staging: Staging) -> str | None:
        value = getattr(staging, output)
        return None if value is None else yes if value else no

    return phrase


def _named(output: str, words: dict[str, str]) -> Callable[[Staging], str | None]:
    return lambda staging: words.get(getattr(staging, output) or "")


_RESECTABILITY = {
    "none": "liver clear",
    "r0": "R0-resectable",
    "needs_remnant_augmentation": "resectable once the remnant has grown",
    "cytoreducible_90": "at least 90 % removable",
    "cytoreducible_70": "70 to 90 % removable",
    "debulkable": "debulkable",
    "unresectable": "unresectable",
}
_CANDIDACY = {
    "candidate": "candidate for resection",
    "possible": "resection possible",
    "not_candidate": "not a candidate for resection",
}
_BURDEN = {
    "0": "0 %",
    "(0,10]": "up to 10 %",
    "(10,25]": "above 10 to 25 %",
    "(25,50]": "above 25 to 50 %",
    "(50,75]": "above 50 to 75 %",
    "(75,100]": "above 75 %",
}
OUTPUT_LABELS: dict[str, str] = {
    "grade": "grade",
    "liver_type": "liver type",
    "burden_band": "liver tumor burden",
    "distribution": "distribution",
    "resectability": "resectability",
    "remnant": "remnant",
    "resection_candidacy": "resection",
    "extrahepatic_class": "disease outside the liver",
    "m_category": "M category",
    "functional_status": "hormones",
    "sstr_status": "receptor",
    "liver_function": "Child-Pugh",
    "tempo": "tempo",
    "timing": "timing",
}
_OUTPUT_WORDS: dict[str, dict[str, str]] = {
    "burden_band": _BURDEN,
    "resectability": _RESECTABILITY,
    "resection_candidacy": _CANDIDACY,
}
NOTE_WORDS: dict[str, str] = {
    "grade_conflict": "the reported grade disagrees with Ki-67, mitoses or differentiation",
    "grade_discordance": "primary and metastasis differ in grade; the higher one counts",
    "response_conflict": "complete response reported, yet liver lesions counted",
    "lesion_conflict": "no liver lesion counted, yet tumor in the liver reported",
    "extent_conflict": "the number of liver lesions disagrees with their size, burden or lobes",
    "resectability_conflict": "the reported resectability disagrees with the removable share",
    "resectability_derived": "unresectable because of liver type III, not reported by a surgeon",
    "remnant_below_caution": "the remnant is adequate, but below the caution limit",
    "extrahepatic_conflict": "no disease outside the liver reported, yet a site is named",
    "sstr_spect_negative": "receptor negative by SPECT only; PET decides",
}


def output_word(name: str, value: str | None) -> str:
    """A staging output as people say it: "R0-resectable", "above 10 to 25 %"; "not known"."""
    if value is None:
        return "not known"
    return _OUTPUT_WORDS.get(name, {}).get(value) or value_word(value)


_CONTRADICT = ("_conflict", "_discordance")
_UNFIT = 2
_OUTSIDE = _named(
    "extrahepatic_class",
    {
        "none": "no disease outside the liver",
        "low_volume_indolent": "low-volume indolent disease outside the liver",
        "significant": "significant disease outside the liver",
        "present_unquantified": "disease outside the liver, amount not stated",
    },
)
_DISTRIBUTION = _named(
    "distribution",
    {
        "none": "no lesion in the liver",
        "solitary": "solitary lesion",
        "oligometastatic": "oligometastatic disease",
        "multifocal": "multifocal disease",
        "multifocal_unilobar": "multifocal disease in one lobe",
        "multifocal_bilobar": "multifocal disease in both lobes",
    },
)


def _outside(staging: Staging) -> str | None:
    """The class; where several are possible, that there is some."""
    if staging.extrahepatic_class is None and staging.extrahepatic_disease_present:
        return "disease outside the liver, amount not stated"
    return _OUTSIDE(staging)


def _child_pugh(staging: Staging) -> str | None:
    """The class; where two are possible, what is settled of it."""
    if staging.liver_function is not None:
        return f"Child-Pugh {staging.liver_function}"
    if staging.child_pugh_at_least_b:
        return "Child-Pugh B or C"
    return "below Child-Pugh C" if staging.child_pugh_at_least_c is False else None


_HORMONES = _named(
    "functional_status",
    {
        "non_functional": "no hormonal syndrome",
        "functional": "hormonal syndrome",
        "functional_controlled": "hormones controlled",
        "functional_uncontrolled": "hormones not controlled",
    },
)
_TEMPO = _named(
    "tempo",
    {
        "progressive": "progressive disease",
        "responding": "responding",
        "stable": "stable",
        "stable_short": "not stable for long enough yet",
    },
)


def _stable(staging: Staging) -> str | None:
    months = staging.stable_months
    return None if months is None else f"stable for {months:g} month{'' if months == 1 else 's'}"


PHRASES: dict[str, Callable[[Staging], str | None]] = {
    "grade": grade_phrase,
    "low_grade": grade_phrase,
    "well_g3": grade_phrase,
    "nec": grade_phrase,
    "well": _either("well differentiated", "poorly differentiated", "well"),
    "ki67": ki67_phrase,
    "liver_type": _labelled("type", "liver_type"),
    "distribution": _DISTRIBUTION,
    "resectability": _named("resectability", _RESECTABILITY),
    "remnant": _labelled("remnant", "remnant"),
    "remnant_adequate": _labelled("remnant", "remnant"),
    "resection_candidacy": _named("resection_candidacy", _CANDIDACY),
    "extrahepatic_class": _OUTSIDE,
    "extrahepatic_none": _outside,
    "extrahepatic_disease_present": _outside,
    "functional": _either("hormonal syndrome", "no hormonal syndrome", "functional"),
    "functional_uncontrolled": _HORMONES,
    "symptomatic": _either("symptoms", "no symptoms", "symptomatic"),
    "sstr_status": _labelled("receptor", "sstr_status"),
    "clear_liver": _either("liver clear", "liver not clear", "clear_liver"),
    "progression": _either("progression", "no progression", "progression"),
    "tempo": _TEMPO,
    "stable_months": _stable,
    "timing": _labelled("", "timing"),
    "liver_function": _child_pugh,
    "child_pugh_at_least_b": _child_pugh,
    "child_pugh_at_least_c": _child_pugh,
    "strategy": _named("strategy", STRATEGY_WORDS),
}


def _burden(facts: FactSet) -> str | None:
    burden = facts.value("liver_tumor_burden_percent")
    if burden is None:
        return None
    return f"burden {range_word(burden) if isinstance(burden, Range) else f'{burden:g}'} %"


def _grade_not_known(staging: Staging, facts: FactSet) -> str:
    ki67 = ki67_phrase(staging, facts)
    return f"grade not known ({ki67})" if ki67 else "grade not known"


def _ecog(facts: FactSet) -> str | None:
    """From 2 on, or where it may be: a board reads below that as fit."""
    ecog = facts.value("ecog")
    if isinstance(ecog, Range):
        return f"ECOG {range_word(ecog)}" if ecog.max is None or ecog.max >= _UNFIT else None
    return f"ECOG {ecog}" if ecog is not None and ecog >= _UNFIT else None


def contradictions(staging: Staging) -> tuple[str, ...]:
    """What disagrees in the record about outputs of the staging, a sentence each."""
    found = (one for one in staging.notes if one.endswith(_CONTRADICT))
    return tuple(NOTE_WORDS.get(one, one) for one in found)


def staging_line(staging: Staging, facts: FactSet) -> str:
    """Such as "Staging: G2 (Ki-67 8 %), type III, burden 40 %, carcinoid syndrome"."""
    syndrome = facts.get("functional_syndrome")
    parts = [
        grade_phrase(staging, facts) or _grade_not_known(staging, facts),
        "liver clear" if staging.clear_liver else _labelled("type", "liver_type")(staging),
        _burden(facts),
        fact_phrase(syndrome.name, syndrome.value) if syndrome else None,
        _labelled("receptor", "sstr_status")(staging),
        _ecog(facts),
    ]
    return "Staging: " + ", ".join(part for part in parts if part)
