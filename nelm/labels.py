"""How people say the facts, options and values: short labels and the units of the ward.

Words only; sentences are in `nelm.wording`.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from nelm.figures import figure

# name: label [| unit as written on the ward]; without one, the catalog's unit is not shown.
_FACTS = """
age_years: age | years
sex: sex
ecog: ECOG
fit_for_major_surgery: fitness for major surgery
right_heart_failure: right heart failure
pregnant: pregnancy
primary_site: primary site
primary_status: state of the primary tumor
primary_resectable: resectability of the primary
histology_confirmed: histology
differentiation: differentiation
ki67_primary_percent: Ki-67 of the primary | %
ki67_metastasis_percent: Ki-67 of the metastasis | %
mitoses_per_2mm2: mitoses | per 2 mm²
reported_grade: reported grade
functional_syndrome: hormonal syndrome
symptomatic: symptoms
bulk_symptoms: bulk symptoms
symptoms_controlled_on_ssa: symptom control on SSA
liver_lesion_count: number of liver lesions
largest_liver_lesion_mm: largest lesion | mm
bilobar: both lobes
liver_disease_diffuse: diffuse liver disease
reported_liver_type: reported liver type
liver_tumor_burden_percent: liver tumor burden | %
resectable_percent: removable share of the burden | %
resectable_plus_ablatable_percent: share removable with ablation | %
reported_resectability: reported resectability
future_liver_remnant_percent: remnant | %
remnant_contiguous_segments: contiguous segments of the remnant
hilar_or_bile_duct_proximity: distance to hilum and bile ducts
large_vessel_proximity: distance to large vessels
portal_vein: portal vein
biliary_enteric_anastomosis: biliary-enteric anastomosis
lung_shunt_percent: lung shunt | %
hepatomegaly: enlarged liver
ascites: ascites
encephalopathy: encephalopathy
bilirubin_mg_dl: bilirubin | mg/dL
albumin_g_dl: albumin | g/dL
inr: INR
platelets_10e9_l: platelets | ×10⁹/L
hemoglobin_g_dl: hemoglobin | g/dL
leukocytes_10e9_l: leukocytes | ×10⁹/L
neutrophils_10e9_l: neutrophils | ×10⁹/L
creatinine_mg_dl: creatinine | mg/dL
egfr_ml_min_1_73m2: eGFR | mL/min/1.73 m²
chromogranin_a_ng_ml: chromogranin A | ng/mL
chromogranin_a_x_uln: chromogranin A | × upper limit
pancreastatin_pg_ml: pancreastatin | pg/mL
urine_5hiaa_mg_24h: urine 5-HIAA | mg/24 h
serotonin: serotonin
pancreatic_polypeptide: pancreatic polypeptide
gastrin: gastrin
insulin: insulin
glucagon: glucagon
vip: VIP
nt_probnp_pg_ml: NT-proBNP | pg/mL
has_neuroendocrine_tumor: neuroendocrine tumor
has_liver_metastases: liver metastases
extrahepatic_disease: disease outside the liver
extrahepatic_sites: sites outside the liver
peritoneal_carcinomatosis: peritoneal disease
unresectable_nodes_or_extraabdominal: unresectable nodes or extra-abdominal disease
liver_dominant: liver-dominant disease
krenning_score: Krenning score
sstr_modality: receptor imaging
sstr_uptake_at_least_liver: receptor uptake at least as liver
recist_status: RECIST
stable_months: stable for | months
progressed_within_12_months: progression within 12 months
progressed_on: treatments the tumor progressed on
liver_metastases_synchronous: synchronous liver metastases
treatment_history: treatment history
latest_cross_sectional_imaging: last imaging
expected_operative_mortality_percent: expected operative mortality | %
expected_morbidity_percent: expected morbidity | %
lt_simultaneous_resection: resection at the transplant
"""

_OPTIONS = """
hepatectomy: Hepatectomy
hepatectomy_with_ablation: Hepatectomy with ablation
debulking: Debulking
ablation: Ablation
sbrt: SBRT
tae: TAE
tace: TACE
deb_tace: DEB-TACE
tare: TARE
prrt: Lu-177 dotatate
ssa: Somatostatin analogue
everolimus: Everolimus
sunitinib: Sunitinib
cabozantinib: Cabozantinib
captem: CAPTEM
streptozocin_based: Streptozocin-based chemotherapy
platinum_etoposide: Platinum with etoposide
oxaliplatin_based: Oxaliplatin-based chemotherapy
interferon: Interferon
bevacizumab: Bevacizumab
liver_transplant: Liver transplant
follow_up: Follow-up
repeat_hepatectomy: Repeat hepatectomy
"""

# Values whose plain word is not the identifier with spaces.
_VALUES: dict[str, str] = {
    "r0": "R0-resectable",
    "resected_r0": "removed (R0)",
    "resected_r1": "removed (R1)",
    "resected_r2": "removed (R2)",
    "resected": "removed, margin not stated",
    "in_situ": "in place",
    "thrombosis_extent_unknown": "thrombosis of unknown extent",
    "present_unquantified": "present, amount not stated",
    "low_volume_indolent": "low volume, indolent",
    "diffuse_or_unresectable": "diffuse or unresectable",
    "ga68_pet": "Ga-68 PET",
    "cu64_pet": "Cu-64 PET",
    "spect": "SPECT",
    "small_bowel": "small bowel",
    "vipoma": "VIPoma",
    "deb_tace": "DEB-TACE",
    "streptozocin_based": "streptozocin",
    "platinum_etoposide": "platinum with etoposide",
    "oxaliplatin_based": "oxaliplatin",
}
# Facts that read better as one phrase than as label and value.
PHRASES: dict[tuple[str, Any], str] = {
    ("portal_vein", "complete_thrombosis"): "complete portal vein thrombosis",
    ("portal_vein", "partial_thrombosis"): "partial portal vein thrombosis",
    ("portal_vein", "patent"): "portal vein patent",
    ("right_heart_failure", True): "right heart failure",
    ("right_heart_failure", False): "no right heart failure",
    ("pregnant", True): "pregnant",
    ("pregnant", False): "not pregnant",
    ("biliary_enteric_anastomosis", True): "biliary-enteric anastomosis",
    ("biliary_enteric_anastomosis", False): "no biliary-enteric anastomosis",
    ("hilar_or_bile_duct_proximity", True): "close to the hilum or a major bile duct",
    ("hilar_or_bile_duct_proximity", False): "clear of hilum and major bile ducts",
    ("large_vessel_proximity", True): "close to a large vessel",
    ("large_vessel_proximity", False): "clear of large vessels",
    ("hepatomegaly", True): "enlarged liver",
    ("hepatomegaly", False): "liver not enlarged",
    ("bilobar", True): "both lobes",
    ("bilobar", False): "one lobe",
    ("fit_for_major_surgery", True): "fit for major surgery",
    ("fit_for_major_surgery", False): "not fit for major surgery",
    ("primary_resectable", True): "primary resectable",
    ("primary_resectable", False): "primary not resectable",
    ("histology_confirmed", True): "histology confirmed",
    ("histology_confirmed", False): "histology not confirmed",
    ("differentiation", "well"): "well differentiated",
    ("differentiation", "poor"): "poorly differentiated",
    ("functional_syndrome", "none"): "no hormonal syndrome",
    ("functional_syndrome", "carcinoid"): "carcinoid syndrome",
    ("functional_syndrome", "gastrinoma"): "gastrinoma",
    ("functional_syndrome", "insulinoma"): "insulinoma",
    ("functional_syndrome", "vipoma"): "VIPoma",
    ("functional_syndrome", "glucagonoma"): "glucagonoma",
    ("functional_syndrome", "other"): "other hormonal syndrome",
    ("ascites", "none"): "no ascites",
    ("ascites", "mild"): "mild ascites",
    ("ascites", "severe"): "severe ascites",
    ("encephalopathy", "none"): "no encephalopathy",
    ("encephalopathy", "mild"): "mild encephalopathy",
    ("encephalopathy", "severe"): "severe encephalopathy",
    ("symptomatic", True): "symptoms",
    ("symptomatic", False): "no symptoms",
    ("bulk_symptoms", True): "bulk symptoms",
    ("bulk_symptoms", False): "no bulk symptoms",
    ("symptoms_controlled_on_ssa", True): "symptoms controlled on SSA",
    ("symptoms_controlled_on_ssa", False): "symptoms not controlled on SSA",
    ("primary_site", "unknown"): "primary not found",
    ("extrahepatic_disease", "none"): "no disease outside the liver",
    (
        "extrahepatic_disease",
        "low_volume_indolent",
    ): "low-volume indolent disease outside the liver",
    ("extrahepatic_disease", "significant"): "significant disease outside the liver",
    (
        "extrahepatic_disease",
        "present_unquantified",
    ): "disease outside the liver, amount not stated",
    ("peritoneal_carcinomatosis", "none"): "no peritoneal disease",
    ("peritoneal_carcinomatosis", "limited"): "limited peritoneal disease",
    (
        "peritoneal_carcinomatosis",
        "diffuse_or_unresectable",
    ): "diffuse or unresectable peritoneal disease",
    ("unresectable_nodes_or_extraabdominal", True): "unresectable nodes or extra-abdominal disease",
    ("unresectable_nodes_or_extraabdominal", False): "no unresectable nodes",
    ("liver_dominant", True): "liver-dominant disease",
    ("liver_dominant", False): "disease not dominant in the liver",
    ("progressed_within_12_months", True): "progression within 12 months",
    ("progressed_within_12_months", False): "no progression within 12 months",
    ("recist_status", "CR"): "complete response",
    ("recist_status", "PR"): "partial response",
    ("recist_status", "SD"): "stable disease",
    ("recist_status", "PD"): "progressive disease",
    ("reported_resectability", "r0"): "reported R0-resectable",
    ("reported_resectability", "debulkable"): "reported debulkable",
    ("reported_resectability", "unresectable"): "reported unresectable",
}
_UPPER = frozenset({"tae", "tace", "tare", "prrt", "ssa", "sbrt", "captem"})
_PROGRESSION = frozenset({"recist_status", "progressed_within_12_months"})


def _read(table: str) -> dict[str, tuple[str, str]]:
    rows = (line.partition(": ") for line in table.strip().splitlines())
    return {
        name: (label.strip(), unit.strip())
        for name, _, rest in rows
        for label, _, unit in [rest.partition("|")]
    }


FACT_LABELS = _read(_FACTS)
# What to ask for where a fact is missing, if its label alone would not say it.
_MISSING_LABELS: dict[str, str] = {
    "ecog": "performance status (ECOG)",
    "ki67_primary_percent": "Ki-67",
    "primary_status": "state of the primary tumor (in place or removed)",
    "histology_confirmed": "histological proof",
    "functional_syndrome": "hormonal syndrome (present or not)",
    "reported_resectability": "resectability (surgical review)",
    "bilobar": "lesions in one or both lobes",
    "future_liver_remnant_percent": "liver remnant (volumetry)",
    "remnant_contiguous_segments": "contiguous segments of the remnant",
    "portal_vein": "portal vein (CT or Doppler)",
    "lung_shunt_percent": "lung shunt (MAA scan)",
    "extrahepatic_disease": "disease outside the liver (present or not)",
    "krenning_score": "receptor imaging (Krenning score)",
    "recist_status": "response or growth on imaging (RECIST)",
    "progressed_within_12_months": "growth within 12 months (yes or no)",
    "stable_months": "months of stable disease",
    "treatment_history": "earlier treatments",
}
OPTION_LABELS = {name: label for name, (label, _) in _read(_OPTIONS).items()}


WORK_UP_LABELS: dict[str, str] = {
    "cross_sectional_imaging": "triple-phase CT of chest, abdomen and pelvis",
    "liver_mri": "liver MRI",
    "dotatate_pet": "Ga-68 DOTATATE PET",
    "pathology_review": "pathology review",
    "liver_biopsy": "liver biopsy",
    "tumor_markers": "tumor markers",
    "liver_panel": "liver panel",
    "blood_count": "blood count",
    "renal_function": "renal function",
    "surgical_review": "surgical review",
    "liver_volumetry": "liver volumetry",
    "resectability_re_review": "new resectability review",
    "portal_vein_patency": "portal vein imaging",
    "maa_scan": "Tc-99m MAA scan",
    "echocardiogram": "echocardiogram",
    "nt_probnp": "NT-proBNP",
    "performance_status": "performance status",
    "primary_search": "search for the primary",
    "octreoscan": "OctreoScan",
}


# Items that nobody orders like a test.
_REQUESTS: dict[str, str] = {
    "pathology_review": "Ask for a pathology review",
    "surgical_review": "Ask for a surgical review",
    "resectability_re_review": "Ask for a new resectability review",
    "performance_status": "Record performance status (ECOG)",
    "primary_search": "Search for the primary",
}


def fact_label(name: str) -> str:
    """A fact as it is called on the ward; the name itself if it has no label."""
    return FACT_LABELS.get(name, (name.replace("_", " "), ""))[0]


def missing_label(name: str) -> str:
    """What to ask for where a fact is not on file: "months of stable disease"."""
    return _MISSING_LABELS.get(name) or fact_label(name)


def missing_labels(names: Iterable[str]) -> list[str]:
    """What to ask for, each once: what one look at the images answers is asked for together."""
    wanted = list(names)
    together = _PROGRESSION.issubset(wanted)
    labels = ["progression (RECIST, last 12 months)"] if together else []
    one_by_one = [name for name in wanted if not (together and name in _PROGRESSION)]
    place = min((wanted.index(name) for name in _PROGRESSION), default=0) if together else 0
    found = [missing_label(name) for name in one_by_one]
    return list(dict.fromkeys([*found[:place], *labels, *found[place:]]))


def missing_names(names: Iterable[str]) -> list[str]:
    """The same in few words, for one sentence: "lung shunt", "months of stable disease"."""
    return [label.partition(" (")[0] for label in missing_labels(names)]


def fact_unit(name: str) -> str:
    """The unit as it is written on the ward; empty if none is."""
    return FACT_LABELS.get(name, ("", ""))[1]


def option_label(option_id: str) -> str:
    """An option as an order is called."""
    return OPTION_LABELS.get(option_id, option_id.replace("_", " "))


def _word(text: str) -> str:
    return _VALUES.get(text, text.upper() if text in _UPPER else text.replace("_", " "))


def value_word(value: Any) -> str:
    """A value in plain words, without its unit; sets as a list."""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, frozenset | set | list | tuple):
        return ", ".join(value_word(one) for one in sorted(value, key=str)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    return _word(str(value))


def fact_phrase(name: str, value: Any) -> str:
    """A fact with its value and unit: "largest lesion 41 mm", "complete portal vein thrombosis"."""
    phrase = None if isinstance(value, list | set | dict) else PHRASES.get((name, value))
    if phrase is not None:
        return phrase
    if name == "liver_lesion_count":
        return f"{value} liver lesion{'' if value == 1 else 's'}"
    if name == "progressed_on":
        return f"progressed on {value_word(value)}" if value else "progressed on no treatment"
    if name == "primary_site":
        return f"primary in the {value_word(value)}" if value != "other" else "other primary"
    if name == "primary_status":
        return f"primary {value_word(value)}"
    unit = fact_unit(name)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    joiner = " " if unit or number else ": "
    said = figure(name, value) if number else value_word(value)
    text = f"{fact_label(name)}{joiner}{said}"
    return f"{text} {unit}" if unit else text


def request_words(item: str) -> str:
    """What to do to get a work-up item: "Order Tc-99m MAA scan", "Ask for a surgical review"."""
    return _REQUESTS.get(item) or f"Order {WORK_UP_LABELS.get(item) or option_label(item)}"


def order_label(order: str) -> str:
    """An option or work-up item as an order is called."""
    return WORK_UP_LABELS.get(order) or option_label(order)
