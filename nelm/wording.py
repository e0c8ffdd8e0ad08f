"""One plain sentence for a criterion, a verdict, a gap: the same on card, care plan and page.

Short forms; a sentence names the value with its date, then what is needed, then why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from nelm.assessment import Assessment
from nelm.catalog import CATALOG
from nelm.counted_defaults import counts_as, settled_by_default
from nelm.criteria import Criterion, CriterionOutcome, Judgement
from nelm.evidence.parameters import THRESHOLDS, Parameters, Threshold
from nelm.facts import FactSet
from nelm.freshness import LIMIT_PARAMETER
from nelm.grounds import VERDICT_WORDS, deciding_outcome, settling_outcomes
from nelm.imprecise import Imprecise
from nelm.labels import fact_label, fact_unit, option_label, value_word
from nelm.phrases import (
    SUMMARY_LENGTH,
    clipped,
    conflict_line,
    figure_line,
    lowered,
    missing_line,
    sentence,
    source_line,
    stale_line,
    value_with_date,
)
from nelm.predicates import Comparison, Compound, Predicate
from nelm.spoken_values import SpokenValues, spoken
from nelm.staging.reads import CANDIDACY, MISSING, facts_behind
from nelm.staging.summary import Staging
from nelm.staging_words import STRATEGY_WORDS, ki67_range, staging_line
from nelm.telling import telling

# What other rooms say takes its words here.
__all__ = [
    "STRATEGY_WORDS",
    "SUMMARY_LENGTH",
    "VERDICT_WORDS",
    "Voice",
    "clipped",
    "conflict_line",
    "deciding_outcome",
    "figure_line",
    "lowered",
    "missing_line",
    "sentence",
    "source_line",
    "staging_line",
    "value_with_date",
]

MOST_VALUES = 3  # values named in one sentence
MOST_REQUIRED = 2  # met requirements named for an option that nothing else speaks for

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
# One of them mostly settles what the other would.
_EITHER = ("reported_resectability", "resectable_percent")
# Requirements that nearly everybody meets: worth a word only where they are not met.
_MATTER_OF_COURSE = frozenset({"NED", "REPEAT"})
_OF_GRADE = frozenset({"staging.grade", "staging.low_grade", "staging.well_g3", "staging.ki67"})
_SIGNS = {"<": "below", "<=": "at most", ">": "above", ">=": "at least"}


class Voice:
    """Words for one assessed patient: facts, staging, parameters and the day."""

    def __init__(
        self,
        facts: FactSet,
        staging: Staging,
        parameters: Parameters,
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
        name = predicate.name.removeprefix("staging.")
        unit = "%" if name == "ki67" else fact_unit(name)
        return f"{_SIGNS[predicate.sign]} {number:g} {unit}".rstrip()

    def evidence(self, *predicates: Predicate) -> str:
        """The values that criteria looked at, each once with its date; empty if they read none."""
        return self._values.told(*predicates)

    def _evidence_of(self, outcome: CriterionOutcome, predicate: Predicate) -> str:
        """Of a met caution the grade last: "no symptoms (2026-05-12) in G2 (Ki-67 6 %)"."""
        against = outcome.kind == "caution" and outcome.outcome is True
        grade, others = _grade_apart(predicate) if against else ([], [])
        if not (grade and others):
            return self.evidence(predicate)
        return " in ".join(filter(None, (self.evidence(*others), self.evidence(*grade))))

    def speaking_for(self, judgement: Judgement) -> tuple[str, tuple[CriterionOutcome, ...]]:
        """What speaks for an option, else what it requires and has, with the criteria behind it."""
        met = [one for one in judgement.outcomes if one.outcome is True]
        favors = [one for one in met if one.kind == "favor"][:1]
        required = [one for one in met if one.kind == "require" and one.id not in _MATTER_OF_COURSE]
        named = favors or required[:MOST_REQUIRED]
        told = [one for one in named if self.evidence(self._telling(one))]
        return self.evidence(*map(self._telling, told)), tuple(told)

    def unknown(self, predicate: Predicate, either: tuple[str, ...] = _EITHER) -> str:
        """The labels of the facts that are not on file among those a criterion reads.

        Of facts that stand in for one another the first; of those in `either`, one on file is
        taken to settle the question.
        """
        if CANDIDACY in predicate.open_names and self._staging.resection_candidacy is None:
            return "whether resection is possible"
        waits = [one for one in predicate.open_names if one.startswith("verdict.")]
        if waits:
            options = (lowered(option_label(one.removeprefix("verdict."))) for one in waits)
            return f"whether {', '.join(sorted(options))} is open"
        names = set(self._missing_behind(predicate, either))
        ordered = sorted(names, key=lambda one: CATALOG[one].order)
        return ", ".join(dict.fromkeys(map(self._absent, ordered)))

    def _absent(self, name: str) -> str:
        """The label of a fact that is not on file, with the creatinine where it is the eGFR."""
        creatinine = self._facts.get("creatinine_mg_dl") if name == "egfr_ml_min_1_73m2" else None
        if creatinine is None:
            return fact_label(name)
        found = spoken(creatinine)
        known = ", ".join(part for part in (found.words, found.when) if part)
        return f"{fact_label(name)} (on file: {known})"

    def _missing_behind(self, predicate: Predicate, either: tuple[str, ...]) -> Iterator[str]:
        """None behind an output that is known."""
        for name in predicate.open_names:
            output = name.removeprefix("staging.")
            if output != name and getattr(self._staging, output) not in (None, "G3_or_NEC"):
                continue
            for group in _groups_behind(name):
                instead = either if group[0] in either else ()
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
        evidence, needed = self._evidence_of(outcome, predicate), self._needed(predicate)
        if outcome.kind == "require" and needed and evidence:
            joined = f"{evidence}, {needed} needed" if outcome.outcome else f"{evidence}; needs"
            return sentence(joined if outcome.outcome else f"{joined} {needed}")
        if outcome.kind == "require" and not outcome.outcome:
            return sentence(_failed_line(criterion, evidence))
        if not outcome.outcome and not signed:
            return f"{criterion.title}: no" + (f", {evidence}" if evidence else "")
        return _met_line(criterion, evidence, met=outcome.outcome)

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
            f"{labels}: not on file; counts as {counts_as(one)}"
            for one in found
            if (labels := self.unknown(one.part, ()))
        )
        return ", ".join(dict.fromkeys(told))

    def not_precise(self, name: str) -> str:
        """What is on file of a fact that is named as missing all the same, with its date."""
        return self._imprecise.of_fact(name)

    def _unknown_line(self, outcome: CriterionOutcome) -> str:
        predicate = outcome.criterion.predicate
        title, labels = lowered(outcome.criterion.title), self.unknown(predicate)
        imprecise = self._imprecise.told(outcome.kind, predicate)
        if not imprecise and not labels:
            imprecise = self._imprecise.told(outcome.kind, predicate, widely=True)
            labels = self.unknown(predicate, ())
        if imprecise:
            return _imprecise_line(outcome, "; ".join(imprecise), labels)
        if outcome.kind == "exclude" and outcome.check:
            return f"not excluded: {title}"
        if outcome.check:
            return f"not checked: {labels or title}"
        if not labels or labels.startswith("whether "):
            return f"{labels or title.partition(': ')[0]}: not known"
        return f"{labels}: not on file"

    def is_imprecise(self, outcome: CriterionOutcome) -> bool:
        """Whether a value on file leaves it open, such as a range on both sides of its limit."""
        if not self._facts.uncertain:
            return False
        return bool(self._imprecise.told(outcome.kind, outcome.criterion.predicate))

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
        values, needed = self._evidence_of(outcome, predicate), self._needed(predicate)
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
        open_ones = [one.criterion for one in settling_outcomes(judgement) if one.counts]
        found = [
            text for one in open_ones for text in self._imprecise.told(one.kind, one.predicate)
        ]
        labels = [f"{said} not known" for one in open_ones if (said := self.unknown(one.predicate))]
        return "; ".join(dict.fromkeys(found or labels)) or "a required fact not known"

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


def _grade_apart(predicate: Predicate) -> tuple[list[Predicate], list[Predicate]]:
    """Of what must hold together the parts that ask for the grade, and the others."""
    together = isinstance(predicate, Compound) and not predicate.decisive
    parts = predicate.parts if isinstance(predicate, Compound) and together else ()
    grade = [one for one in parts if one.names <= _OF_GRADE]
    return grade, [one for one in parts if one not in grade]


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


def _met_line(criterion: Criterion, evidence: str, *, met: bool) -> str:
    """Title and value without saying the same twice: the value alone where the title only repeats
    it or names several reasons, and in place of the part of the title that it proves."""
    title = criterion.title
    if not evidence:
        return title
    said = evidence.lower().startswith(lowered(title).lower())
    if said or (", or " in title and criterion.kind in ("caution", "favor")):
        return sentence(evidence)
    what, _, value = evidence.partition(" ")
    if value[:1].isdigit() and title.endswith(f" {what}"):
        return f"{title} {value}"
    _, colon, consequence = title.partition(": ")
    if not colon:
        return f"{title}: {evidence}"
    if met and len(criterion.names) == 1:
        return f"{sentence(evidence)}: {consequence}"
    return f"{title} ({evidence})"
