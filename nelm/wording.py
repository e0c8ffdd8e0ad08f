"""One plain sentence for a criterion, a verdict, a gap: the same on card, care plan and page.

Short forms; a sentence names the value with its date, then what is needed, then why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from nelm.assessment import Assessment
from nelm.catalog import CATALOG
from nelm.counted_defaults import counts_as, settled_by_default
from nelm.criteria import Conflict, Criterion, CriterionOutcome, Judgement
from nelm.evidence.citations import CITATIONS, OutcomeFigure, paper_short
from nelm.evidence.parameters import THRESHOLDS, Threshold
from nelm.facts import Fact, FactSet
from nelm.freshness import LIMIT_PARAMETER
from nelm.imprecise import Imprecise
from nelm.labels import fact_label, fact_unit, missing_labels, option_label, value_word
from nelm.logic import WORDS
from nelm.predicates import Comparison, Predicate
from nelm.spoken_values import SpokenValues, spoken
from nelm.staging.reads import CANDIDACY, MISSING, facts_behind
from nelm.staging.summary import Staging
from nelm.staging_words import STRATEGY_WORDS, ki67_range, staging_line
from nelm.telling import telling

__all__ = ["STRATEGY_WORDS", "VERDICT_WORDS", "Voice", "staging_line"]

SUMMARY_LENGTH = 139  # a card's summary stays under 140 characters
MOST_VALUES = 3  # values named in one sentence
MOST_REQUIRED = 2  # met requirements named for an option that nothing else speaks for

VERDICT_WORDS: dict[str, str] = {
    "eligible": "eligible",
    "conditional": "open with cautions",
    "insufficient_data": "cannot be judged yet",
    "not_indicated": "not indicated",
    "contraindicated": "contraindicated",
}
# Units of settings, as people write them.
_WARD_UNITS = {
    "10e9/L": "×10⁹/L",
    "mL/min/1.73m2": "mL/min/1.73 m²",
    "x upper limit": "× upper limit",
}
# Requirements for something that was done or seen before: what is on file instead is no reason.
_NOT_ON_FILE = {
    "CAB-2": "no progression on a drug other than SSA on file",
    "REHEP-1": "no earlier liver resection on file",
}
# One of them settles what the other would.
_INSTEAD = ("reported_resectability", "resectable_percent")
# Requirements that nearly everybody meets: worth a word only where they are not met.
_MATTER_OF_COURSE = frozenset({"NED", "REPEAT"})
_SIGNS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}

# Small pieces. ------------------------------------------------------------------------------


def clipped(text: str, limit: int = SUMMARY_LENGTH) -> str:
    """The text, cut at a word and marked with an ellipsis where it is too long."""
    if len(text) <= limit:
        return text
    return text[: limit - 1].rsplit(" ", 1)[0].rstrip(",;:(") + "…"


def sentence(text: str) -> str:
    """With a capital at the start; "eGFR" and "pH" keep their own."""
    return text if text[1:2].isupper() else text[:1].upper() + text[1:]


def value_with_date(fact: Fact) -> str:
    """Such as "largest lesion 41 mm (2026-05-03)"; undated facts stand without a date."""
    return str(spoken(fact))


def source_line(cites: Iterable[str]) -> str:
    """Such as "Cloyd 2020, Lewis 2012"; a working limit is called one."""
    names = list(cites)
    shown = [paper_short(n) for n in names if CITATIONS[n].kind != "operational" and n != "later"]
    working = "operational" in names
    if working and not shown:
        return "Working limit of this institution, not from a paper"
    return ", ".join(shown + (["working limit"] if working else []))


def full_source(name: str) -> str:
    """Such as "Cloyd JM, ... 2020;9(4):440-451. doi 10.21037/hbsn.2020.04.02"."""
    one = CITATIONS[name]
    return f"{one.text} doi {one.doi}" if one.doi else one.text


def figure_line(figure: OutcomeFigure) -> str:
    """Such as "5-year survival 60 % (retrospective series, n 179, 2018; Cloyd 2020)"."""
    papers = ", ".join(paper_short(name) for name in figure.cites)
    return f"{figure.text} ({'; '.join(part for part in (figure.basis, papers) if part)})"


def conflict_line(conflict: Conflict) -> str:
    """Both positions with their papers, and what is followed here."""
    positions = "; ".join(f"{paper_short(source)}: {text}" for source, text in conflict.positions)
    return f"Papers disagree. {positions}. Followed here: {conflict.default}"


def stale_line(fact: Fact, as_of: date, limit_days: float) -> str:
    """Such as "Krenning score 4 (2025-03-01), 457 days old, limit 365"."""
    age = (as_of - fact.effective).days if fact.effective else 0
    return f"{sentence(value_with_date(fact))}, {age} days old, limit {limit_days:g}"


def missing_line(names: Iterable[str]) -> str:
    """Such as "Missing: Krenning score, right heart failure"; empty where nothing is."""
    labels = missing_labels(names)
    return f"Missing: {', '.join(labels)}" if labels else ""


# Criteria. ----------------------------------------------------------------------------------


class Voice:
    """Words for one assessed patient: facts, staging, parameters and the day."""

    def __init__(
        self,
        facts: FactSet,
        staging: Staging,
        parameters: Mapping[str, Any],
        as_of: date,
        most_values: int = MOST_VALUES,
    ) -> None:
        self._facts, self._staging = facts, staging
        self._parameters, self._as_of = parameters, as_of
        self._values = SpokenValues(facts, staging, most_values)
        self._imprecise = Imprecise(facts, staging, parameters, as_of)

    @classmethod
    def of(cls, one: Assessment, most_values: int = MOST_VALUES) -> Voice:
        """The words for an assessment, with at most so many values in a sentence."""
        return cls(one.facts, one.staging, one.parameters, one.as_of, most_values)

    def _needed(self, predicate: Predicate) -> str | None:
        """Such as "below 35 mm" for a plain comparison."""
        if not isinstance(predicate, Comparison):
            return None
        limit = predicate.limit
        number = self._parameters[limit] if isinstance(limit, str) else limit
        unit = "%" if predicate.name == "staging.ki67" else fact_unit(predicate.name)
        return f"{_SIGNS[predicate.sign]} {number:g} {unit}".rstrip()

    def evidence(self, *predicates: Predicate) -> str:
        """The values that criteria looked at, each once with its date; empty if they read none."""
        return self._values.told(*predicates)

    def speaking_for(self, judgement: Judgement) -> tuple[str, tuple[CriterionOutcome, ...]]:
        """What speaks for an option, else what it requires and has, with the criteria behind it."""
        met = [one for one in judgement.outcomes if one.outcome is True]
        favors = [one for one in met if one.kind == "favor"][:1]
        required = [one for one in met if one.kind == "require" and one.id not in _MATTER_OF_COURSE]
        named = favors or required[:MOST_REQUIRED]
        told = [one for one in named if self.evidence(self._telling(one))]
        return self.evidence(*map(self._telling, told)), tuple(told)

    def unknown(self, predicate: Predicate) -> str:
        """The labels of the facts that are not on file among those a criterion reads."""
        if CANDIDACY in predicate.open_names and self._staging.resection_candidacy is None:
            return "whether resection is possible"
        waits = [one for one in predicate.open_names if one.startswith("verdict.")]
        if waits:
            options = (lowered(option_label(one.removeprefix("verdict."))) for one in waits)
            return f"whether {', '.join(sorted(options))} is open"
        names = {fact for name in predicate.open_names for fact in self._missing_behind(name)}
        ordered = sorted(names, key=lambda one: CATALOG[one].order)
        return ", ".join(dict.fromkeys(fact_label(name) for name in ordered))

    def _missing_behind(self, name: str) -> Iterator[str]:
        """Of facts that stand in for one another the first; none where the output is known."""
        output = name.removeprefix("staging.")
        if output != name and getattr(self._staging, output) not in (None, "G3_or_NEC"):
            return
        for group in _groups_behind(name):
            instead = _INSTEAD if group[0] in _INSTEAD else ()
            if all(fact not in self._facts for fact in (*group, *instead)):
                yield group[0]

    def _value(self, name: str) -> Any:
        if name == "staging.ki67" and self._staging.ki67 is None:
            return ki67_range(self._facts)
        if name.startswith("staging."):
            return getattr(self._staging, name.removeprefix("staging."))
        return self._facts.value(name)

    def _telling(self, outcome: CriterionOutcome) -> Predicate:
        met = outcome.outcome is True
        return telling(outcome.criterion.predicate, met, self._value, self._parameters)

    def outcome_line(
        self,
        outcome: CriterionOutcome,
        labs_limit: str = "fresh_labs_days",
        *,
        signed: bool = False,
    ) -> str:
        """What one criterion found: value with unit and date, and what was needed.

        `signed`: a word before it says already whether it is met.
        """
        if outcome.stale_fact is not None:
            return self._stale(outcome.stale_fact, labs_limit)
        if outcome.outcome is None:
            return sentence(self._unknown_line(outcome))
        criterion, predicate = outcome.criterion, self._telling(outcome)
        evidence, needed = self.evidence(predicate), self._needed(predicate)
        if outcome.kind == "require" and needed and evidence:
            joined = f"{evidence}, {needed} needed" if outcome.outcome else f"{evidence}; needs"
            return sentence(joined if outcome.outcome else f"{joined} {needed}")
        if outcome.kind == "require" and not outcome.outcome:
            return sentence(_failed_line(criterion, evidence))
        if not outcome.outcome and not signed:
            return f"{criterion.title}: no" + (f" ({evidence})" if evidence else "")
        return _met_line(criterion, evidence)

    def limits_line(self, criterion: Criterion) -> str:
        """The settings behind a criterion that is no plain comparison; empty if there are none."""
        if isinstance(criterion.predicate, Comparison):
            return ""
        named = sorted(criterion.parameters - {"packs"})
        return "; ".join(self._setting(THRESHOLDS[name]) for name in named)

    def _setting(self, one: Threshold) -> str:
        value = value_word(self._parameters[one.name])
        unit = _WARD_UNITS.get(one.unit or "", one.unit or "")
        return f"{lowered(one.label)}: {value} {unit}".rstrip()

    def counted_default(self, outcome: CriterionOutcome) -> str:
        """Such as "progression under treatment: not on file; counts as none", where only that
        settles the criterion; empty where values do."""
        if outcome.outcome is None or outcome.stale_fact is not None:
            return ""
        predicate = outcome.criterion.predicate
        found = settled_by_default(predicate, self._value, self._parameters)
        told = (
            f"{self.unknown(one.part) or lowered(outcome.criterion.title)}: "
            f"not on file; counts as {counts_as(one)}"
            for one in found
        )
        return ", ".join(dict.fromkeys(told))

    def _unknown_line(self, outcome: CriterionOutcome) -> str:
        title = lowered(outcome.criterion.title)
        labels = self.unknown(outcome.criterion.predicate)
        imprecise = self._imprecise.told(outcome.kind, outcome.criterion.predicate)
        if imprecise:
            return _imprecise_line(outcome, "; ".join(imprecise), labels)
        if outcome.kind == "exclude" and outcome.check:
            return f"not excluded: {title}"
        if outcome.check:
            return f"not checked: {labels or title}"
        if not labels or labels.startswith("whether "):
            return f"{labels or title}: not known"
        return f"{labels}: not on file"

    def _stale(self, name: str, labs_limit: str) -> str:
        fact = next(one for one in self._facts if one.name == name)
        freshness = CATALOG[name].freshness or "labs"
        limit = labs_limit if freshness == "labs" else LIMIT_PARAMETER[freshness]
        return stale_line(fact, self._as_of, self._parameters[limit])

    def reason(self, outcome: CriterionOutcome, labs_limit: str = "fresh_labs_days") -> str:
        """Why an outcome counts, short enough for a card: its value, else its title."""
        if outcome.stale_fact is not None or outcome.outcome is None:
            return self.outcome_line(outcome, labs_limit)
        return self._reason_known(outcome)

    def _reason_known(self, outcome: CriterionOutcome) -> str:
        failed = outcome.kind == "require" and not outcome.outcome
        predicate = self._telling(outcome)
        values, needed = self.evidence(predicate), self._needed(predicate)
        if failed and outcome.id in _NOT_ON_FILE:
            return _NOT_ON_FILE[outcome.id]
        if failed and needed and values:
            return f"{values} (needs {needed})"
        return values or (
            f"not met: {outcome.criterion.title}" if failed else outcome.criterion.title
        )

    def waits_for(self, judgement: Judgement) -> str:
        """What an option that cannot be judged waits for: "lung shunt not known", or a value that
        is on file but too imprecise to answer with."""
        labels = [fact_label(name) for name in judgement.missing if name not in self._facts]
        if labels:
            beyond = len(labels) - MOST_VALUES
            more = f" and {beyond} more" if beyond > 0 else ""
            return f"{', '.join(labels[:MOST_VALUES])}{more} not known"
        open_ones = [one.criterion for one in settling_outcomes(judgement)]
        found = [
            text for one in open_ones for text in self._imprecise.told(one.kind, one.predicate)
        ]
        return "; ".join(dict.fromkeys(found)) or "a required fact not known"

    def verdict_line(self, judgement: Judgement) -> str:
        """Such as "TACE: contraindicated, complete portal vein thrombosis (2026-05-12)"."""
        head = f"{option_label(judgement.option.id)}: {VERDICT_WORDS[judgement.verdict]}"
        if judgement.verdict == "insufficient_data":
            return clipped(f"{head}, {self.waits_for(judgement)}")
        deciding = deciding_outcome(judgement)
        if deciding is None:
            return clipped(head)
        reason = self.reason(deciding, judgement.option.labs_limit)
        return clipped(f"{head}, {lowered(reason)}")


def _imprecise_line(outcome: CriterionOutcome, values: str, labels: str) -> str:
    """What is on file first, then what is not; of a contraindication that it is not excluded."""
    absent = f"; not on file: {labels}" if labels else ""
    if outcome.kind == "exclude" and outcome.check and "would exclude" not in values:
        return f"not excluded: {lowered(outcome.criterion.title)}; {values}{absent}"
    return values + absent


def _groups_behind(name: str) -> Iterable[tuple[str, ...]]:
    """What a name stands for, in groups of facts that stand in for one another."""
    output = name.removeprefix("staging.")
    if output != name and output in MISSING:
        return MISSING[output]
    return [(fact,) for fact in facts_behind(name)]


def _failed_line(criterion: Criterion, evidence: str) -> str:
    """What is on file and what is needed, or that what is needed is not on file."""
    title, absent = lowered(criterion.title), _NOT_ON_FILE.get(criterion.id)
    if absent:
        return f"{absent}; on file: {evidence}" if evidence else absent
    return f"{evidence}; needed: {title}" if evidence else f"not met: {title}"


def _met_line(criterion: Criterion, evidence: str) -> str:
    """Title and value without saying the same twice: the value alone where the title only repeats
    it or names several reasons, and in place of the part of the title that it proves."""
    title = criterion.title
    if not evidence:
        return title
    said = evidence.lower().startswith(lowered(title).lower())
    if said or (", or " in title and criterion.kind in ("caution", "favor")):
        return sentence(evidence)
    _, colon, consequence = title.partition(": ")
    if not colon:
        return f"{title}: {evidence}"
    if len(criterion.names) == 1:
        return f"{sentence(evidence)}: {consequence}"
    return f"{title} ({evidence})"


def lowered(text: str) -> str:
    """Lower case at the start, except for names such as "ECOG", "G2" or "Krenning"."""
    named = text.startswith(("Krenning", "Child", "Ki-67", "Lu-177"))
    return text if named or not text[1:2].islower() else text[:1].lower() + text[1:]


# Verdict: the kind and outcome of the criteria that settle it.
_SETTLED_BY = {
    "contraindicated": ("exclude", "met"),
    "not_indicated": ("require", "not_met"),
    "insufficient_data": ("require", "unknown"),
    "conditional": ("caution", "met"),
}


def acts(verdict: str, kind: str, outcome: str, check: bool) -> bool:
    """Whether a criterion of that outcome (in the words of a document) settles that verdict."""
    if verdict == "conditional" and outcome == "unknown":
        return check and kind in ("caution", "exclude")
    return (kind, outcome) == _SETTLED_BY.get(verdict)


def settling_outcomes(judgement: Judgement) -> list[CriterionOutcome]:
    """The criteria that settle a verdict, in the order of the page; stale facts last."""
    return [
        one
        for one in judgement.outcomes
        if acts(judgement.verdict, one.kind, WORDS[one.outcome], one.check)
    ]


def deciding_outcome(judgement: Judgement) -> CriterionOutcome | None:
    """The criterion to name first for a verdict; None where nothing speaks against the option."""
    settling = [one for one in settling_outcomes(judgement) if one.counts]
    return min(settling, key=_urgency, default=None)


def _urgency(outcome: CriterionOutcome) -> int:
    """Met strong cautions first, then what is to be checked; else the order of the page."""
    if outcome.strong and outcome.outcome is True:
        return 0
    return 1 if outcome.check else 2
