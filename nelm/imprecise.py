"""What is on file but too imprecise to answer a question, in words: a range on both sides of a
limit, an extent, a margin or an amount that the report does not state.

Never said as "not on file": somebody looked, and a second look at the report may settle it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from nelm.case import Case
from nelm.catalog import in_table_order
from nelm.evidence.parameters import Parameters
from nelm.facts import UNSTATED, Fact, FactSet
from nelm.labels import fact_unit, value_word
from nelm.logic import Range, at_most, less_than
from nelm.predicates import Judged, Limit, Predicate
from nelm.spoken_values import spoken, value_text
from nelm.staging.reads import COMPARED, facts_behind
from nelm.staging.summary import Staging
from nelm.telling import plain_value

# Values of unstated extent: what is reported, and what is not stated of it.
_REPORTED: dict[tuple[str, Any], tuple[str, str]] = {
    ("portal_vein", "thrombosis_extent_unknown"): ("portal vein thrombosis", "extent"),
    ("ascites", "present"): ("ascites", "degree"),
    ("encephalopathy", "present"): ("encephalopathy", "degree"),
    ("peritoneal_carcinomatosis", "present_unquantified"): ("peritoneal disease", "amount"),
    ("extrahepatic_disease", "present_unquantified"): ("disease outside the liver", "amount"),
    ("primary_status", "resected"): ("primary removal", "margin"),
}
# What a value that settles the question does, by the kind of criterion.
_DOES = {
    "require": "is needed",
    "exclude": "would exclude",
    "caution": "would call for caution",
    "favor": "would speak for it",
}
_SHORT = {"partial_thrombosis": "partial", "complete_thrombosis": "complete"}
_NOT_BY_PET = ("spect", "other")


class Imprecise:
    """The imprecise values of one patient: facts, staging, parameters and the day."""

    def __init__(
        self, facts: FactSet, staging: Staging, parameters: Parameters, as_of: date
    ) -> None:
        self._facts, self._staging = facts, staging
        self._parameters, self._as_of = parameters, as_of

    def told(self, kind: str, predicate: Predicate, *, widely: bool = False) -> list[str]:
        """The values that leave a criterion of that kind open, each with its date; else none.

        `widely`: those too that would count as a default if they were not there.
        Such as "portal vein thrombosis reported 2026-05-12, extent not stated: complete would
        exclude", "liver tumor burden 70 to 80 % (2026-05-03), on both sides of 75 %".
        """
        read = predicate.names if widely else predicate.open_names
        names = sorted(read, key=lambda one: (one.startswith("staging."), one))
        phrases = [phrase for name in names for phrase in self._behind(name, kind, predicate)]
        # One value read in two ways is said once, as the criterion itself compares it.
        first = {one.partition(", on both sides of ")[0]: one for one in reversed(phrases)}
        return [one for one in dict.fromkeys(phrases) if one in first.values()]

    def of_fact(self, name: str) -> str:
        """A fact that is on file and still missing, as too little is said of it; else empty.

        Where no disease outside the liver was reported and yet some is seen: what was seen.
        """
        fact = self._facts.get(name)
        seen = next(self._spread(), "") if name == "extrahepatic_disease" else ""
        return seen or (str(spoken(fact)) if fact else "")

    def _behind(self, name: str, kind: str, predicate: Predicate) -> Iterator[str]:
        output = name.removeprefix("staging.")
        if output == name:
            yield from self._of([name], name, kind, predicate)
        elif output == "extrahepatic_class":
            yield from self._spread()
        elif getattr(self._staging, output, None) in (None, "G3_or_NEC"):
            if output == "sstr_status":
                yield from self._not_by_pet()
            yield from self._of(in_table_order(facts_behind(name)), name, kind, predicate)

    def _of(
        self, names: Iterable[str], read: str, kind: str, predicate: Predicate
    ) -> Iterator[str]:
        for name in names:
            fact = self._facts.get(name)
            if fact is None:
                continue
            if isinstance(fact.value, Range):
                limits = _limits(predicate, read) or set(COMPARED.get(name, ()))
                yield from self._range(fact, limits)
            elif fact.value in UNSTATED.get(name, ()):
                yield self._unstated(fact, kind, predicate)
            elif (name, fact.value) in _REPORTED:
                yield _reported(fact)
            elif (name, fact.value) == ("primary_site", "unknown"):
                yield str(spoken(fact))

    def _range(self, fact: Fact, limits: Iterable[Limit]) -> Iterator[str]:
        numbers = {self._parameters[one] if isinstance(one, str) else one for one in limits}
        numbers = {one for one in numbers if isinstance(one, int | float)}
        inside = [one for one in sorted(numbers) if _straddles(fact.value, one)]
        if inside:
            words = " and ".join(f"{one:g}" for one in inside)
            yield f"{spoken(fact)}, on both sides of {words} {fact_unit(fact.name)}".rstrip()

    def _unstated(self, fact: Fact, kind: str, predicate: Predicate) -> str:
        possible = UNSTATED[fact.name][fact.value]
        settling = [one for one in possible if self._asked(predicate, fact.name, one) is True]
        words = _reported(fact)
        if kind not in _DOES or not settling or len(settling) == len(possible):
            return words
        named = " or ".join(_SHORT.get(one) or value_word(one) for one in settling)
        return f"{words}: {named} {_DOES[kind]}"

    def _asked(self, predicate: Predicate, name: str, value: Any) -> bool | None:
        """What the criterion would say of that value; unknown where it reads more than that."""
        if predicate.names != {name}:
            return None
        if isinstance(predicate, Judged):
            values = {**self._facts.values, name: value}
            case = Case(self._facts, values, self._staging, self._parameters, self._as_of, {})
            return predicate.function(case)
        return plain_value(predicate, {name: value}.get, self._parameters)

    def _spread(self) -> Iterator[str]:
        if self._staging.extrahepatic_class not in (None, "present_unquantified"):
            return
        for name in ("extrahepatic_disease", "peritoneal_carcinomatosis"):
            fact = self._facts.get(name)
            if fact is not None and (name, fact.value) in _REPORTED:
                yield _reported(fact)
                return
        if self._staging.extrahepatic_class is None:
            return
        at = (self._facts.get(name) for name in ("extrahepatic_sites", "peritoneal_carcinomatosis"))
        seen = [fact for fact in at if fact is not None and fact.value not in (frozenset(), "none")]
        for fact in seen[:1]:
            amount = "amount" if fact.name == "extrahepatic_sites" else "amount elsewhere"
            yield f"{spoken(fact)}, {amount} not stated"

    def _not_by_pet(self) -> Iterator[str]:
        for name in ("krenning_score", "sstr_uptake_at_least_liver"):
            fact = self._facts.get(name)
            if fact is not None and self._facts.value("sstr_modality") in _NOT_BY_PET:
                yield f"{spoken(fact)}, not by PET"
                return


def _limits(predicate: Predicate, name: str) -> set[Limit]:
    return {limit for read, limit in predicate.limits if read == name}


def _straddles(found: Range, limit: float) -> bool:
    return less_than(found, limit) is None or at_most(found, limit) is None


def _reported(fact: Fact) -> str:
    """Such as "ascites reported 2026-05-12, degree not stated"."""
    what, unstated = _REPORTED.get((fact.name, fact.value)) or (
        value_text(fact.name, fact.value),
        "extent",
    )
    reported = " ".join(part for part in (what, "reported", spoken(fact).when) if part)
    return f"{reported}, {unstated} not stated"
