"""Tests to suggest where a fact is missing or stale, those most options wait for first.

Each rule is one function of what is known; the table at the end gives the order of the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

from nelm.case import Case
from nelm.catalog import CATALOG
from nelm.criteria import Judgement, Option
from nelm.labels import fact_label
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


@dataclass(frozen=True, slots=True)
class WorkUpItem:
    """One suggested order: why, which facts it brings, and its sources."""

    item: str
    because: tuple[str, ...]
    facts: tuple[str, ...]
    cites: tuple[str, ...]


class Known:
    """What the rules look at: facts, staging, verdicts, staleness."""

    def __init__(
        self,
        case: Case,
        options: Mapping[str, Judgement],
        strategy: str,
        stale: frozenset[str],
        drafts: frozenset[str] = frozenset(),
    ) -> None:
        self.case, self.options, self.strategy = case, options, strategy
        self.staging, self.stale, self.drafts = case.staging, stale, drafts
        self.open = [one for one in options.values() if one.verdict not in CLOSED]
        self.stale_in_open = {name for one in self.open for name in one.stale}

    def is_read_by_open(self, name: str) -> bool:
        """An option that is neither contraindicated nor not indicated is judged by the fact."""
        return any(name in _facts_judging(one.option) for one in self.open)

    def lacks(self, name: str) -> bool:
        return self.case.value(name) is None

    def is_open(self, *options: str) -> bool:
        """One of the options is neither contraindicated nor not indicated."""
        return any(
            one in self.options and self.options[one].verdict not in CLOSED for one in options
        )

    def gaps(self, names: Iterable[str]) -> Iterator[str]:
        """A sentence for each fact that is missing or older than its limit."""
        for name in names:
            if self.lacks(name):
                yield f"{fact_label(name)} not on file"
            elif name in self.stale:
                yield f"{fact_label(name)} older than its limit"


Reasons = Iterator[str]
Rule = Callable[[Known], Reasons]

# Imaging. -----------------------------------------------------------------------------------


def _liver_extent(known: Known) -> Reasons:
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
        yield f"{fact_label('extrahepatic_disease')} older than its limit"


def _cross_sectional_imaging(known: Known) -> Reasons:
    yield from _liver_extent(known)
    yield from _spread(known)


def _dotatate_pet(known: Known) -> Reasons:
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


def _portal_vein_patency(known: Known) -> Reasons:
    if known.is_open(*EMBOLIZATIONS):
        yield from known.gaps(("portal_vein",))
        if known.case.value("portal_vein") == "thrombosis_extent_unknown":
            yield "extent of the portal vein thrombosis not stated"


def _maa_scan(known: Known) -> Reasons:
    """Only where the shunt alone stands between the patient and radioembolization."""
    tare = known.options.get("tare")
    if tare is None or (known.strategy not in MAA_BRANCHES and "tare" not in known.drafts):
        return
    if tare.outcome("TARE-3") is not None:
        return
    others_met = all(
        outcome.outcome is True
        for outcome in tare.outcomes
        if outcome.kind == "require" and outcome.id != "TARE-3"
    )
    if others_met:
        yield "lung shunt not on file; everything else for radioembolization is met"


# Pathology. ---------------------------------------------------------------------------------


def _pathology_review(known: Known) -> Reasons:
    if known.staging.grade is None:
        yield "grade not known"
    if known.staging.grade == "G3_or_NEC":
        yield "differentiation not known: G3 or carcinoma"
    if "grade_conflict" in known.staging.notes:
        yield "reported and derived grade disagree"


def _liver_biopsy(known: Known) -> Reasons:
    """Not needed with a known gastroenteropancreatic tumor and classic imaging."""
    confirmed = known.case.value("histology_confirmed")
    known_gep = known.case.value("primary_site") in GEP
    if confirmed is False or (confirmed is None and known.staging.grade is None and not known_gep):
        yield "histology not confirmed"
    slow_on_paper = known.staging.grade == "G1" and known.lacks("ki67_metastasis_percent")
    if slow_on_paper and known.case.value("recist_status") == "PD":
        yield "growth out of keeping with G1: grade of the metastasis in doubt"


# Laboratory. --------------------------------------------------------------------------------


def _tumor_markers(known: Known) -> Reasons:
    if all(known.lacks(name) for name in CHROMOGRANIN):
        yield "chromogranin A not on file"
    elif all(name in known.stale or known.lacks(name) for name in CHROMOGRANIN):
        yield "chromogranin A older than its limit"
    yield from known.gaps(OTHER_MARKERS)
    if known.case.value("functional_syndrome") is None:
        yield from known.gaps(SEROTONIN)


def _with_conflict(known: Known, reasons: list[str]) -> list[str]:
    """Chromogranin A never stands without the evidence against it."""
    if any("chromogranin" in reason for reason in reasons) and known.case.packs.get("later"):
        reasons.append(
            "conflict: AJCC version 9 (2024) advises against chromogranin A for diagnosis and"
            " monitoring; Cloyd 2020 and Lewis 2012 use it"
        )
    return reasons


@cache
def _facts_judging(option: Option) -> frozenset[str]:
    judging = (c for c in option.criteria if c.kind in ("require", "exclude", "caution"))
    return frozenset(fact for one in judging for name in one.names for fact in facts_behind(name))


def _laboratory(names: tuple[str, ...]) -> Rule:
    def rule(known: Known) -> Reasons:
        for name in names:
            if known.lacks(name):
                if known.is_read_by_open(name):
                    yield f"{fact_label(name)} not on file"
            elif name in known.stale_in_open:
                yield f"{fact_label(name)} older than its limit"

    return rule


# Surgery. -----------------------------------------------------------------------------------


def _surgical_review(known: Known) -> Reasons:
    if known.staging.clear_liver is True:
        return
    reported, share = known.case.value("reported_resectability"), known.lacks("resectable_percent")
    if known.staging.resectability is None:
        yield "resectability not known"
    elif reported == "debulkable" and share:
        yield "reported debulkable without a percentage"
    if "resectability_conflict" in known.staging.notes:
        yield "report and percentage of resectability disagree"


def _liver_volumetry(known: Known) -> Reasons:
    surgery_open = known.is_open("hepatectomy", "debulking")
    if known.staging.clear_liver is not True and surgery_open and known.staging.remnant is None:
        yield "remnant not known while liver surgery is open"


def _last_review(known: Known) -> date | None:
    """When resectability was last reported, in words or as a percentage."""
    reviews = [known.case.facts.get(name) for name in RESECTABILITY]
    dates = [one.effective for one in reviews if one is not None and one.effective is not None]
    return max(dates, default=None)


def _resectability_re_review(known: Known) -> Reasons:
    response = known.case.facts.get("recist_status")
    if response is None or response.value not in ("CR", "PR") or response.effective is None:
        return
    reviewed = _last_review(known)
    shrunk_since = reviewed is not None and response.effective > reviewed
    if known.staging.resectability == "unresectable" and shrunk_since:
        yield f"{response.value} since the disease was called unresectable"


# Heart, fitness, primary. -------------------------------------------------------------------


def _right_heart(known: Known) -> Reasons:
    if known.staging.carcinoid is True and known.lacks("right_heart_failure"):
        yield "carcinoid syndrome, right heart not examined"


def _nt_probnp(known: Known) -> Reasons:
    if known.lacks("nt_probnp_pg_ml"):
        yield from _right_heart(known)


def _performance_status(known: Known) -> Reasons:
    facts = ("ecog", "fit_for_major_surgery")
    if all(known.lacks(name) for name in facts):
        yield "ECOG status and fitness not on file"
    elif all(known.lacks(name) or name in known.stale for name in facts):
        yield "ECOG status older than its limit"


def _primary_search(known: Known) -> Reasons:
    if known.case.value("primary_site") in (None, "unknown"):
        yield "primary site not known"


CLOYD = ("cloyd2020",)
OPERATIONAL = ("operational",)
# item: rule, the facts it brings, sources; in the order of the page.
_ITEMS: dict[str, tuple[Rule, tuple[str, ...], tuple[str, ...]]] = {
    "cross_sectional_imaging": (_cross_sectional_imaging, (*SPREAD, *EXTENT, "bilobar"), CLOYD),
    "liver_mri": (_liver_extent, (*EXTENT, "bilobar", "liver_disease_diffuse"), CLOYD),
    "dotatate_pet": (_dotatate_pet, (*RECEPTOR, "extrahepatic_sites"), CLOYD),
    "pathology_review": (
        _pathology_review,
        ("ki67_primary_percent", "differentiation", "mitoses_per_2mm2"),
        CLOYD,
    ),
    "liver_biopsy": (
        _liver_biopsy,
        ("histology_confirmed", "ki67_metastasis_percent"),
        ("cloyd2020", "operational"),
    ),
    "tumor_markers": (
        _tumor_markers,
        (*CHROMOGRANIN, *OTHER_MARKERS, *SEROTONIN),
        ("cloyd2020", "operational"),
    ),
    "liver_panel": (_laboratory(LIVER_PANEL), LIVER_PANEL, CLOYD),
    "blood_count": (_laboratory(BLOOD_COUNT), BLOOD_COUNT, CLOYD),
    "renal_function": (_laboratory(KIDNEY), KIDNEY, OPERATIONAL),
    "surgical_review": (_surgical_review, RESECTABILITY, CLOYD),
    "liver_volumetry": (_liver_volumetry, REMNANT, CLOYD),
    "resectability_re_review": (
        _resectability_re_review,
        RESECTABILITY,
        ("lasalvia2016", "lewis2012"),
    ),
    "portal_vein_patency": (_portal_vein_patency, ("portal_vein",), ("lewis2012",)),
    "maa_scan": (_maa_scan, ("lung_shunt_percent",), ("lewis2012",)),
    "echocardiogram": (_right_heart, ("right_heart_failure",), ("lasalvia2016", "operational")),
    "nt_probnp": (_nt_probnp, ("nt_probnp_pg_ml",), ("lasalvia2016", "operational")),
    "performance_status": (_performance_status, ("ecog", "fit_for_major_surgery"), OPERATIONAL),
    "primary_search": (_primary_search, ("primary_site",), OPERATIONAL),
}
WORK_UP_ITEMS: tuple[str, ...] = tuple(_ITEMS)
WORK_UP_FACTS: dict[str, tuple[str, ...]] = {name: row[1] for name, row in _ITEMS.items()}
WORK_UP_CITES: dict[str, tuple[str, ...]] = {name: row[2] for name, row in _ITEMS.items()}


def work_up(
    case: Case,
    options: Mapping[str, Judgement],
    strategy: str,
    missing: Mapping[str, int],
    stale: frozenset[str],
    drafts: frozenset[str] = frozenset(),
) -> tuple[WorkUpItem, ...]:
    """The suggested tests, each with its reasons; those that most options wait for stand first.

    `missing` maps each missing fact to the number of options that name it; `drafts` are options
    with a draft order (a draft for radioembolization asks for its lung shunt in any branch).

    Source: cloyd2020, lewis2012, lasalvia2016; the order operational.
    """
    known = Known(case, options, strategy, stale, drafts)
    found = []
    for item, (rule, facts, cites) in _ITEMS.items():
        reasons = _with_conflict(known, list(rule(known)))
        if reasons:
            found.append(WorkUpItem(item, tuple(reasons), facts, cites))
    return tuple(sorted(found, key=lambda one: _place(one, missing)))


def _place(item: WorkUpItem, missing: Mapping[str, int]) -> tuple[int, int]:
    """Most options first; ties by the table order of the fact that decides."""
    named = [name for name in item.facts if name in missing]
    most = max((missing[name] for name in named), default=0)
    deciding = [name for name in named if missing[name] == most] or item.facts
    return (-most, min(CATALOG[name].order for name in deciding))
