"""Which facts stand behind each staging output, and at which numbers they change it.

`COMPARED` lists the cuts so that a fact given as a range is tried on both sides of each.
"""

from __future__ import annotations

from nelm.staging import grade, liver_extent, liver_function, phenotype, resectability

_GRADE = frozenset(
    {
        "ki67_primary_percent",
        "ki67_metastasis_percent",
        "mitoses_per_2mm2",
        "reported_grade",
        "differentiation",
    }
)
_KI67 = frozenset({"ki67_primary_percent", "ki67_metastasis_percent"})
_CLEAR = frozenset({"liver_lesion_count", "recist_status"})
_TYPE = frozenset({"reported_liver_type", "liver_lesion_count", "bilobar", "liver_disease_diffuse"})
_REMNANT = frozenset({"future_liver_remnant_percent", "remnant_contiguous_segments"})
_RESECTABILITY = frozenset({"reported_resectability", "resectable_percent"})
_SPREAD = frozenset(
    {
        "extrahepatic_disease",
        "extrahepatic_sites",
        "peritoneal_carcinomatosis",
        "unresectable_nodes_or_extraabdominal",
    }
)
_UNCONTROLLED = frozenset({"functional_syndrome", "symptoms_controlled_on_ssa"})
_SYMPTOMS = frozenset({"symptomatic", "bulk_symptoms"}) | _UNCONTROLLED
_CHILD_PUGH = frozenset({"bilirubin_mg_dl", "albumin_g_dl", "inr", "ascites", "encephalopathy"})
_PROGRESSION = frozenset({"recist_status", "progressed_within_12_months", "progressed_on"})
_SSTR = frozenset({"krenning_score", "sstr_uptake_at_least_liver", "sstr_modality"})

READS: dict[str, frozenset[str]] = {
    "grade": _GRADE,
    "low_grade": _GRADE,
    "well_g3": _GRADE,
    "nec": _GRADE,
    "well": frozenset({"differentiation"}),
    "ki67": _KI67,
    "liver_type": _TYPE,
    "burden_band": frozenset({"liver_tumor_burden_percent"}),
    "distribution": _TYPE,
    "clear_liver": _CLEAR,
    "resectability": _RESECTABILITY | _REMNANT | _CLEAR | _TYPE,
    "remnant": _REMNANT,
    "remnant_adequate": _REMNANT,
    "extrahepatic_class": _SPREAD,
    "extrahepatic_none": _SPREAD,
    "extrahepatic_disease_present": _SPREAD,
    "m_category": _SPREAD | _CLEAR | {"has_liver_metastases"},
    "functional_status": _UNCONTROLLED,
    "functional": frozenset({"functional_syndrome"}),
    "functional_uncontrolled": _UNCONTROLLED,
    "carcinoid": frozenset({"functional_syndrome"}),
    "symptomatic": _SYMPTOMS,
    "sstr_status": _SSTR,
    "liver_function": _CHILD_PUGH,
    "child_pugh_at_least_b": _CHILD_PUGH,
    "child_pugh_at_least_c": _CHILD_PUGH,
    "synthetic_function_compromised": _CHILD_PUGH,
    "tempo": frozenset({"recist_status", "stable_months"}),
    "stable_months": frozenset({"stable_months"}),
    "progression": _PROGRESSION,
    "calm": _SYMPTOMS | _PROGRESSION,
    "timing": frozenset({"liver_metastases_synchronous"}),
    "systemic_failed": _PROGRESSION,
    "previous_therapies": frozenset({"treatment_history"}),
}

# What is missing where an output is unknown: one fact of each group settles that group (§1).
# The remnant needs both of its facts.
MISSING: dict[str, tuple[tuple[str, ...], ...]] = {
    name: (
        (
            "ki67_primary_percent",
            "ki67_metastasis_percent",
            "mitoses_per_2mm2",
            "reported_grade",
        ),
        ("differentiation",),
    )
    for name in ("grade", "low_grade", "well_g3", "nec")
} | {
    "resectability": (("reported_resectability", "resectable_percent"),),
    "liver_type": (("liver_lesion_count", "reported_liver_type"), ("bilobar",)),
    "distribution": (("liver_lesion_count", "reported_liver_type"), ("bilobar",)),
    "extrahepatic_class": (("extrahepatic_disease",),),
    "extrahepatic_none": (("extrahepatic_disease",),),
    "extrahepatic_disease_present": (("extrahepatic_disease",),),
    "symptomatic": (("symptomatic",),),
    "functional_uncontrolled": (("functional_syndrome",), ("symptoms_controlled_on_ssa",)),
    "progression": (("recist_status",), ("progressed_within_12_months",)),
    "systemic_failed": (("progressed_on",),),
    "tempo": (("recist_status",),),
    "calm": (
        ("symptomatic",),
        ("functional_syndrome",),
        ("recist_status",),
        ("progressed_within_12_months",),
    ),
    "sstr_status": (("krenning_score", "sstr_uptake_at_least_liver"),),
    "remnant": (("future_liver_remnant_percent", "remnant_contiguous_segments"),),
    "remnant_adequate": (("future_liver_remnant_percent", "remnant_contiguous_segments"),),
}

PREGNANCY_ENDS_AT_AGE = 55  # from then on nobody is asked (operational)
Cut = float | str  # a number, or the name of a parameter
COMPARED: dict[str, tuple[Cut, ...]] = {
    "age_years": (PREGNANCY_ENDS_AT_AGE,),
    "ki67_primary_percent": grade.KI67_CUTS,
    "ki67_metastasis_percent": grade.KI67_CUTS,
    "mitoses_per_2mm2": grade.MITOSES_CUTS,
    "liver_lesion_count": (0, 1, "type3_min_count", "oligometastatic_max_count"),
    "liver_tumor_burden_percent": liver_extent.BURDEN_CUTS,
    "resectable_percent": resectability.PERCENT_CUTS,
    "future_liver_remnant_percent": ("flr_min_percent", "flr_caution_percent"),
    "remnant_contiguous_segments": (resectability.REMNANT_SEGMENTS,),
    "krenning_score": (phenotype.KRENNING_POSITIVE,),
    "bilirubin_mg_dl": (*liver_function.BILIRUBIN_CUTS, "bilirubin_max"),
    "albumin_g_dl": (*liver_function.ALBUMIN_CUTS, "albumin_min"),
    "inr": liver_function.INR_CUTS,
    "stable_months": ("stable_min_months",),
    "lung_shunt_percent": ("lung_shunt_max_percent",),
}

# Follows from the verdict on hepatectomy, not from facts of its own.
CANDIDACY = "staging.resection_candidacy"


def facts_behind(name: str) -> frozenset[str]:
    """The facts that a name of a predicate reads: its own, or those of a staging output.

    Verdicts and what follows from them (`verdict.…`, `staging.resection_candidacy`) name none:
    a stale fact warns where it is read, not where its verdict is.
    """
    if name.startswith("staging."):
        return READS.get(name[len("staging.") :], frozenset())
    return frozenset() if name.startswith("verdict.") else frozenset({name})
