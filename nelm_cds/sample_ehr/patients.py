"""Twelve invented patients, so that every strategy of the pathway stands in the sample EHR.

Some are charted tidily, some as real EHRs do it: strings for numbers, odd units, half dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date

from nelm_cds.sample_ehr.charts import Chart, Resource
from nelm_cds.sample_ehr.patients_open import (
    carcinoid_debulking,
    few_unresectable,
    hepatectomy_follow_up,
    multifocal_portal_vein,
    solitary_resectable,
    waits_for_surgical_review,
)
from nelm_cds.sample_ehr.patients_other import (
    colon_cancer,
    high_ki67,
    no_tumor,
    not_staged_yet,
    poorly_differentiated_carcinoma,
    widespread,
)

Writer = Callable[[date, str], Chart]

# The strategy each chart must give; the tests of the sample EHR hold it to that.
PATIENTS: dict[str, tuple[Writer, str]] = {
    "nelm-01": (solitary_resectable, "resection_first"),
    "nelm-02": (carcinoid_debulking, "resection_first"),
    "nelm-03": (few_unresectable, "local_first"),
    "nelm-04": (multifocal_portal_vein, "transarterial_first"),
    "nelm-05": (widespread, "systemic_first"),
    "nelm-06": (high_ki67, "systemic_first"),
    "nelm-07": (poorly_differentiated_carcinoma, "poorly_differentiated"),
    "nelm-08": (not_staged_yet, "work_up"),
    "nelm-09": (hepatectomy_follow_up, "surveillance"),
    "nelm-10": (waits_for_surgical_review, "resectability_unclear"),
    "nelm-11": (colon_cancer, "not_applicable"),
    "nelm-12": (no_tumor, "not_applicable"),
}


def invented_patients(today: date, canonical_base: str = "urn:nelm-cds") -> Iterator[Resource]:
    """Every resource of every invented patient, each Patient before what refers to it."""
    for id_ in PATIENTS:
        yield from chart_of(id_, today, canonical_base)


def chart_of(id_: str, today: date, canonical_base: str = "urn:nelm-cds") -> list[Resource]:
    """The resources of one invented patient, the Patient first.

    Raises:
        KeyError: no such patient.
    """
    writer, _ = PATIENTS[id_]
    return writer(today, f"{canonical_base}:codes").resources
