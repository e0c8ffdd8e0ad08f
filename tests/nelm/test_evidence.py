"""Every criterion has its sources, every threshold its bounds, and refusals show the way out."""

from __future__ import annotations

from typing import Any

import pytest

from nelm.criteria import Criterion
from nelm.errors import ImpossibleValue, UnknownName
from nelm.evidence.citations import (
    CITATIONS,
    DESIGNS,
    FIGURES_OF,
    citation,
    outcome_figures,
    paper_short,
    read_figure,
)
from nelm.evidence.packs import PACKS, knowledge_version
from nelm.evidence.parameters import DEFAULTS, THRESHOLDS, Parameters
from nelm.evidence.sheets import read_sheet
from nelm.evidence.strength import criterion_strength, option_strength
from nelm.options.registry import OPTION_IDS, OPTIONS, option, options_for
from nelm.strategy import OPTION_IDS as TABLE_ORDER
from nelm.work_up import WORK_UP_ITEMS

CRITERIA: list[tuple[str, Criterion]] = [(one.id, c) for one in OPTIONS for c in one.criteria]
NUMBERS = [one for one in THRESHOLDS.values() if one.bounds]
# Read outside the criteria: staging, strategy, freshness, follow-up, cards.
READ_ELSEWHERE = {
    "g1_ki67_cutoff", "type3_min_count", "oligometastatic_max_count", "stable_min_months",
    "bilirubin_max", "albumin_min", "flr_min_percent", "synchronous_months", "lt_rule_set",
    "follow_up_max_months", "max_cards", "override_quiet_days", "prrt_labs_max_age_days",
    "fresh_labs_days", "fresh_imaging_days", "fresh_receptor_days", "fresh_ecog_days",
}  # fmt: skip

# Criteria. ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "criterion"), CRITERIA, ids=[f"{o}-{c.id}" for o, c in CRITERIA])
def test_criterion_has_known_sources_a_reason_and_a_title(name: str, criterion: Criterion) -> None:
    assert criterion.cites
    assert set(criterion.cites) <= set(CITATIONS)
    assert len(criterion.because) > 10
    assert criterion.title
    if criterion.conflict:
        assert len(criterion.conflict.positions) >= 2
        assert {source for source, _ in criterion.conflict.positions} <= set(CITATIONS)
        assert criterion.conflict.default


@pytest.mark.parametrize("one", OPTIONS, ids=OPTION_IDS)
def test_criterion_ids_are_unique_within_an_option(one: Any) -> None:
    ids = [criterion.id for criterion in one.criteria]
    assert len(ids) == len(set(ids))


def test_there_are_23_options_in_table_order() -> None:
    assert OPTION_IDS == TABLE_ORDER
    assert len(OPTION_IDS) == 23


def test_unknown_option_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean tace"):
        option("tacce")
    assert option("tace").id == "tace"


def test_every_parameter_is_read_somewhere() -> None:
    read = {name for one in OPTIONS for c in one.criteria for name in c.parameters}
    assert read | READ_ELSEWHERE == set(THRESHOLDS)


def test_only_shared_ids_carry_the_same_rule_in_several_options() -> None:
    by_id: dict[str, set[str]] = {}
    for _, criterion in CRITERIA:
        by_id.setdefault(criterion.id, set()).add(criterion.kind)
    several = {name for name, kinds in by_id.items() if len(kinds) > 1}
    assert several == {"PREG", "REPEAT", "NED"}


# Citations. ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", CITATIONS)
def test_paper_or_later_evidence_can_be_found(name: str) -> None:
    found = citation(name)
    assert found.short
    assert found.text
    if found.kind == "paper":
        assert found.year
    if found.doi:
        assert found.url == f"https://doi.org/{found.doi}"


def test_short_names_are_those_a_card_shows() -> None:
    assert paper_short("lewis2012") == "Lewis 2012"
    with pytest.raises(UnknownName, match="Did you mean lewis2012"):
        paper_short("lewis2021")


