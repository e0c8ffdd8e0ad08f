"""What a changed fact touches is judged again and the rest taken over: as `assess`, but sooner.

Each step asks again only what reads something that differs, and goes on with what came out
differently. `nelm.assessment` holds the whole way; the laws in the tests keep the two equal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from nelm.assessment import LABS_LIMITS, Assessment, Basis, assess, judged, known, ranking
from nelm.case import Case
from nelm.compilation import Outcomes, Round
from nelm.criteria import Judgement
from nelm.facts import FactSet
from nelm.follow_up import FollowUp, follow_up
from nelm.freshness import Freshness, freshness, freshness_again
from nelm.judging import Judgements, Names, candidacy, stale_behind, warned
from nelm.logic import Kleene
from nelm.missing import missing_again, missing_in_order
from nelm.staging.course import SERIES_READ
from nelm.staging.parts import Given, Parts, changed_outputs, derived_again
from nelm.staging.prognosis import prognostic_notes
from nelm.staging.summary import Staging, completeness, put_together
from nelm.strategy import decide_strategy, is_applicable
from nelm.touch import changed_facts, touch, wanting
from nelm.validity import valid_until
from nelm.work_up import OF_OPTIONS, reasons_for, work_up
from nelm.worlds import completed

_WAIT_FOR_HEPATECTOMY = ("staging.resection_candidacy", "verdict.hepatectomy")


def reassess(before: Assessment, facts: FactSet) -> Assessment:
    """What `assess` gives for these facts, with the parameters and on the day of `before`.

    For a what-if: variants of one patient whose assessment is in memory, never stored. A verdict
    to show is judged as a whole (docs/decisions/0012). Missing facts are unknown, as there.
    Judged as a whole where facts are given as a range, where the series of responses differs, or
    where the patient was or is not one of these.

    Source: as `assess`.
    """
    changed = changed_facts(before.facts, facts)
    basis = before.basis
    if not changed and before.facts.series == facts.series:
        return before
    if (
        basis is None
        or facts.uncertain
        or not is_applicable(facts.values)
        or before.staging.parts is None
        or any(before.facts.series.get(name) != facts.series.get(name) for name in SERIES_READ)
    ):
        return assess(facts, before.parameters, before.as_of)
    return _Again(before, basis, before.staging.parts, facts, changed).assessment()


class _Again:
    """One patient on the way from the assessment before to the one after.

    `names` are the facts, staging outputs and verdicts that differ so far, as predicates name
    them; `options` those of which anything differs. What is not written to is shared.
    """

    def __init__(
        self, before: Assessment, basis: Basis, parts: Parts, facts: FactSet, changed: list[str]
    ) -> None:
        self.before, self.basis, self.parts, self.facts = before, basis, parts, facts
        self.was = basis.judgements
        self.compiled = self.was.compiled
        self.names, self.changed = changed, tuple(changed)
        was = self.was.case
        values = completed(facts.values)
        if values.get("pregnant") is not was.values.get("pregnant") and "pregnant" not in changed:
            self.names.append("pregnant")
        self.touch = touch(self.compiled, tuple(changed))
        self.case = Case(facts, values, was.staging, was.parameters, was.as_of, was.verdicts)
        self.fresh = self._freshness(changed)
        self.outcomes, self.decisions, self.stale = (
            self.was.outcomes,
            self.was.decisions,
            self.was.stale,
        )
        self.strategy = self.was.strategy
        self.options: set[str] = set()
        self.decided_otherwise = False

    def _freshness(self, changed: Iterable[str]) -> Freshness:
        found: Freshness | None = self.basis.fresh
        for name in changed:
            if found is not None:
                was, now = self.before.facts.get(name), self.facts.get(name)
                found = freshness_again(found, was, now, self.case.as_of)
        if found is None:
            limits = self.case.parameters.by_name
            return freshness(self.facts, limits, self.case.as_of, LABS_LIMITS)
        return found

    def assessment(self) -> Assessment:
        """The whole, step by step in the order of judging."""
        self._stage()
        if self._turned():
            self._judge()
        judgements = Judgements(
            self.compiled, self.case, self.strategy, self.outcomes, self.decisions, self.stale
        )
        missing = self._missing(judgements)
        options = self._judged(judgements, missing)
        reasons = self._reasons(judgements, options)
        return self._concluded(Basis(self.fresh, judgements, missing, options, reasons))

    # Staging. -------------------------------------------------------------------------------

    def _own_staging(self) -> Staging:
        """The staging, no longer shared with the assessment before."""
        if self.case.staging is self.was.case.staging:
            self.case.staging = self.case.staging.copy()
        return self.case.staging

    def _fill_in(self, output: str, value: str | None) -> None:
        if getattr(self.case.staging, output) != value:
            setattr(self._own_staging(), output, value)
            self.names.append(f"staging.{output}")

    def _stage(self) -> None:
        touched, staging = self.touch, self.case.staging
        given = Given(self.facts, self.case.values, self.case.parameters.by_name)
        again = self.parts
        if touched.parts:
            again = derived_again(self.parts, touched.parts, given)
        if again != self.parts:
            self.names += changed_outputs(self.parts, again)
            self.case.staging = new = put_together(again, given)
            new.completeness = staging.completeness
            new.resection_candidacy, new.strategy = staging.resection_candidacy, staging.strategy
        elif touched.prognosis:
            notes = prognostic_notes(self.facts, given.values, staging, given.parameters)
            if notes != staging.prognostic_notes:
                self._own_staging().prognostic_notes = notes
        if touched.core:
            share = completeness(self.facts, self.fresh.stale["fresh_labs_days"])
            if share != staging.completeness:
                self._own_staging().completeness = share

    # Verdicts. ------------------------------------------------------------------------------

    def _turned(self) -> bool:
        """Whether a value of a criterion, a staging output or what is stale differs."""
        if (
            self.case.staging is not self.was.case.staging
            or self.fresh.stale is not self.basis.fresh.stale
            or self.touch.strategy
        ):
            return True
        case, limits = self.case, self.case.parameters.by_name
        for place, (positions, ask) in self.touch.rounds:
            before = self.outcomes[place]
            values = ask(case, case.values, case.staging, limits, case.verdicts)
            for position, value in zip(positions, values, strict=True):
                if value is not before[position]:
                    return True
        return False

    def _judge(self) -> None:
        """The rounds in their order; each asks again what reads a name that differs by then."""
        self.outcomes, self.decisions, self.stale = (), dict(self.decisions), dict(self.stale)
        self.case.verdicts = dict(self.case.verdicts)
        self._judge_round(0)
        self._fill_in("resection_candidacy", candidacy(self.decisions["hepatectomy"]))
        self._judge_round(1)
        case = self.case
        self.strategy = decide_strategy(
            case.staging, case.values, case.verdicts, case.parameters.by_name
        )
        self._fill_in("strategy", self.strategy.branch)
        self._judge_round(2)

    def _judge_round(self, place: int) -> None:
        one, values = self.compiled.rounds[place], self.was.outcomes[place]
        differing = self._differing(one, values)
        if differing:
            renewed = list(values)
            for position, value in differing.items():
                renewed[position] = value
            values = tuple(renewed)
        self.outcomes = (*self.outcomes, values)
        plans = {plan for position in differing for plan in one.holding(position)}
        if self.fresh.stale is not self.basis.fresh.stale:
            newly = self._newly_stale()
            judging = enumerate(one.judging_facts)
            plans.update(plan for plan, facts in judging if not facts.isdisjoint(newly))
        for plan in plans:
            self._decide(one, plan, values)

    def _newly_stale(self) -> set[str]:
        """Facts that have become stale or fresh, by any limit."""
        now, before = self.fresh.stale, self.basis.fresh.stale
        return {name for limit in now for name in now[limit] ^ before[limit]}

    def _differing(self, one: Round, before: Outcomes) -> dict[int, Kleene]:
        """The values that read a name that differs and came out differently, by position."""
        case, limits = self.case, self.case.parameters.by_name
        found: dict[int, Kleene] = {}
        for name in self.names:
            touched = one.touched(name)
            if touched is not None:
                values = touched.values(case, case.values, case.staging, limits, case.verdicts)
                for position, value in zip(touched.positions, values, strict=True):
                    if value is not before[position]:
                        found[position] = value
        return found

    def _decide(self, one: Round, plan: int, values: Outcomes) -> None:
        option, decision = one.options[plan], one.deciders[plan](values)
        old = stale_behind(one, plan, self.fresh.stale)
        self.stale.pop(option, None)
        if old:
            self.stale[option] = old
            decision = warned(decision)
        self.options.add(option)
        was = self.decisions[option]
        if decision != was:
            self.decisions[option] = decision
            self.decided_otherwise = True
        if decision[0] != was[0]:
            self.case.verdicts[option] = decision[0]
            self.names.append(f"verdict.{option}")

    # What follows from the verdicts. --------------------------------------------------------

    def _missing(self, judgements: Judgements) -> dict[str, Names]:
        before, options = self.basis.missing, self.touch.wanting
        if self.case.staging is not self.was.case.staging or self.options:
            wanted = wanting(self.compiled)
            options = options.union(self.options, *(wanted.get(name, ()) for name in self.names))
        if "hepatectomy" in options:
            wanted = wanting(self.compiled)
            options = options.union(*(wanted.get(name, ()) for name in _WAIT_FOR_HEPATECTOMY))
        again = [one for one in options if self.decisions[one][2] or one in before]
        if not again:
            return before
        missing = missing_again(judgements, before, again)
        return before if missing == before else missing

    def _judged(self, judgements: Judgements, missing: dict[str, Names]) -> dict[str, Judgement]:
        before, were = self.basis.options, self.basis.missing
        renewed = set(self.options)
        if missing is not were:
            renewed.update(one for one in before if missing.get(one) != were.get(one))
        if not self._ranked_otherwise(judgements):
            if not renewed:
                return before
            places = {option: before[option].rank for option in renewed}
            return {**before, **judged(judgements, missing, places)}
        ranks = ranking(judgements)
        moved = {
            option: rank
            for option, rank in ranks.items()
            if option in renewed or before[option].rank != rank
        }
        found = {**before, **judged(judgements, missing, moved)}
        return {option: found[option] for option in ranks}

    def _ranked_otherwise(self, judgements: Judgements) -> bool:
        """Whether anything differs that the order of the options rests on."""
        favors = self.compiled.tace_favored
        return (
            self.decided_otherwise
            or self.strategy != self.was.strategy
            or judgements.outcomes_of("tace")[favors] is not self.was.outcomes_of("tace")[favors]
        )

    def _reasons(
        self, judgements: Judgements, options: dict[str, Judgement]
    ) -> dict[str, tuple[str, ...]]:
        before, items = self.basis.reasons, self.touch.items
        if self._comes_or_goes() or self.fresh.stale is not self.basis.fresh.stale:
            items |= self.touch.lacking
        if (
            self.decided_otherwise
            or self.strategy.branch != self.was.strategy.branch
            or self.fresh.stale is not self.basis.fresh.stale
            or "tare" in self.options
        ):
            items |= OF_OPTIONS
        if not items:
            return before
        stale = self.fresh.stale["fresh_labs_days"]
        found = reasons_for(known(judgements, options, stale), items)
        if all(found.get(item) == before.get(item) for item in items):
            return before
        kept = {item: reasons for item, reasons in before.items() if item not in items}
        return {**kept, **found}

    def _comes_or_goes(self) -> bool:
        """Whether a fact was not there before, or is no longer."""
        old, new = self.before.facts.by_name, self.facts.by_name
        return any(name not in old or name not in new for name in self.changed)

    def _concluded(self, basis: Basis) -> Assessment:
        before, case, strategy = self.before, self.case, self.strategy
        missing, items = before.missing, before.work_up
        if basis.missing is not self.basis.missing or basis.reasons is not self.basis.reasons:
            counted = missing_in_order(basis.missing.values())
            missing, items = tuple(counted), work_up(basis.reasons, counted)
        follow = self._follow_up()
        options = basis.options
        return Assessment(
            before.as_of,
            before.knowledge_version,
            case.staging,
            strategy.branch,
            strategy.by_ki67,
            before.options if options is self.basis.options else tuple(options.values()),
            items,
            follow,
            missing,
            self.fresh.stale["fresh_labs_days"],
            self._valid_until(follow),
            self.facts,
            before.parameters,
            basis,
        )

    def _follow_up(self) -> FollowUp | None:
        if "staging.grade" in self.names or self.touch.follow_up:
            case = self.case
            return follow_up(case.facts, case.staging, case.parameters.by_name, case.as_of)
        return self.before.follow_up

    def _valid_until(self, follow: FollowUp | None) -> date | None:
        next_day = self.fresh.next_day
        if (
            next_day != self.basis.fresh.next_day
            or follow != self.before.follow_up
            or self.touch.validity
        ):
            parameters = self.before.parameters
            return valid_until(self.facts, parameters, self.case.as_of, next_day, follow)
        return self.before.valid_until
