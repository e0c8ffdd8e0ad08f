"""Invented patients whose liver metastases are few enough, or were, to be treated in the liver."""

from __future__ import annotations

from datetime import date

from nelm_cds.sample_ehr.charts import (
    ICD10CM,
    LOINC,
    RXNORM,
    SNOMED,
    Chart,
    coded,
    liver,
    segment,
    worded,
)  # fmt: skip


def _liver_panel(chart: Chart, days_ago: int) -> None:
    chart.lab("bilirubin", "1975-2", "Bilirubin.total", 0.7, "mg/dL", days_ago)
    chart.lab("albumin", "1751-7", "Albumin", 4.1, "g/dL", days_ago)
    chart.lab("inr", "6301-6", "INR", 1.0, "{INR}", days_ago)
    chart.lab("platelets", "777-3", "Platelets", 231, "10*3/uL", days_ago)
    chart.lab("hemoglobin", "718-7", "Hemoglobin", 13.2, "g/dL", days_ago)
    chart.lab("leukocytes", "6690-2", "Leukocytes", 6.1, "10*3/uL", days_ago)
    chart.lab("creatinine", "2160-0", "Creatinine", 0.9, "mg/dL", days_ago)
    chart.lab("egfr", "98979-8", "eGFR (CKD-EPI 2021)", 84, "mL/min/{1.73_m2}", days_ago)


def _ki67(chart: Chart, percent: float, days_ago: int, **more: object) -> None:
    display = "Cells.Ki-67 nuclear Ag/cells in Tissue"
    chart.lab("ki67", "29593-1", display, percent, "%", days_ago, **more)


def solitary_resectable(today: date, codes: str) -> Chart:
    """Tidy: ileal NET G1, primary resected R0, two metastases of one lobe, resectable."""
    chart = Chart("nelm-01", "Iris Inventa", "female", 54, today)
    ileum = coded(ICD10CM, "C7A.012", "Malignant carcinoid tumor of the ileum")
    chart.condition("net", ileum, 130, onsetDateTime=chart.day(140))
    metastasis = coded(ICD10CM, "C7B.02", "Secondary carcinoid tumors of liver")
    chart.condition("liver", metastasis, 60, onsetDateTime=chart.day(62))
    chart.procedure("ileum", coded(SNOMED, "307193005", "Resection of terminal ileum"), 120)
    chart.stated("primary_status", "resected_r0", 118, codes)
    _ki67(chart, 2, 118)
    well = coded(SNOMED, "373375007", "Well differentiated histological grade finding")
    chart.observation("diff", worded("Differentiation"), 118, valueCodeableConcept=well)
    chart.lesion(1, 32, segment("277961009", "VII"), 25)
    chart.lesion(2, 18, segment("277960005", "VI"), 25)
    mri = coded(LOINC, "30670-4", "MR Liver WO and W contrast IV")
    chart.procedure("mri", mri, 25)
    text = "Two metastases in segments VI and VII, the largest 32 mm. No new lesion elsewhere."
    chart.report("mri-report", mri, 25, text)
    for fact, value in (
        ("reported_resectability", "r0"),
        ("future_liver_remnant_percent", 48),
        ("remnant_contiguous_segments", 4),
        ("liver_tumor_burden_percent", 6),
        ("extrahepatic_disease", "none"),
        ("peritoneal_carcinomatosis", "none"),
        ("functional_syndrome", "none"),
        ("symptomatic", False),
        ("portal_vein", "patent"),
        ("right_heart_failure", False),
        ("krenning_score", 3),
        ("sstr_modality", "ga68_pet"),
        ("ascites", "none"),
        ("encephalopathy", "none"),
    ):
        chart.stated(fact, value, 20, codes)
    chart.lab("ecog", "89247-1", "ECOG Performance Status score", 0, "{score}", 20)
    normal = [{"high": {"value": 100, "unit": "ng/mL"}}]
    course = ((310, 20), (254, 62), (196, 118), (402, 150))
    for number, (value, days_ago) in enumerate(course):
        key = f"cga-{number}" if number else "cga"
        chart.lab(key, "9811-1", "Chromogranin A", value, "ng/mL", days_ago, referenceRange=normal)
    _liver_panel(chart, 12)
    return chart


