"""When a test is worth suggesting: each rule says why, from what is missing, stale or in doubt.

Each rule is one function of what is known; `nelm.work_up` holds the table of items.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache, cached_property

from nelm.case import Case
from nelm.criteria import Judgement
from nelm.labels import fact_label
from nelm.options.registry import OPTIONS
from nelm.staging.reads import facts_behind

CLOSED = frozenset({"not_indicated", "contraindicated"})
PETS = frozenset({"ga68_pet", "cu64_pet"})
SURGERY = ("hepatectomy", "hepatectomy_with_ablation", "debulking", "liver_transplant")
EMBOLIZATIONS = ("tae", "tace", "deb_tace")
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


class Known:
    """What the rules look at: facts, staging, verdicts, staleness."""

    def __init__(
        self,
        case: Case,
        options: Mapping[str, Judgement],
        strategy: str,
        stale: frozenset[str],
    ) -> None:
        self.case, self.options, self.strategy = case, options, strategy
        self.staging, self.values, self.stale = case.staging, case.values, stale

    @cached_property
    def open(self) -> frozenset[str]:
        """The options that are neither contraindicated nor not indicated."""
        return frozenset([name for name, one in self.options.items() if one.verdict not in CLOSED])

    @cached_property
    def stale_in_open(self) -> frozenset[str]:
        """Facts too old for an open option."""
        return frozenset([old for name in self.open for old in self.options[name].stale])

    def is_read_by_open(self, name: str) -> bool:
        """An option that is neither contraindicated nor not indicated is judged by the fact."""
        return not _options_judged_by(name).isdisjoint(self.open)

    def lacks(self, name: str) -> bool:
        return self.values.get(name) is None

    def is_open(self, *options: str) -> bool:
        """One of the options is neither contraindicated nor not indicated."""
        return any(one in self.open for one in options)

    def gaps(self, names: Iterable[str]) -> Iterator[str]:
        """A sentence for each fact that is missing or older than its limit."""
        for name in names:
            if self.values.get(name) is None:
                yield not_on_file(name)
            elif name in self.stale:
                yield too_old(name)


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


Reasons = Iterator[str]
Rule = Callable[[Known], Reasons]

# Imaging. -----------------------------------------------------------------------------------


def liver_extent(known: Known) -> Reasons:
    """A clear liver has no largest lesion and no burden to look for."""
    clear = known.staging.clear_liver is True
    yield from known.gaps(EXTENT[:1] if clear else EXTENT)


def _spread(known: Known) -> Reasons:
    match known.staging.extrahepatic_class:
        case None:
            yield "spread outside the liver not known"
        case "present_unquantified":
            yield "disease outside the liver present, its amount not stated"
    if "extrahepatic_disease" in known.stale:
        yield too_old("extrahepatic_disease")


def cross_sectional_imaging(known: Known) -> Reasons:
    yield from liver_extent(known)
    yield from _spread(known)


def dotatate_pet(known: Known) -> Reasons:
    modality = known.case.value("sstr_modality")
    if "sstr_spect_negative" in known.staging.notes:
        yield "negative by SPECT only: PET finds far more"
    elif known.staging.sstr_status is None:
        yield "receptor status not known"
    if not known.stale.isdisjoint(RECEPTOR):
        yield "receptor imaging older than its limit"
    if known.staging.extrahepatic_class is None:
        yield "spread outside the liver not known"
    if modality not in PETS and known.is_open(*SURGERY):
        yield "spread outside the liver not checked by PET before surgery or transplant"


def portal_vein_patency(known: Known) -> Reasons:
    if known.is_open(*EMBOLIZATIONS):
        yield from known.gaps(("portal_vein",))
        if known.case.value("portal_vein") == "thrombosis_extent_unknown":
            yield "extent of the portal vein thrombosis not stated"


def maa_scan(known: Known) -> Reasons:
    """Only where the shunt alone stands between the patient and radioembolization.

    A draft order for radioembolization asks for it in any branch (`nelm.order_check`).
    """
    tare = known.options["tare"]
    if known.strategy not in MAA_BRANCHES or tare.outcome("TARE-3") is not None:
        return
    others_met = all(
        outcome.outcome is True
        for outcome in tare.outcomes
        if outcome.kind == "require" and outcome.id != "TARE-3"
    )
    if others_met:
        yield "lung shunt not on file; everything else for radioembolization is met"


# Pathology. ---------------------------------------------------------------------------------


def pathology_review(known: Known) -> Reasons:
    if known.staging.grade is None:
        yield "grade not known"
    if known.staging.grade == "G3_or_NEC":
        yield "differentiation not known: G3 or carcinoma"
    if "grade_conflict" in known.staging.notes:
        yield "reported and derived grade disagree"


def liver_biopsy(known: Known) -> Reasons:
    """Not needed with a known gastroenteropancreatic tumor and classic imaging."""
    confirmed = known.case.value("histology_confirmed")
    known_gep = known.case.value("primary_site") in GEP
    if confirmed is False or (confirmed is None and known.staging.grade is None and not known_gep):
        yield "histology not confirmed"
    slow_on_paper = known.staging.grade == "G1" and known.lacks("ki67_metastasis_percent")
    if slow_on_paper and known.case.value("recist_status") == "PD":
        yield "growth out of keeping with G1: grade of the metastasis in doubt"


# Laboratory. --------------------------------------------------------------------------------


def _marker_gaps(known: Known) -> Reasons:
    if all(known.lacks(name) for name in CHROMOGRANIN):
        yield "chromogranin A not on file"
    elif all(name in known.stale or known.lacks(name) for name in CHROMOGRANIN):
        yield "chromogranin A older than its limit"
    yield from known.gaps(OTHER_MARKERS)
    if known.case.value("functional_syndrome") is None:
        yield from known.gaps(SEROTONIN)


def tumor_markers(known: Known) -> Reasons:
    """Chromogranin A never stands without the evidence against it."""
    named = False
    for reason in _marker_gaps(known):
        named = named or "chromogranin" in reason
        yield reason
    if named and known.case.packs.get("later"):
        yield (
            "conflict: AJCC version 9 (2024) advises against chromogranin A for diagnosis and"
            " monitoring; Cloyd 2020 and Lewis 2012 use it"
        )


def laboratory(names: tuple[str, ...]) -> Rule:
    def rule(known: Known) -> Reasons:
        for name in names:
            if known.values.get(name) is None:
                if known.is_read_by_open(name):
                    yield not_on_file(name)
            elif name in known.stale_in_open:
                yield too_old(name)

    return rule


# Surgery. -----------------------------------------------------------------------------------


def surgical_review(known: Known) -> Reasons:
    if known.staging.clear_liver is True:
        return
    reported, share = known.case.value("reported_resectability"), known.lacks("resectable_percent")
    if known.staging.resectability is None:
        yield "resectability not known"
    elif reported == "debulkable" and share:
        yield "reported debulkable without a percentage"
    if "resectability_conflict" in known.staging.notes:
        yield "report and percentage of resectability disagree"


def liver_volumetry(known: Known) -> Reasons:
    surgery_open = known.is_open("hepatectomy", "debulking")
    if known.staging.clear_liver is not True and surgery_open and known.staging.remnant is None:
        yield "remnant not known while liver surgery is open"


def _last_review(known: Known) -> date | None:
    """When resectability was last reported, in words or as a percentage."""
    reviews = [known.case.facts.get(name) for name in RESECTABILITY]
    dates = [one.effective for one in reviews if one is not None and one.effective is not None]
    return max(dates, default=None)


def resectability_re_review(known: Known) -> Reasons:
    response = known.case.facts.get("recist_status")
    if response is None or response.value not in ("CR", "PR") or response.effective is None:
        return
    reviewed = _last_review(known)
    shrunk_since = reviewed is not None and response.effective > reviewed
    if known.staging.resectability == "unresectable" and shrunk_since:
        yield f"{response.value} since the disease was called unresectable"


# Heart, fitness, primary. -------------------------------------------------------------------


def right_heart(known: Known) -> Reasons:
    if known.staging.carcinoid is True and known.lacks("right_heart_failure"):
        yield "carcinoid syndrome, right heart not examined"


def nt_probnp(known: Known) -> Reasons:
    if known.lacks("nt_probnp_pg_ml"):
        yield from right_heart(known)


def performance_status(known: Known) -> Reasons:
    facts = ("ecog", "fit_for_major_surgery")
    if all(known.lacks(name) for name in facts):
        yield "ECOG status and fitness not on file"
    elif all(known.lacks(name) or name in known.stale for name in facts):
        yield "ECOG status older than its limit"


def primary_search(known: Known) -> Reasons:
    if known.case.value("primary_site") in (None, "unknown"):
        yield "primary site not known"