@pytest.mark.parametrize("name", [name for name in OPTION_IDS if name not in ("sbrt", "follow_up")])
def test_figures_of_an_option_name_their_papers(name: str) -> None:
    figures = outcome_figures(name)
    assert figures
    assert all(set(one.cites) <= set(CITATIONS) and one.cites for one in figures)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("hepatectomy", "83 % (range 63-100), 70.5 % (31-100) and 42 % (0-100)"),
        ("liver_transplant", "32 % of the 83 with data"),
        ("captem", "low, intermediate or indeterminate grade (30 % of them G2)"),
        ("ablation", "2 recurrences at the site"),
    ],
)
def test_figures_keep_the_ranges_denominators_and_grades_of_the_papers(
    name: str, said: str
) -> None:
    assert any(said in one.text for one in outcome_figures(name))


def test_no_figures_are_claimed_where_no_paper_gives_any() -> None:
    assert outcome_figures("sbrt") == ()


def test_figures_belong_to_an_option_or_a_work_up_item() -> None:
    assert set(FIGURES_OF) <= {*OPTION_IDS, *WORK_UP_ITEMS}


def test_figure_says_on_what_it_rests() -> None:
    first = outcome_figures("everolimus")[0]
    assert (first.n, first.design, first.year) == (410, "randomized trial", 2011)
    assert first.basis == "randomized trial, n 410, 2011"
    assert read_figure({"text": "longer", "cites": ["cloyd2020"]}, "outcomes.sbrt").basis == ""


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"design": "retrospectiv series"}, UnknownName, "Did you mean retrospective series?"),
        ({"design": "operational"}, UnknownName, "no design is called operational"),
        ({"cites": ["lewis2021"]}, UnknownName, "Did you mean lewis2012?"),
        ({"desing": "review"}, UnknownName, "Did you mean design?"),
        ({"mostly in the liver": None}, UnknownName, "no part of a figure is called mostly"),
        ({"cites": []}, ImpossibleValue, "a figure needs a text and its papers"),
        ({"text": ""}, ImpossibleValue, "a figure needs a text and its papers"),
        ({"n": 0}, ImpossibleValue, "n is 0; it must be a number of patients"),
        ({"n": "179"}, ImpossibleValue, "n is 179; it must be a number of patients"),
        ({"year": 1899}, ImpossibleValue, "year is 1899"),
        ({"year": "2011"}, ImpossibleValue, "year is 2011"),
    ],
)
def test_figure_that_cannot_be_is_refused(
    change: dict[str, Any], error: type[Exception], message: str
) -> None:
    figure = {"text": "5-year survival 60 %", "cites": ["cloyd2020"], "n": 179, "year": 2018}
    with pytest.raises(error) as refused:
        read_figure({**figure, **change}, "outcomes.debulking")
    assert message in str(refused.value)
    assert str(refused.value).startswith("outcomes.debulking") or "citations." in str(refused.value)


def test_every_source_says_what_kind_of_evidence_it_is() -> None:
    assert {one.design for one in CITATIONS.values() if one.id != "later"} <= set(DESIGNS)


# Strength. ----------------------------------------------------------------------------------


def test_every_criterion_rests_on_one_kind_of_evidence() -> None:
    listed = [
        name for lines in read_sheet("strength.yaml").values() for x in lines for name in x.split()
    ]
    resting = {c.id for _, c in CRITERIA if set(c.cites) != {"operational"}}
    assert len(listed) == len(set(listed))
    assert set(listed) == resting
    assert set(read_sheet("strength.yaml")) == set(DESIGNS) - {"operational"}
    assert {criterion_strength(c) for _, c in CRITERIA} == set(DESIGNS)


def test_a_rule_without_a_paper_is_operational_even_where_its_id_has_one_elsewhere() -> None:
    by_option = {o: c for o, c in CRITERIA if c.id == "REPEAT"}
    assert criterion_strength(by_option["prrt"]) == "patient series"
    assert criterion_strength(by_option["tace"]) == "operational"


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("everolimus", ("randomized trial",)),
        ("debulking", ("retrospective series", "patient series")),
        ("sbrt", ("review",)),
        ("follow_up", ("expert criteria",)),
    ],
)
def test_option_says_the_strongest_evidence_first(name: str, kinds: tuple[str, ...]) -> None:
    assert option_strength(option(name)) == kinds


