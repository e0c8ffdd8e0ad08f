"""The words of a proposal: why an option is proposed, the staging, the verdicts, what is missing.

Markdown as FHIR annotations allow it, made from an assessment document alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from nelm.criteria import CriterionOutcome
from nelm.document import from_document
from nelm.doubts import doubt_lines
from nelm.errors import Refused
from nelm.evidence.citations import citation, outcome_figures
from nelm.evidence.parameters import DEFAULTS
from nelm.evidence.strength import option_strength
from nelm.explanation import follow_up_lines
from nelm.headline import closed_lead
from nelm.labels import option_label
from nelm.may_be_known import may_be_known_line
from nelm.open_points import not_settled
from nelm.options.follow_up import FOLLOW_UP
from nelm.options.registry import option
from nelm.said_otherwise import otherwise_markdown, said_otherwise
from nelm.staging_words import NOTE_WORDS, output_word
from nelm.wording import SUMMARY_LENGTH, Voice, figure_line, missing_line

_STAGING = (
    ("grade", "Grade"),
    ("liver_type", "Liver involvement, type"),
    ("distribution", "Distribution"),
    ("burden_band", "Liver tumor burden"),
    ("resectability", "Resectability"),
    ("remnant", "Future liver remnant"),
    ("extrahepatic_class", "Extrahepatic disease"),
    ("m_category", "M category"),
    ("functional_status", "Hormonal status"),
    ("sstr_status", "Somatostatin receptors"),
    ("liver_function", "Liver function"),
    ("tempo", "Tempo"),
    ("timing", "Timing"),
)
_UNKNOWN = "not known"
_MOST_FIGURES = 3  # of an option or test; the page of the patient has them all


def title(name: str) -> str:
    """An id as words: `transarterial_first` to "Transarterial first"."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def contradicted_facts(document: Mapping[str, Any]) -> list[list[str]]:
    """Fact, words and day of each candidate that contradicts an older fact; of a document judged
    by another knowledge version none can be told."""
    found = document.get("candidates") or ()
    try:
        assessment = from_document(document) if found else None
    except (Refused, LookupError):
        return []
    said = said_otherwise(assessment, found) if assessment is not None else ()
    return [[one.fact, one.words, one.day] for one in said]


class Sayings:
    """The sentence of each criterion of an assessment, with its values, units and dates.

    The same sentences as on cards and pages. Where the document was judged by another knowledge
    version its facts cannot be judged again alike: then a criterion is said by its title.
    """

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._outcomes: dict[tuple[str, str], tuple[CriterionOutcome, str]] = {}
        self._said: dict[tuple[CriterionOutcome, str], str] = {}
        self._not_settled: dict[str, list[str]] = {}
        self._lead = ""
        self._otherwise: tuple[str, ...] = ()
        self._doubts: list[str] = []
        self._follow_up: tuple[str, ...] = ()
        try:
            assessment = from_document(document)
        except (Refused, LookupError):
            return
        self._lead = closed_lead(assessment, SUMMARY_LENGTH)
        found = said_otherwise(assessment, document.get("candidates") or ())
        self._otherwise = otherwise_markdown(found)
        self._doubts = doubt_lines(assessment.facts)
        self._follow_up = follow_up_lines(assessment)
        self._voice = Voice.of(assessment)
        for one in assessment.options:
            limit = one.option.labs_limit
            self._not_settled[one.option.id] = [
                f"{self._voice.outcome_line(each)} ({each.id})"
                for each in not_settled(one, assessment.facts, self._voice.is_imprecise)
            ]
            self._outcomes.update(
                ((one.option.id, each.id), (each, limit)) for each in one.outcomes
            )

    def lead(self) -> str:
        """What is closed and what is open instead, where the strategy's own options are closed."""
        return self._lead

    def otherwise(self) -> str:
        """Where words of a report contradict an older fact, a line each; empty where none do."""
        return "\n\n".join(self._otherwise)

    def doubts(self) -> str:
        """Results that contradict, have no date or could not be read, a line each."""
        return "\n".join(f"**{line}.**" for line in self._doubts)

    def when(self, judged: Mapping[str, Any]) -> str:
        """Of open follow-up its interval and what is due, overdue or not known; else empty."""
        is_open = judged["verdict"] in ("eligible", "conditional")
        return ", ".join(self._follow_up) if judged["option"] == FOLLOW_UP.id and is_open else ""

    def of(self, option_id: str, criterion: Mapping[str, Any]) -> str:
        """Such as "Largest lesion 41 mm (2026-05-03); needs below 35 mm (ABL-2)"."""
        name = criterion["id"]
        known = self._outcomes.get((option_id, name))
        return f"{criterion['title'] if known is None else self._sentence(known)} ({name})"

    def not_settled(self, option_id: str) -> list[str]:
        """Strong cautions that an imprecise value, or that nobody asked, leaves open."""
        return self._not_settled.get(option_id, [])

    def _sentence(self, known: tuple[CriterionOutcome, str]) -> str:
        """Said once: options share criteria."""
        if known not in self._said:
            self._said[known] = self._voice.outcome_line(*known)
        return self._said[known]


