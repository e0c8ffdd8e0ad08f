"""When a test is worth suggesting: each rule says why, from what is missing, stale or in doubt.

Each rule is one function of what is known; `nelm.work_up` holds the table of items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache, cached_property

from nelm.case import Case
from nelm.criteria import Judgement
from nelm.labels import fact_label
from nelm.options.registry import OPTIONS
from nelm.staging.reads import facts_behind

CLOSED = frozenset({"not_indicated", "contraindicated"})
PETS = frozenset({"ga68_pet", "cu64_pet"})
SURGERY = frozenset({"hepatectomy", "hepatectomy_with_ablation", "debulking", "liver_transplant"})
LIVER_SURGERY = frozenset({"hepatectomy", "debulking"})
EMBOLIZATIONS = frozenset({"tae", "tace", "deb_tace"})
MAA_BRANCHES = frozenset({"transarterial_first", "local_first", "systemic_first"})
GEP = frozenset(
    {"pancreas", "duodenum", "jejunum", "ileum", "small_bowel", "stomach", "appendix", "colon",
     "rectum"}
)  # fmt: skip

LIVER_PANEL = ("bilirubin_mg_dl", "albumin_g_dl", "inr")
BLOOD_COUNT = ("hemoglobin_g_dl", "platelets_10e9_l", "leukocytes_10e9_l")
KIDNEY = ("egfr_ml_min_1_73m2", "creatinine_mg_dl")
EXTENT = ("liver_lesion_count", "largest_liver_lesion_mm", "liver_tumor_burden_percent")
SPREAD = ("extrahepatic_disease", "peritoneal_carcinomatosis")
RECEPTOR = ("krenning_score", "sstr_uptake_at_least_liver", "sstr_modality")
RESECTABILITY = ("reported_resectability", "resectable_percent")
REMNANT = ("future_liver_remnant_percent", "remnant_contiguous_segments")
CHROMOGRANIN = ("chromogranin_a_ng_ml", "chromogranin_a_x_uln")
OTHER_MARKERS = ("pancreatic_polypeptide", "gastrin", "insulin")
SEROTONIN = ("urine_5hiaa_mg_24h", "serotonin")
FITNESS = ("ecog", "fit_for_major_surgery")
CONFLICT = (
    "conflict: AJCC version 9 (2024) advises against chromogranin A for diagnosis and"
    " monitoring; Cloyd 2020 and Lewis 2012 use it"
)


Reasons = list[str]


class Known:
    """What the rules look at: facts, staging, verdicts, staleness."""

    def __init__(
        self,
        case: Case,
        options: Mapping[str, Judgement],
        strategy: str,
        stale: frozenset[str],
        stale_of: Mapping[str, Iterable[str]],
    ) -> None:
        """`stale` by the limits of all, `stale_of` each option by its own."""
        self.case, self.options, self.strategy = case, options, strategy
        self.staging, self.values = case.staging, case.values
        self.stale, self.stale_of = stale, stale_of

    @cached_property
    def open(self) -> frozenset[str]:
        """The options that are neither contraindicated nor not indicated."""
        return frozenset([name for name, one in self.options.items() if one.verdict not in CLOSED])

    @cached_property
    def stale_in_open(self) -> frozenset[str]:
        """Facts too old for an open option."""
        found = [names for option, names in self.stale_of.items() if option in self.open]
        return frozenset().union(*found)

    def is_read_by_open(self, name: str) -> bool:
        """An option that is neither contraindicated nor not indicated is judged by the fact."""
        return not _options_judged_by(name).isdisjoint(self.open)

    def lacks(self, name: str) -> bool:
        return self.values.get(name) is None

    def is_open(self, options: frozenset[str]) -> bool:
        """One of the options is neither contraindicated nor not indicated."""
        return not self.open.isdisjoint(options)

    def gaps(self, names: Iterable[str]) -> Reasons:
        """A sentence for each fact that is missing or older than its limit."""
        return [
            not_on_file(name) if self.values.get(name) is None else too_old(name)
            for name in names
            if self.values.get(name) is None or name in self.stale
        ]


@cache
def not_on_file(name: str) -> str:
    return f"{fact_label(name)} not on file"


@cache
def too_old(name: str) -> str:
    return f"{fact_label(name)} older than its limit"


@cache
def _options_judged_by(name: str) -> frozenset[str]:
    """The options with a require, exclude or caution that reads the fact."""
    return frozenset(
        option.id
        for option in OPTIONS
        for one in option.criteria
        if one.kind in ("require", "exclude", "caution")
        and any(name in facts_behind(read) for read in one.names)
    )


Rule = Callable[[Known], Reasons]

# Imaging. -----------------------------------------------------------------------------------


def liver_extent(known: Known) -> Reasons:
    """A clear liver has no largest lesion and no burden to look for."""
    return known.gaps(EXTENT[:1] if known.staging.clear_liver is True else EXTENT)


def _spread(known: Known) -> Reasons:
    reasons = []
    match known.staging.extrahepatic_class:
        case None:
            reasons.append("spread outside the liver not known")
        case "present_unquantified":
            reasons.append("disease outside the liver present, its amount not stated")
    if "extrahepatic_disease" in known.stale:
        reasons.append(too_old("extrahepatic_disease"))
    return reasons


def cross_sectional_imaging(known: Known) -> Reasons:
    return liver_extent(known) + _spread(known)


def dotatate_pet(known: Known) -> Reasons:
    reasons = []
    if "sstr_spect_negative" in known.staging.notes:
        reasons.append("negative by SPECT only: PET finds far more")
    elif known.staging.sstr_status is None:
        reasons.append("receptor status not known")
    if not known.stale.isdisjoint(RECEPTOR):
        reasons.append("receptor imaging older than its limit")
    if known.staging.extrahepatic_class is None:
        reasons.append("spread outside the liver not known")
    if known.values.get("sstr_modality") not in PETS and known.is_open(SURGERY):
        reasons.append("spread outside the liver not checked by PET before surgery or transplant")
    return reasons


def portal_vein_patency(known: Known) -> Reasons:
    if not known.is_open(EMBOLIZATIONS):
        return []
    if known.values.get("portal_vein") == "thrombosis_extent_unknown":
        return [*known.gaps(("portal_vein",)), "extent of the portal vein thrombosis not stated"]
    return known.gaps(("portal_vein",))


def maa_scan(known: Known) -> Reasons:
    """Only where the shunt alone stands between the patient and radioembolization.

    A draft order for radioembolization asks for it in any branch (`nelm.order_check`).
    """
    tare = known.options["tare"]
    if known.strategy not in MAA_BRANCHES or tare.outcome("TARE-3") is not None:
        return []
    others_met = all(
        tare.values[position] is True
        for criterion, position, _, _ in tare.plan.criteria
        if criterion.kind == "require" and criterion.id != "TARE-3"
    )
    why = "lung shunt not on file; everything else for radioembolization is met"
    return [why] if others_met else []


# Pathology. ---------------------------------------------------------------------------------


def pathology_review(known: Known) -> Reasons:
    reasons = []
    if known.staging.grade is None:
        reasons.append("grade not known")
    elif known.staging.grade == "G3_or_NEC":
        reasons.append("differentiation not known: G3 or carcinoma")
    if "grade_conflict" in known.staging.notes:
        reasons.append("reported and derived grade disagree")
    return reasons


def liver_biopsy(known: Known) -> Reasons:
    """Not needed with a known gastroenteropancreatic tumor and classic imaging."""
    reasons = []
    grade, confirmed = known.staging.grade, known.values.get("histology_confirmed")
    known_gep = known.values.get("primary_site") in GEP
    if confirmed is False or (confirmed is None and grade is None and not known_gep):
        reasons.append("histology not confirmed")
    slow_on_paper = grade == "G1" and known.lacks("ki67_metastasis_percent")
    if slow_on_paper and known.values.get("recist_status") == "PD":
        reasons.append("growth out of keeping with G1: grade of the metastasis in doubt")
    return reasons


# Laboratory. --------------------------------------------------------------------------------


def _chromogranin(known: Known) -> Reasons:
    """Chromogranin A never stands without the evidence against it."""
    there = [name for name in CHROMOGRANIN if not known.lacks(name)]
    if not there:
        why = "chromogranin A not on file"
    elif known.stale.issuperset(there):
        why = "chromogranin A older than its limit"
    else:
        return []
    return [why, CONFLICT] if known.case.packs.get("later") else [why]


def tumor_markers(known: Known) -> Reasons:
    chromogranin = _chromogranin(known)
    others = known.gaps(OTHER_MARKERS)
    if known.lacks("functional_syndrome"):
        others += known.gaps(SEROTONIN)
    return [*chromogranin[:1], *others, *chromogranin[1:]]


def laboratory(names: tuple[str, ...]) -> Rule:
    """What an open option reads and is not there, or is too old for it."""

    def rule(known: Known) -> Reasons:
        reasons = []
        for name in names:
            if known.values.get(name) is None:
                if known.is_read_by_open(name):
                    reasons.append(not_on_file(name))
            elif name in known.stale_in_open:
                reasons.append(too_old(name))
        return reasons

    return rule


# Surgery. -----------------------------------------------------------------------------------


def surgical_review(known: Known) -> Reasons:
    if known.staging.clear_liver is True:
        return []
    reasons = []
    if known.staging.resectability is None:
        reasons.append("resectability not known")
    elif known.values.get("reported_resectability") == "debulkable" and known.lacks(
        "resectable_percent"
    ):
        reasons.append("reported debulkable without a percentage")
    if "resectability_conflict" in known.staging.notes:
        reasons.append("report and percentage of resectability disagree")
    return reasons


def liver_volumetry(known: Known) -> Reasons:
    unknown = known.staging.clear_liver is not True and known.staging.remnant is None
    if unknown and known.is_open(LIVER_SURGERY):
        return ["remnant not known while liver surgery is open"]
    return []


def _last_review(known: Known) -> date | None:
    """When resectability was last reported, in words or as a percentage."""
    reviews = [known.case.facts.get(name) for name in RESECTABILITY]
    dates = [one.effective for one in reviews if one is not None and one.effective is not None]
    return max(dates, default=None)


def resectability_re_review(known: Known) -> Reasons:
    response = known.case.facts.get("recist_status")
    if response is None or response.value not in ("CR", "PR") or response.effective is None:
        return []
    reviewed = _last_review(known)
    shrunk_since = reviewed is not None and response.effective > reviewed
    if known.staging.resectability == "unresectable" and shrunk_since:
        return [f"{response.value} since the disease was called unresectable"]
    return []


# Heart, fitness, primary. -------------------------------------------------------------------


def right_heart(known: Known) -> Reasons:
    if known.staging.carcinoid is True and known.lacks("right_heart_failure"):
        return ["carcinoid syndrome, right heart not examined"]
    return []


def nt_probnp(known: Known) -> Reasons:
    return right_heart(known) if known.lacks("nt_probnp_pg_ml") else []


def performance_status(known: Known) -> Reasons:
    there = [name for name in FITNESS if not known.lacks(name)]
    if not there:
        return ["ECOG status and fitness not on file"]
    return ["ECOG status older than its limit"] if known.stale.issuperset(there) else []


def primary_search(known: Known) -> Reasons:
    unknown = known.values.get("primary_site") in (None, "unknown")
    return ["primary site not known"] if unknown else []
