"""Every fact by name, in table order: group, kind, unit, bounds, freshness, how statements combine.

Data only. Source of names and values: the pathway's table of facts; bounds are what is possible
at all, so that a slipped decimal point is refused and a sick patient is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["number", "integer", "boolean", "choice", "set", "date", "therapies"]
Freshness = Literal["labs", "imaging", "receptor", "ecog"]
Rule = Literal["newest", "union", "latest_study", "therapy_line", "derived"]


@dataclass(frozen=True, slots=True)
class FactKind:
    """What a fact may be.

    `low` and `high` are the possible bounds of a number, in `unit`. `unstated` maps a value of
    unstated extent to the values it may stand for. `freshness` None: never turns stale.
    """

    name: str
    group: str
    kind: Kind
    unit: str | None
    low: float | None
    high: float | None
    choices: tuple[str, ...]
    unstated: tuple[tuple[str, tuple[str, ...]], ...]
    freshness: Freshness | None
    rule: Rule
    order: int


THERAPIES = (
    "ssa prrt tae tace deb_tace tare ablation hepatectomy liver_transplant everolimus sunitinib"
    " cabozantinib captem streptozocin_based platinum_etoposide oxaliplatin_based interferon"
    " bevacizumab sbrt"
)
SITES = (
    "pancreas duodenum jejunum ileum small_bowel stomach appendix colon rectum lung thymus biliary"
    " unknown other"
)
SPREAD = "bone lymph_node regional_lymph_node lung peritoneum ovary brain other"

# name | kind [low..high] [unit] or values | freshness | rule. A value of unstated extent is
# written `present=mild/severe`: it stands for one of them.
TABLE = f"""
# patient
age_years | number 0..125 years | - | newest
sex | female male other | - | newest
ecog | integer 0..5 | ecog | newest
fit_for_major_surgery | boolean | ecog | newest
right_heart_failure | boolean | - | newest
pregnant | boolean | - | newest
# primary
primary_site | {SITES} | - | newest
primary_status | in_situ resected_r0 resected_r1 resected_r2 resected | - | newest
primary_resectable | boolean | imaging | newest
# tumor
histology_confirmed | boolean | - | newest
differentiation | well poor | - | newest
ki67_primary_percent | number 0..100 % | - | newest
ki67_metastasis_percent | number 0..100 % | - | newest
mitoses_per_2mm2 | number 0..1000 /2mm2 | - | newest
reported_grade | G1 G2 G3 NEC | - | newest
# hormones
functional_syndrome | none carcinoid gastrinoma insulinoma vipoma glucagonoma other | - | newest
symptomatic | boolean | - | newest
bulk_symptoms | boolean | - | newest
symptoms_controlled_on_ssa | boolean | - | newest
# liver
liver_lesion_count | integer 0..1000 lesions | imaging | latest_study
largest_liver_lesion_mm | number 0..400 mm | imaging | latest_study
bilobar | boolean | imaging | latest_study
liver_disease_diffuse | boolean | imaging | newest
reported_liver_type | I II III | imaging | newest
liver_tumor_burden_percent | number 0..100 % | imaging | newest
resectable_percent | number 0..100 % | imaging | newest
resectable_plus_ablatable_percent | number 0..100 % | imaging | newest
reported_resectability | r0 debulkable unresectable | imaging | newest
future_liver_remnant_percent | number 0..150 % | imaging | newest
remnant_contiguous_segments | integer 0..9 segments | imaging | newest
hilar_or_bile_duct_proximity | boolean | imaging | newest
large_vessel_proximity | boolean | imaging | newest
portal_vein | patent partial_thrombosis complete_thrombosis \
thrombosis_extent_unknown=partial_thrombosis/complete_thrombosis | imaging | newest
biliary_enteric_anastomosis | boolean | - | newest
lung_shunt_percent | number 0..100 % | imaging | newest
hepatomegaly | boolean | imaging | newest
ascites | none mild severe present=mild/severe | labs | newest
encephalopathy | none mild severe present=mild/severe | labs | newest
# labs
bilirubin_mg_dl | number 0..80 mg/dL | labs | newest
albumin_g_dl | number 0.5..8 g/dL | labs | newest
inr | number 0.4..25 | labs | newest
platelets_10e9_l | number 0..5000 10*9/L | labs | newest
hemoglobin_g_dl | number 1..30 g/dL | labs | newest
leukocytes_10e9_l | number 0..1000 10*9/L | labs | newest
neutrophils_10e9_l | number 0..1000 10*9/L | labs | newest
creatinine_mg_dl | number 0.05..50 mg/dL | labs | newest
egfr_ml_min_1_73m2 | number 0..300 mL/min/{{1.73_m2}} | labs | newest
chromogranin_a_ng_ml | number 0..10000000 ng/mL | labs | newest
chromogranin_a_x_uln | number 0..1000000 {{xULN}} | labs | newest
pancreastatin_pg_ml | number 0..10000000 pg/mL | labs | newest
urine_5hiaa_mg_24h | number 0..10000 mg/(24.h) | labs | newest
serotonin | number 0..1000000 ng/mL | labs | newest
pancreatic_polypeptide | number 0..10000000 pg/mL | labs | newest
gastrin | number 0..10000000 pg/mL | labs | newest
insulin | number 0..1000000 u[IU]/mL | labs | newest
glucagon | number 0..10000000 pg/mL | labs | newest
vip | number 0..10000000 pg/mL | labs | newest
nt_probnp_pg_ml | number 0..1000000 pg/mL | labs | newest
# disease
has_neuroendocrine_tumor | boolean | - | union
has_liver_metastases | boolean | - | union
# extrahepatic
extrahepatic_disease | none low_volume_indolent significant present_unquantified | imaging | newest
extrahepatic_sites | set {SPREAD} | imaging | union
peritoneal_carcinomatosis | none limited diffuse_or_unresectable \
present_unquantified=limited/diffuse_or_unresectable | imaging | newest
unresectable_nodes_or_extraabdominal | boolean | imaging | newest
liver_dominant | boolean | imaging | newest
# receptor
krenning_score | integer 0..4 | receptor | newest
sstr_modality | ga68_pet cu64_pet spect other | receptor | newest
sstr_uptake_at_least_liver | boolean | receptor | newest
# course
recist_status | CR PR SD PD | imaging | newest
stable_months | number 0..1200 months | - | newest
progressed_within_12_months | boolean | - | derived
progressed_on | set {THERAPIES} | - | union
liver_metastases_synchronous | boolean | - | derived
# treatment
treatment_history | therapies {THERAPIES} | - | therapy_line
latest_cross_sectional_imaging | date | - | newest
# planned
expected_operative_mortality_percent | number 0..100 % | - | newest
expected_morbidity_percent | number 0..100 % | - | newest
lt_simultaneous_resection | none pancreatic exenteration other | - | newest
"""


def _bounds(words: list[str]) -> tuple[float, float, str | None]:
    low, high = words[1].split("..")
    return float(low), float(high), words[2] if len(words) > 2 else None


def _listed(kind: str, words: list[str]) -> list[str]:
    """The values that a fact of this kind may have, where they are listed."""
    if kind == "choice":
        return words
    return words[1:] if kind in ("set", "therapies") else []


def _line(line: str, group: str, order: int) -> FactKind:
    name, values, freshness, rule = (cell.strip() for cell in line.split("|"))
    words = values.split()
    kinds = ("number", "integer", "boolean", "set", "date", "therapies")
    kind = words[0] if words[0] in kinds else "choice"
    low = high = unit = None
    if kind in ("number", "integer"):
        low, high, unit = _bounds(words)
    listed = _listed(kind, words)
    unstated = [word.split("=") for word in listed if "=" in word]
    return FactKind(
        name, group, kind, unit, low, high,  # type: ignore[arg-type]
        tuple(word.split("=")[0] for word in listed),
        tuple((word, tuple(stands_for.split("/"))) for word, stands_for in unstated),
        None if freshness == "-" else freshness,  # type: ignore[arg-type]
        rule,  # type: ignore[arg-type]
        order,
    )  # fmt: skip


def _read(table: str) -> Iterator[FactKind]:
    group = ""
    for order, line in enumerate(table.strip().splitlines()):
        if line.startswith("#"):
            group = line[1:].strip()
        else:
            yield _line(line, group, order)


CATALOG: dict[str, FactKind] = {kind.name: kind for kind in _read(TABLE)}

_TABLE_ORDER = {name: kind.order for name, kind in CATALOG.items()}


def in_table_order(names: Iterable[str]) -> tuple[str, ...]:
    """Names of facts as the table has them."""
    return tuple(sorted(names, key=_TABLE_ORDER.__getitem__))


# Facts that can stand in for one another: of a group only the first is named as missing (§1).
STAND_INS: tuple[tuple[str, ...], ...] = (
    ("ecog", "fit_for_major_surgery"),
    ("ki67_primary_percent", "ki67_metastasis_percent"),
    ("reported_resectability", "resectable_percent"),
    ("krenning_score", "sstr_uptake_at_least_liver"),
    ("future_liver_remnant_percent", "remnant_contiguous_segments"),
)