@pytest.mark.parametrize("one", OPTIONS, ids=OPTION_IDS)
def test_every_option_can_say_on_what_it_rests(one: Any) -> None:
    assert option_strength(one)


# Thresholds. --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", THRESHOLDS)
def test_threshold_has_label_source_and_sound_alternatives(name: str) -> None:
    threshold = THRESHOLDS[name]
    assert threshold.label
    assert threshold.source in CITATIONS
    Parameters({name: threshold.default})
    for alternative in threshold.alternatives:
        assert alternative.source in CITATIONS
        assert alternative.why
        Parameters({name: alternative.value})


@pytest.mark.parametrize("threshold", NUMBERS, ids=[one.name for one in NUMBERS])
def test_bounds_are_allowed_and_what_lies_beyond_is_refused(threshold: Any) -> None:
    low, high = threshold.bounds
    for value in (low, high):
        assert Parameters({threshold.name: value})[threshold.name] == value
    for value in (low - 0.5, high + 0.5, float("nan"), True, "many", None):
        with pytest.raises(ImpossibleValue, match=f"{threshold.name} is .*; it must"):
            Parameters({threshold.name: value})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"ablation_max_mm": 350}, "is 350; it must lie between 10 and 60 mm. Did you mean 35?"),
        ({"ablation_max_mm": 3.5}, "is 3.5; it must lie between 10 and 60 mm. Did you mean 35?"),
        ({"flr_min_percent": 0.3}, "is 0.3; it must lie between 15 and 50 %. Did you mean 30?"),
        ({"stable_min_months": 0}, "is 0; it must lie between 1 and 36 months."),
        ({"sbrt_max_count": 2.5}, "is 2.5; it must be a whole number between 1 and 10 lesions."),
        ({"lt_rule_set": "milan"}, "it must be milan_net or enets. Did you mean milan_net?"),
        ({"lt_rule_set": 5}, "it must be milan_net or enets."),
        ({"packs": True}, "it must map the names of packs to true or false."),
        ({"packs": {"later": "no"}}, "packs.later is 'no'; it must be true or false."),
    ],
)
def test_refusal_names_the_field_the_bounds_and_the_slip(
    given: dict[str, Any], message: str
) -> None:
    with pytest.raises(ImpossibleValue) as refused:
        Parameters(given)
    assert message in refused.value.message
    assert refused.value.field is not None
    assert refused.value.field.startswith("parameters.")


def test_unknown_parameter_or_pack_is_refused_with_the_nearest() -> None:
    with pytest.raises(UnknownName, match="Did you mean ablation_max_mm"):
        Parameters({"ablation_max": 30})
    with pytest.raises(UnknownName, match="Did you mean later"):
        Parameters({"packs": {"latter": True}})


def test_parameters_are_complete_and_know_what_was_changed() -> None:
    parameters = Parameters({"ablation_max_mm": 30, "flr_min_percent": 20})
    assert set(parameters) == set(THRESHOLDS)
    assert len(parameters) == len(THRESHOLDS)
    assert parameters.changed == {"ablation_max_mm"}


# Packs. -------------------------------------------------------------------------------------


def test_knowledge_version_says_which_packs_are_on() -> None:
    off = Parameters({"packs": {"later": False}})
    assert knowledge_version(DEFAULTS).endswith("+later")
    assert knowledge_version(DEFAULTS) == knowledge_version(off) + "+later"


def test_pack_items_carry_their_own_citation() -> None:
    assert set(PACKS) == set(DEFAULTS["packs"])
    for pack in PACKS.values():
        assert all(CITATIONS[name].kind == "later" for i in pack.items for name in i.cites)


def test_pack_off_takes_its_option_along() -> None:
    off = Parameters({"packs": {"later": False}})
    on = {one.id for one in options_for(DEFAULTS)}
    assert on - {one.id for one in options_for(off)} == {"cabozantinib"}
