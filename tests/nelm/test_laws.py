"""Laws that hold for every set of facts, tried on random ones."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nelm import Assessment, Fact, FactSet, Range, assess, from_document, to_document
from nelm.catalog import CATALOG
from nelm.criteria import Judgement
from nelm.staging.reads import facts_behind
from nelm.strategy import BRANCHES, OPTION_IDS, TIED, rank_class
from tests.nelm.random_facts import AS_OF, fact_lists, ranges, values

pytestmark = pytest.mark.thorough

LAWS = settings(max_examples=40, deadline=None)
RANGED = settings(max_examples=30, deadline=None)

# Facts that the page gives a default or a precedence where they are missing (§1); what reads
# them may change when they are filled in.
PRECEDENCE = frozenset(
    {
        *facts_behind("staging.grade"),
        *facts_behind("staging.sstr_status"),
        *facts_behind("staging.extrahepatic_class"),
        *facts_behind("staging.liver_type"),
        *facts_behind("staging.resectability"),
        "resectable_plus_ablatable_percent",
        "primary_site",
        "primary_status",
        "primary_resectable",
        "fit_for_major_surgery",
        "ecog",
        "pregnant",
        "progressed_on",
    }
)


def assessed(facts: list[Fact]) -> Assessment:
    return assess(FactSet(facts), as_of=AS_OF)


def settled(assessment: Assessment, kinds: tuple[str, ...]) -> dict[tuple[str, str], Any]:
    """Outcomes known, but for those that follow from verdicts or the strategy."""
    return {
        (one.option.id, outcome.id): outcome
        for one in assessment.options
        for outcome in one.outcomes
        if outcome.outcome is not None
        and outcome.kind in kinds
        and outcome.stale_fact is None
        and not follows_from_verdicts(outcome.criterion.names)
    }


def follows_from_verdicts(names: frozenset[str]) -> bool:
    indirect = {"staging.resection_candidacy", "staging.strategy"}
    return any(name in indirect or name.startswith("verdict.") for name in names)


@LAWS
@given(fact_lists(uncertain=True))
def test_every_set_of_facts_has_exactly_one_strategy_and_all_options(facts: list[Fact]) -> None:
    assessment = assessed(facts)
    assert assessment.strategy in BRANCHES
    judged = sorted(one.option.id for one in assessment.options)
    applicable = assessment.strategy != "not_applicable"
    assert judged == (sorted(OPTION_IDS) if applicable else [])


@LAWS
@given(fact_lists(uncertain=True), st.randoms())
def test_order_of_facts_changes_nothing(facts: list[Fact], random: Any) -> None:
    shuffled = list(facts)
    random.shuffle(shuffled)
    assert to_document(assessed(shuffled)) == to_document(assessed(facts))


@LAWS
@given(fact_lists(), st.data())
def test_older_fact_never_wins(facts: list[Fact], data: st.DataObject) -> None:
    assume(facts)
    newer = data.draw(st.sampled_from(facts))
    day = (newer.effective or AS_OF) - timedelta(days=data.draw(st.integers(1, 500)))
    older = Fact(newer.name, data.draw(values(newer.name)), effective=day)
    assert to_document(assessed([*facts, older])) == to_document(assessed(facts))


@LAWS
@given(fact_lists(uncertain=True))
def test_document_reads_back_to_itself(facts: list[Fact]) -> None:
    document = to_document(assessed(facts))
    through_json = json.loads(json.dumps(document))
    assert through_json == document
    assert to_document(from_document(through_json)) == document


@LAWS
@given(fact_lists(), st.data())
def test_filling_in_an_unknown_never_overturns_what_was_settled(
    facts: list[Fact], data: st.DataObject
) -> None:
    known = {fact.name for fact in facts}
    name = data.draw(st.sampled_from(sorted(set(CATALOG) - known)))
    filled = Fact(name, data.draw(values(name)))
    before = settled(assessed(facts), ("require", "exclude"))
    after = settled(assessed([*facts, filled]), ("require", "exclude"))
    for key, outcome in before.items():
        reads = {fact for one in outcome.criterion.names for fact in facts_behind(one)}
        if not (name in PRECEDENCE and name in reads):
            assert after[key].outcome is outcome.outcome, key


NUMERIC = sorted(kind.name for kind in CATALOG.values() if kind.low is not None)


@RANGED
@given(fact_lists(), st.data())
def test_what_is_settled_for_a_range_holds_for_every_value_in_it(
    facts: list[Fact], data: st.DataObject
) -> None:
    name = data.draw(st.sampled_from(NUMERIC))
    kind = CATALOG[name]
    found = data.draw(ranges(name))
    low = kind.low if found.min is None else found.min
    high = kind.high if found.max is None else found.max
    assert low is not None
    assert high is not None
    inside = st.integers(int(low), int(high)) if kind.kind == "integer" else st.floats(low, high)
    value = data.draw(inside)
    assume(value > low or not (found.min_open and found.min is not None))
    assume(value < high or not (found.max_open and found.max is not None))
    rest = [fact for fact in facts if fact.name != name]
    kinds = ("require", "exclude", "caution", "favor")
    of_range = settled(assessed([*rest, Fact(name, found)]), kinds)
    of_value = settled(assessed([*rest, Fact(name, value)]), kinds)
    for key, outcome in of_range.items():
        assert of_value[key].outcome is outcome.outcome, (key, found, value)


def expected_verdict(judgement: Judgement) -> str:
    """The five verdicts as the page words them, from the outcomes alone."""
    outcomes = judgement.outcomes
    excluded = [o for o in outcomes if o.kind == "exclude"]
    requires = [o.outcome for o in outcomes if o.kind == "require" and o.criterion.decides]
    cautions = [o for o in outcomes if o.kind == "caution"]
    if any(o.outcome is True for o in excluded):
        return "contraindicated"
    if False in requires:
        return "not_indicated"
    if None in requires:
        return "insufficient_data"
    to_check = any(o.outcome is None and not o.criterion.quiet for o in excluded)
    warned = any(o.outcome is True or (o.outcome is None and o.check) for o in cautions)
    return "conditional" if to_check or warned else "eligible"


@LAWS
@given(fact_lists(uncertain=True))
def test_verdicts_follow_from_outcomes(facts: list[Fact]) -> None:
    for judgement in assessed(facts).options:
        assert judgement.verdict == expected_verdict(judgement)
        strong = [o for o in judgement.outcomes if o.kind == "caution" and o.strong]
        assert judgement.strong is any(o.outcome is True for o in strong)


@LAWS
@given(fact_lists())
def test_ranks_count_positions_and_ties_stay_within_their_class(facts: list[Fact]) -> None:
    options = assessed(facts).options
    classes = [rank_class(one.verdict, one.strong) for one in options]
    assert classes == sorted(classes)
    for position, one in enumerate(options):
        if one.rank == position + 1:
            continue
        leader = options[one.rank - 1]
        assert {one.option.id, leader.option.id} <= TIED
        assert classes[position] == classes[one.rank - 1]


@LAWS
@given(fact_lists())
def test_missing_names_only_what_is_unknown_or_imprecise(facts: list[Fact]) -> None:
    assessment = assessed(facts)
    staging = assessment.staging
    # Known, and still not enough: below the liver but not by PET; seen somewhere, amount not said.
    not_enough = {
        "krenning_score": staging.sstr_status is None,
        "extrahepatic_disease": staging.extrahepatic_class == "present_unquantified",
    }
    for judgement in assessment.options:
        known = [assessment.facts.value(name) for name in judgement.missing]
        imprecise = {"resected", "unknown", "present_unquantified"}
        assert all(
            value is None or value in imprecise or not_enough.get(name)
            for name, value in zip(judgement.missing, known, strict=True)
        )
        if judgement.missing:
            assert None in [o.outcome for o in judgement.outcomes if o.kind == "require"]


@LAWS
@given(fact_lists())
def test_nothing_changes_before_valid_until(facts: list[Fact]) -> None:
    today = assessed(facts)
    assume(today.valid_until is not None)
    assert today.valid_until is not None
    assert today.valid_until > AS_OF
    eve = today.valid_until - timedelta(days=1)
    later = assess(FactSet(facts), as_of=min(eve, date(2100, 1, 1)))
    assert later.stale == today.stale
    assert later.valid_until == today.valid_until


def test_range_above_the_limit_is_settled() -> None:
    facts = FactSet.of(
        {
            "has_neuroendocrine_tumor": True,
            "has_liver_metastases": True,
            "ki67_primary_percent": Range(min=20, min_open=True),
            "differentiation": "well",
        }
    )
    assert assess(facts, as_of=AS_OF).staging.grade == "G3"
