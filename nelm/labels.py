"""How people say the facts, options and values: short labels and the units of the ward.

Words only; sentences are in `nelm.wording`.
"""

from __future__ import annotations

from typing import Any

# name: label [| unit as written on the ward]; without one, the catalog's unit is not shown.
_FACTS = """
age_years: age | years
sex: sex
ecog: ECOG status
fit_for_major_surgery: fitness for major surgery
right_heart_failure: right heart failure
pregnant: pregnancy
primary_site: primary site
primary_status: primary tumor
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
liver_lesion_count: liver lesions
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
recist_status: RECIST status
stable_months: stable for | months
progressed_within_12_months: progression within 12 months
progressed_on: progressed on
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
}
_UPPER = frozenset({"tae", "tace", "tare", "prrt", "ssa", "sbrt", "captem"})


def _read(table: str) -> dict[str, tuple[str, str]]:
    rows = (line.partition(": ") for line in table.strip().splitlines())
    return {
        name: (label.strip(), unit.strip())
        for name, _, rest in rows
        for label, _, unit in [rest.partition("|")]
    }


FACT_LABELS = _read(_FACTS)
OPTION_LABELS = {name: label for name, (label, _) in _read(_OPTIONS).items()}


def fact_label(name: str) -> str:
    """A fact as it is called on the ward; the name itself if it has no label."""
    return FACT_LABELS.get(name, (name.replace("_", " "), ""))[0]


def fact_unit(name: str) -> str:
    """The unit as it is written on the ward; empty if none is."""
    return FACT_LABELS.get(name, ("", ""))[1]


def option_label(option_id: str) -> str:
    """An option as an order is called."""
    return OPTION_LABELS.get(option_id, option_id.replace("_", " "))


def value_word(value: Any) -> str:
    """A value in plain words, without its unit; sets as a list."""
    if value is True or value is False:
        return "yes" if value else "no"
    if isinstance(value, frozenset | set | list | tuple):
        return ", ".join(value_word(one) for one in sorted(value, key=str)) or "none"
    if isinstance(value, float):
        return f"{value:g}"
    text = str(value)
    return _VALUES.get(text, text.upper() if text in _UPPER else text.replace("_", " "))