def activity_text(judged: Mapping[str, Any], packs: Mapping[str, bool], sayings: Sayings) -> str:
    """Verdict, the criteria in short, on what the option rests, and the citations behind it."""
    criteria = judged["criteria"]
    parts = [
        f"Proposed: {title(judged['verdict']).lower()}, rank {judged['rank']}.",
        f"When: {when}." if (when := sayings.when(judged)) else "",
        *(
            _listed(label, (sayings.of(judged["option"], one) for one in criteria if wanted(one)))
            for label, wanted in _LISTS
        ),
        _listed("Not settled", sayings.not_settled(judged["option"])),
        _rests_on(judged, packs),
        _sources(criteria),
    ]
    return " ".join(part for part in parts if part)


def _rests_on(judged: Mapping[str, Any], packs: Mapping[str, bool]) -> str:
    """The strength of the option as such and its figures, which are of patients with tumor left."""
    adjuvant = any(
        one["id"] == "NED" and one["kind"] == "caution" and one["outcome"] == "met"
        for one in judged["criteria"]
    )
    if adjuvant:
        return "Its trials are of patients with tumor left; of this use no figures are reported."
    option_id = judged["option"]
    strength = f"Evidence for {option_label(option_id)}: {', '.join(_strength(option_id, packs))}."
    return f"{strength} {_reported(option_id, packs)}".rstrip()


def work_up_text(item: Mapping[str, Any], packs: Mapping[str, bool]) -> str:
    """What the item is needed for, and what is reported of it."""
    reasons = [_reason(one) for one in item.get("because") or ()]
    because = "; ".join(reason for reason in reasons if reason)
    why = f"Proposed because: {because}." if because else "Proposed to complete the staging."
    return f"{why} {_reported(item['item'], packs)}".rstrip()


def packs_of(document: Mapping[str, Any]) -> Mapping[str, bool]:
    """The knowledge packs that the assessment was made with."""
    packs: Mapping[str, bool] = DEFAULTS["packs"]
    return {**packs, **(document.get("parameters") or {}).get("packs", {})}


def _strength(option_id: str, packs: Mapping[str, bool]) -> tuple[str, ...]:
    return option_strength(option(option_id), packs)


def _reported(name: str, packs: Mapping[str, bool]) -> str:
    """The first figures of an option or test, as the papers give them; empty if they give none."""
    figures = outcome_figures(name, packs)[:_MOST_FIGURES]
    if not figures:
        return ""
    told = "; ".join(figure_line(one) for one in figures)
    return f"Reported in selected patients, no prediction for this one: {told}."