def carcinoid_debulking(today: date, codes: str) -> Chart:
    """Untidy: ileal NET G2 with carcinoid syndrome; most of the burden can be removed."""
    chart = Chart("nelm-02", "Olaf Musterfall", "male", 61, today)
    small_bowel = coded(ICD10CM, "C7A.012", "Malignant carcinoid tumor of the ileum")
    chart.condition("net", small_bowel, 500, onsetDateTime=chart.month(500))
    chart.condition("liver", coded(ICD10CM, "C78.7", "Sec malig neoplasm of liver"), 480)
    syndrome = coded(ICD10CM, "E34.00", "Carcinoid syndrome, unspecified")
    chart.condition("syndrome", syndrome, 300, verification=None)
    chart.observation(
        "ki67", worded("Ki-67"), 470, valueString="8 %", specimen={"display": "Liver"}
    )
    chart.observation("grade", worded("WHO grade"), 470, valueString="Grade 2")
    chart.observation("diff", worded("Differentiation"), 470, valueString="well differentiated")
    chart.stated("primary_status", "resected_r1", 460, codes)
    chart.observation("count", worded("Number of liver lesions"), 40, bodySite=liver(),
                      valueInteger=7)  # fmt: skip
    largest = {"value": 6.4, "unit": "cm"}
    chart.observation("largest", worded("Largest liver lesion"), 40, valueQuantity=largest,
                      bodySite=liver())  # fmt: skip
    burden = {"value": 35, "unit": "%"}
    chart.observation("burden", worded("Liver tumor burden"), 40, valueQuantity=burden)
    chart.procedure("ct", worded("CT abdomen with contrast"), 40)
    for fact, value in (
        ("bilobar", True),
        ("reported_resectability", "debulkable"),
        ("resectable_percent", 85),
        ("future_liver_remnant_percent", 36),
        ("remnant_contiguous_segments", 3),
        ("extrahepatic_disease", "none"),
        ("symptomatic", True),
        ("symptoms_controlled_on_ssa", False),
        ("krenning_score", 4),
        ("sstr_modality", "ga68_pet"),
        ("right_heart_failure", False),
        ("peritoneal_carcinomatosis", "none"),
    ):
        chart.stated(fact, value, 35, codes)
    chart.observation("ecog", worded("ECOG"), 35, valueString="ECOG 1")
    chart.medication("ssa", worded("Sandostatin LAR"), 290)
    # A molar unit, a count per microliter, a unit as prose, a number as text, a cancelled twin.
    chart.lab("bilirubin", "14631-6", "Bilirubin (molar)", 14, "umol/L", 9)
    platelets = {"value": 184000, "unit": "/uL"}
    chart.observation("platelets", coded(LOINC, "777-3", "Platelets"), 9, valueQuantity=platelets)
    albumin = {"value": 39, "unit": "g/L"}
    chart.observation("albumin", worded("Serum albumin"), 9, valueQuantity=albumin,
                      category={"coding": [{"code": "laboratory"}]})  # fmt: skip
    chart.observation("inr", worded("INR"), 9, valueString="1.1")
    chart.observation("albumin-2", worded("Serum albumin"), 8, status="cancelled",
                      valueQuantity={"value": 12, "unit": "g/L"})  # fmt: skip
    for number, (value, days_ago) in enumerate(((310, 30), (205, 150), (170, 260), (420, 300))):
        key = f"5hiaa-{number}" if number else "5hiaa"
        display = "5-HIAA in 24 hour urine (molar)"
        chart.lab(key, "14573-0", display, value, "umol/(24.h)", days_ago)
    return chart


