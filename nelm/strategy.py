"""The branch a patient falls into, and the order of options in it.

Source: cloyd2020's Conclusions for resection, local, transarterial and systemic treatment;
everything finer is operational. Ties: lewis2012, lasalvia2016 (little difference).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from nelm.logic import at_least
from nelm.staging.summary import Staging

OPTION_IDS: tuple[str, ...] = tuple(
    "hepatectomy hepatectomy_with_ablation debulking ablation sbrt tae tace deb_tace tare prrt ssa"
    " everolimus sunitinib cabozantinib captem streptozocin_based platinum_etoposide"
    " oxaliplatin_based interferon bevacizumab liver_transplant follow_up"
    " repeat_hepatectomy".split()
)
TIED = frozenset({"tae", "tace", "tare"})

_TRANSARTERIAL = (
    "tae tace tare deb_tace prrt ssa liver_transplant everolimus sunitinib captem".split()
)
_ORDERS: dict[str, list[str]] = {
    "resection_first": (
        "hepatectomy hepatectomy_with_ablation repeat_hepatectomy debulking ablation tae tace tare"
        " deb_tace liver_transplant ssa prrt everolimus sunitinib captem"
    ).split(),
    "local_first": (
        "ablation sbrt tae tace tare deb_tace debulking ssa prrt liver_transplant everolimus"
        " sunitinib captem"
    ).split(),
    "transarterial_first": _TRANSARTERIAL,
    "systemic_first": (
        "ssa prrt everolimus sunitinib captem streptozocin_based cabozantinib tae tace tare"
        " deb_tace"
    ).split(),
    "systemic_first_by_ki67": (
        "platinum_etoposide captem prrt ssa everolimus sunitinib streptozocin_based cabozantinib"
        " tae tace tare deb_tace"
    ).split(),
    "poorly_differentiated": "platinum_etoposide captem oxaliplatin_based".split(),
    "surveillance": "follow_up ssa".split(),
    "work_up": ["hepatectomy", "debulking", "ablation", *_TRANSARTERIAL],
    "resectability_unclear": ["hepatectomy", "debulking", "ablation", *_TRANSARTERIAL],
}
ORDERS: dict[str, tuple[str, ...]] = {
    branch: (*first, *(option for option in OPTION_IDS if option not in first))
    for branch, first in _ORDERS.items()
}
BRANCHES: tuple[str, ...] = (
    "not_applicable",
    *(branch for branch in _ORDERS if branch != "systemic_first_by_ki67"),
)

_EXTENT_FACTS = (
    "liver_lesion_count",
    "largest_liver_lesion_mm",
    "bilobar",
    "liver_disease_diffuse",
    "reported_liver_type",
    "liver_tumor_burden_percent",
    "reported_resectability",
    "resectable_percent",
    "resectable_plus_ablatable_percent",
)
STRATEGY_FACTS = frozenset({*_EXTENT_FACTS, "recist_status"})
_RESECTABLE = frozenset({"r0", "cytoreducible_90", "needs_remnant_augmentation", "debulkable"})
CLOSED = frozenset({"not_indicated", "contraindicated"})


class Strategy(NamedTuple):
    """The branch; `by_ki67`: systemic treatment with platinum and etoposide leading."""

    branch: str
    by_ki67: bool = False

    @property
    def order(self) -> tuple[str, ...]:
        """Every option in the order of this branch."""
        return ORDERS["systemic_first_by_ki67" if self.by_ki67 else self.branch]


def is_applicable(values: Mapping[str, Any]) -> bool:
    """Whether both a neuroendocrine tumor and liver metastases are known to be there."""
    tumor, metastases = values.get("has_neuroendocrine_tumor"), values.get("has_liver_metastases")
    return tumor is True and metastases is True


def _needs_work_up(staging: Staging, values: Mapping[str, Any]) -> bool:
    if staging.grade in (None, "G3_or_NEC"):
        return True
    if staging.extrahepatic_class in (None, "present_unquantified"):
        return True
    return values.get("recist_status") != "CR" and all(
        values.get(name) is None for name in _EXTENT_FACTS
    )


def _resection_leads(
    staging: Staging,
    values: Mapping[str, Any],
    verdicts: Mapping[str, str],
    parameters: Mapping[str, Any],
) -> bool:
    reachable = staging.resectability in _RESECTABLE
    if staging.resectability == "cytoreducible_70":
        enough = at_least(values.get("resectable_percent"), parameters["debulking_min_percent"])
        reachable = enough is True
    return reachable and not CLOSED.issuperset({verdicts["hepatectomy"], verdicts["debulking"]})


def decide_strategy(
    staging: Staging,
    values: Mapping[str, Any],
    verdicts: Mapping[str, str],
    parameters: Mapping[str, Any],
) -> Strategy:
    """The branch, first that applies; exactly one for every set of facts.

    Reads the verdicts of hepatectomy and debulking.

    Source: cloyd2020 (Conclusions); finer distinctions operational.
    """
    if staging.grade == "NEC":
        return Strategy("poorly_differentiated")
    ki67 = staging.ki67
    if staging.grade == "G3" and ki67 is not None and ki67 >= parameters["platinum_g3_ki67_min"]:
        return Strategy("systemic_first", by_ki67=True)
    if _needs_work_up(staging, values):
        return Strategy("work_up")
    if staging.extrahepatic_class == "significant":
        return Strategy("systemic_first")
    if staging.clear_liver:
        return Strategy("surveillance")
    if _resection_leads(staging, values, verdicts, parameters):
        return Strategy("resection_first")
    if staging.resectability != "unresectable" and verdicts["hepatectomy"] not in CLOSED:
        return Strategy("resectability_unclear")
    few = staging.distribution in ("solitary", "oligometastatic") and staging.liver_type != "III"
    return Strategy("local_first" if few else "transarterial_first")


_CLASSES = {
    "eligible": 1,
    "conditional": 1,
    "insufficient_data": 3,
    "not_indicated": 4,
    "contraindicated": 5,
}


def rank_class(verdict: str, strong: bool) -> int:
    """1 open, 2 open with a strong caution, 3 insufficient data, 4 not indicated, 5 excluded."""
    return 2 if strong and verdict == "conditional" else _CLASSES[verdict]


@cache
def _tace_first(order: tuple[str, ...]) -> tuple[str, ...]:
    """The order with TACE in the place of TAE, and TAE in its."""
    swapped = {"tae": "tace", "tace": "tae"}
    return tuple(swapped.get(option, option) for option in order)


def ranked(
    decisions: Mapping[str, tuple[str, bool, bool]], strategy: Strategy, tace_favored: bool
) -> dict[str, int]:
    """The rank of each option in the order of the branch, from its verdict and strong caution.

    Ranks count positions (1, 1, 1, 4); tied options share one within their class. TACE stands
    before TAE where `tace_favored`.
    """
    classes: list[list[str]] = [[], [], [], [], [], []]
    for option in _tace_first(strategy.order) if tace_favored else strategy.order:
        if option in decisions:
            verdict, strong, _ = decisions[option]
            classes[rank_class(verdict, strong)].append(option)
    ranks: dict[str, int] = {}
    place = 1
    for options in classes:
        shared = 0  # the rank of the tied option just before, if it was one
        for option in options:
            shared = 0 if option not in TIED else shared or place
            ranks[option] = shared or place
            place += 1
    return ranks