def note_text(document: Mapping[str, Any], sayings: Sayings) -> str:
    """Staging summary, verdict table and what is missing, as Markdown."""
    parts = [
        f"**Strategy: {title(str(document['strategy'])).lower()}** (as of {document['as_of']},"
        f" knowledge {document['knowledge_version']}). Supports the tumor board; decides nothing.",
        sayings.otherwise(),
        sayings.doubts(),
        "\n".join(_staging_lines(document["staging"])),
        "\n".join(_verdict_lines(document.get("options") or (), packs_of(document), sayings)),
        _missing_line(document),
    ]
    return "\n\n".join(part for part in parts if part)


def _staging_lines(staging: Mapping[str, Any]) -> Iterator[str]:
    for name, label in _STAGING:
        value = staging.get(name)
        yield f"- {label}: {output_word(name, value) if name == 'burden_band' else _value(value)}"
    for note in staging.get("notes") or ():
        yield f"- Note: {NOTE_WORDS.get(note) or _reason(note)}"
    for note in staging.get("prognostic_notes") or ():
        yield f"- Note: {_reason(note)}"


def _value(value: Any) -> str:
    return _UNKNOWN if value is None else str(value).replace("_", " ")


def _verdict_lines(
    options: Iterable[Mapping[str, Any]], packs: Mapping[str, bool], sayings: Sayings
) -> Iterator[str]:
    rows = list(options)
    if not rows:
        return
    yield "| Rank | Option | Verdict | Because | Evidence for the option |"
    yield "|---|---|---|---|---|"
    for row in rows:
        name, verdict = option_label(row["option"]), title(row["verdict"]).lower()
        rests = _strength(row["option"], packs)[0]
        yield f"| {row['rank']} | {name} | {verdict} | {_cell(_decisive(row, sayings))} | {rests} |"


def _decisive(judged: Mapping[str, Any], sayings: Sayings) -> str:
    """The criteria that gave the verdict."""
    wanted = {
        "contraindicated": ("exclude", "met"),
        "not_indicated": ("require", "not_met"),
        "insufficient_data": ("require", "unknown"),
        "conditional": ("caution", "met"),
    }.get(judged["verdict"])
    if wanted is None:
        return sayings.when(judged) or "all requirements met"
    deciding = [one for one in judged["criteria"] if (one["kind"], one["outcome"]) == wanted]
    if judged["verdict"] == "conditional":
        deciding += [one for one in judged["criteria"] if _is_unchecked(one)]
    return "; ".join(sayings.of(judged["option"], one) for one in deciding)


def _is_unchecked(criterion: Mapping[str, Any]) -> bool:
    return criterion["outcome"] == "unknown" and bool(criterion.get("check"))


def _missing_line(document: Mapping[str, Any]) -> str:
    missing = document.get("missing") or ()
    words = may_be_known_line(missing, document.get("candidates") or ())
    lines = [missing_line(missing) or "Missing for a verdict: nothing", words]
    return "\n\n".join(line for line in lines if line)


def _is_met(kind: str) -> Callable[[Mapping[str, Any]], bool]:
    return lambda criterion: criterion["outcome"] == "met" and criterion["kind"] == kind


_LISTS: tuple[tuple[str, Callable[[Mapping[str, Any]], bool]], ...] = (
    ("Required and met", _is_met("require")),
    ("Speaks for it", _is_met("favor")),
    ("Mind", _is_met("caution")),
    ("Still open", _is_unchecked),
)


def _listed(label: str, said: Iterable[str]) -> str:
    told = "; ".join(said)
    return f"{label}: {told}." if told else ""


def _sources(criteria: Iterable[Mapping[str, Any]]) -> str:
    cited: dict[str, None] = {}
    for criterion in criteria:
        if criterion["outcome"] == "met" or _is_unchecked(criterion):
            cited.update(dict.fromkeys(criterion.get("citations") or ()))
    # `later` names a pack; its items carry their own citation.
    named = [_source(str(name)) for name in sorted(cited) if name != "later"]
    return f"Sources: {'; '.join(named)}." if named else ""


def _source(name: str) -> str:
    known = citation(name)
    return f"{known.short}, doi {known.doi}" if known.doi else known.short


def _reason(reason: Any) -> str:
    return str(reason["title"] if isinstance(reason, Mapping) else reason).replace("_", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