def few_unresectable(today: date, codes: str) -> Chart:
    """Tidy: rectal NET G2, two small deep metastases that surgery cannot remove."""
    chart = Chart("nelm-03", "Petra Beispiel", "female", 73, today)
    rectum = coded(ICD10CM, "C7A.026", "Malignant carcinoid tumor of the rectum")
    chart.condition("net", rectum, 900, onsetDateTime=chart.day(905))
    metastasis = coded(SNOMED, "94381002", "Secondary malignant neoplasm of liver")
    chart.condition("liver", metastasis, 200, onsetDateTime=chart.day(205))
    chart.stated("primary_status", "resected_r0", 880, codes)
    _ki67(chart, 9, 195, specimen={"display": "Liver biopsy"})
    chart.stated("differentiation", "well", 195, codes)
    chart.lesion(1, 24, segment("277958008", "IV"), 30)
    chart.lesion(2, 17, segment("277962002", "VIII"), 30)
    chart.procedure("mri", coded(LOINC, "36231-9", "MR Liver W contrast IV"), 30)
    for fact, value in (
        ("reported_resectability", "unresectable"),
        ("liver_tumor_burden_percent", 4),
        ("extrahepatic_disease", "none"),
        ("hilar_or_bile_duct_proximity", False),
        ("large_vessel_proximity", True),
        ("functional_syndrome", "none"),
        ("symptomatic", False),
        ("krenning_score", 3),
        ("sstr_modality", "ga68_pet"),
        ("portal_vein", "patent"),
        ("ecog", 1),
    ):
        chart.stated(fact, value, 25, codes)
    response = coded(LOINC, "LA28370-7", "Progressive disease")
    chart.observation("recist", coded(LOINC, "97509-4", "Cancer Disease Progression"), 30,
                      valueCodeableConcept=response)  # fmt: skip
    _liver_panel(chart, 15)
    return chart


def multifocal_portal_vein(today: date, codes: str) -> Chart:
    """Tidy, for the demo's order check: TACE is contraindicated by a thrombosed portal vein."""
    chart = Chart("nelm-04", "Ada Fictiva", "female", 58, today)
    ileum = coded(ICD10CM, "C7A.012", "Malignant carcinoid tumor of the ileum")
    chart.condition("net", ileum, 760, onsetDateTime=chart.day(765))
    metastasis = coded(ICD10CM, "C7B.02", "Secondary carcinoid tumors of liver")
    chart.condition("liver", metastasis, 750, onsetDateTime=chart.day(755))
    syndrome = coded(SNOMED, "35868009", "Carcinoid syndrome (disorder)")
    chart.condition("syndrome", syndrome, 400, onsetDateTime=chart.month(400))
    _ki67(chart, 8, 740, specimen={"display": "Liver biopsy"})
    chart.stated("differentiation", "well", 740, codes)
    for fact, value in (
        ("primary_status", "resected"),
        ("liver_lesion_count", 16),
        ("largest_liver_lesion_mm", 54),
        ("bilobar", True),
        ("liver_tumor_burden_percent", 40),
        ("reported_resectability", "unresectable"),
        ("extrahepatic_disease", "none"),
        ("portal_vein", "complete_thrombosis"),
        ("symptomatic", True),
        ("symptoms_controlled_on_ssa", False),
        ("krenning_score", 4),
        ("sstr_modality", "ga68_pet"),
        ("ecog", 1),
        ("right_heart_failure", False),
        ("ascites", "none"),
        ("encephalopathy", "none"),
    ):
        chart.stated(fact, value, 28, codes)
    response = coded(LOINC, "LA28370-7", "Progressive disease")
    chart.observation("recist", coded(LOINC, "97509-4", "Cancer Disease Progression"), 28,
                      valueCodeableConcept=response)  # fmt: skip
    ct = coded(LOINC, "72252-0", "CT Chest and Abdomen and Pelvis WO and W contrast IV")
    chart.procedure("ct", ct, 28)
    chart.report("ct-report", ct, 28, "Main portal vein completely thrombosed. Ascites: none.")
    chart.medication("ssa", coded(RXNORM, "68092", "lanreotide"), 390)
    _liver_panel(chart, 10)
    for days_ago, lesions, largest, burden in ((395, 12, 46, 28), (210, 13, 44, 30)):
        before = f"-{days_ago}"
        chart.stated("liver_lesion_count", lesions, days_ago, codes, before)
        chart.stated("largest_liver_lesion_mm", largest, days_ago, codes, before)
        chart.stated("liver_tumor_burden_percent", burden, days_ago, codes, before)
    normal = [{"high": {"value": 9, "unit": "mg/(24.h)"}}]
    for days_ago, value in ((400, 96), (300, 41), (200, 38), (95, 57), (10, 83)):
        chart.lab(f"5hiaa-{days_ago}", "1695-6", "5-HIAA in 24 hour urine", value, "mg/(24.h)",
                  days_ago, referenceRange=normal)  # fmt: skip
    return chart


def hepatectomy_follow_up(today: date, codes: str) -> Chart:
    """Untidy: pancreatic NET after hepatectomy; nothing left in the liver, markers overdue."""
    chart = Chart("nelm-09", "Emil Erdacht", "male", 49, today)
    chart.condition("net", coded(ICD10CM, "C25.4", "Malig neoplasm of endocrine pancreas"), 800)
    net = coded(SNOMED, "735735001", "Primary malignant neuroendocrine neoplasm of pancreas")
    chart.condition("net-2", net, 795, onsetDateTime=chart.month(800))
    chart.condition("liver", worded("Liver metastases"), 700, clinical="inactive")
    metastasis = coded(ICD10CM, "C7B.02", "Secondary carcinoid tumors of liver")
    chart.condition("liver-2", metastasis, 700, clinical="remission")
    chart.procedure("pancreas", coded(SNOMED, "33149006", "Pancreatectomy"), 690)
    chart.procedure("liver-op", coded(SNOMED, "71273005", "Partial hepatectomy"), 420)
    _ki67(chart, 6, 415, specimen={"display": "Liver"})
    chart.observation("diff", worded("Differentiation"), 415, valueString="well differentiated")
    chart.stated("primary_status", "resected_r0", 680, codes)
    chart.stated("liver_lesion_count", 0, 50, codes)
    chart.stated("extrahepatic_disease", "none", 50, codes)
    chart.stated("functional_syndrome", "none", 50, codes)
    chart.stated("symptomatic", False, 50, codes)
    chart.procedure("mri", worded("MRI liver"), 50)
    chart.lab("ecog", "89247-1", "ECOG Performance Status score", 0, "{score}", 50)
    normal = [{"high": {"value": 100, "unit": "ug/L"}}]
    for key, value, days_ago in (("cga", 62, 430), ("cga-1", 655, 470), ("cga-2", 480, 705)):
        chart.lab(key, "9811-1", "Chromogranin A", value, "ug/L", days_ago, referenceRange=normal)
    return chart


def waits_for_surgical_review(today: date, codes: str) -> Chart:
    """Untidy: jejunal NET G2 with four metastases; no surgeon has seen the images."""
    chart = Chart("nelm-10", "Nora Phantasie", "female", 67, today)
    jejunum = coded(ICD10CM, "C7A.011", "Malignant carcinoid tumor of the jejunum")
    chart.condition("net", jejunum, 320, onsetDateTime=chart.month(325))
    chart.condition("liver", coded(ICD10CM, "C7B.02", "Sec carcinoid tumors of liver"), 60)
    # A colleague's question that was answered: it must never count.
    bone = coded(ICD10CM, "C7B.03", "Secondary carcinoid tumors of bone")
    chart.condition("bone", bone, 55, verification="refuted")
    chart.observation("ki67", worded("Ki67"), 300, valueString="5")
    chart.observation("ki67-2", worded("Ki-67"), 298, valueString="5-10 %",
                      status="entered-in-error")  # fmt: skip
    chart.lab("ki67-3", "29593-1", "Cells.Ki-67 nuclear Ag/cells in Tissue", 5, "%", 297)
    chart.stated("differentiation", "well", 297, codes)
    chart.stated("primary_status", "in_situ", 60, codes)
    chart.stated("primary_resectable", True, 60, codes)
    chart.observation("count", coded(SNOMED, "246206008", "Number of lesions"), 58,
                      bodySite=liver(), valueInteger=4)  # fmt: skip
    chart.stated("bilobar", True, 58, codes)
    chart.stated("largest_liver_lesion_mm", 41, 58, codes)
    chart.stated("extrahepatic_disease", "none", 58, codes)
    chart.procedure("ct", coded(SNOMED, "241549007", "Computed tomography of liver"), 58)
    chart.observation("ecog", worded("ECOG PS"), 58, valueInteger=1)
    hemoglobin = {"value": 7.8, "unit": "mmol/L"}
    chart.observation("hb", coded(LOINC, "59260-0", "Hemoglobin (molar)"), 20,
                      valueQuantity=hemoglobin)  # fmt: skip
    absent = {"coding": [{"code": "unknown"}]}
    chart.observation("cga", worded("Chromogranin A"), 20, dataAbsentReason=absent)
    return chart
