"""Invented patients where the liver is not the first question, or no question at all."""

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
    worded,
)  # fmt: skip


def widespread(today: date, codes: str) -> Chart:
    """Untidy: pancreatic NET G2 with bone metastases and nodes that nobody can remove."""
    chart = Chart("nelm-05", "Karl Kunstfigur", "male", 56, today)
    chart.condition("net", coded(ICD10CM, "C25.4", "Malig neoplasm of endocrine pancreas"), 420)
    chart.condition("liver", coded(ICD10CM, "C78.7", "Sec malig neoplasm of liver"), 415)
    bone = coded(ICD10CM, "C79.51", "Secondary malignant neoplasm of bone")
    chart.condition("bone", bone, 120)
    chart.observation("ki67", worded("Ki-67 index"), 410, valueString="12 %")
    chart.observation("diff", worded("Differentiation"), 410, valueString="well differentiated")
    for fact, value in (
        ("extrahepatic_disease", "significant"),
        ("unresectable_nodes_or_extraabdominal", True),
        ("liver_lesion_count", 20),
        ("largest_liver_lesion_mm", 61),
        ("bilobar", True),
        ("liver_tumor_burden_percent", 55),
        ("reported_resectability", "unresectable"),
        ("primary_status", "in_situ"),
        ("krenning_score", 4),
        ("functional_syndrome", "none"),
        ("symptomatic", True),
    ):
        chart.stated(fact, value, 45, codes)
    chart.stated("sstr_modality", "ga68_pet", 45, codes)
    chart.observation("recist", worded("RECIST"), 45, valueString="progressive disease")
    chart.procedure("ct", coded(LOINC, "72254-6", "CT Chest, Abdomen and Pelvis W contrast"), 45)
    chart.observation("ecog", worded("ECOG"), 44, valueString="1")
    chart.medication("ssa", worded("Somatuline Depot 120 mg"), 400, status="active")
    chart.lab("bilirubin", "1975-2", "Bilirubin.total", 1.1, "mg/dL", 14)
    chart.lab("hemoglobin", "718-7", "Hemoglobin", 112, "g/L", 14)
    chart.lab("platelets", "26515-7", "Platelets", 164, "10*9/L", 14)
    chart.lab("egfr", "98979-8", "eGFR (CKD-EPI 2021)", 71, "mL/min/{1.73_m2}", 14)
    return chart


def high_ki67(today: date, codes: str) -> Chart:
    """Tidy: well-differentiated pancreatic NET G3 with a Ki-67 of 60 %."""
    chart = Chart("nelm-06", "Mara Modellova", "female", 45, today)
    net = coded(SNOMED, "735735001", "Primary malignant neuroendocrine neoplasm of pancreas")
    chart.condition("net", net, 50, onsetDateTime=chart.day(55))
    metastasis = coded(SNOMED, "94381002", "Secondary malignant neoplasm of liver")
    chart.condition("liver", metastasis, 48, onsetDateTime=chart.day(50))
    display = "Cells.Ki-67 nuclear Ag/cells in Tissue"
    chart.lab("ki67", "29593-1", display, 60, "%", 46, specimen={"display": "Liver biopsy"})
    well = coded(SNOMED, "373375007", "Well differentiated histological grade finding")
    chart.observation("diff", worded("Differentiation"), 46, valueCodeableConcept=well)
    for fact, value in (
        ("liver_lesion_count", 9),
        ("largest_liver_lesion_mm", 47),
        ("bilobar", True),
        ("extrahepatic_disease", "none"),
        ("reported_resectability", "unresectable"),
        ("primary_status", "in_situ"),
        ("functional_syndrome", "none"),
        ("pregnant", False),
        ("ecog", 0),
    ):
        chart.stated(fact, value, 40, codes)
    chart.procedure("mri", coded(LOINC, "30670-4", "MR Liver WO and W contrast IV"), 40)
    chart.lab("creatinine", "2160-0", "Creatinine", 0.8, "mg/dL", 20)
    return chart


def poorly_differentiated_carcinoma(today: date, codes: str) -> Chart:
    """Tidy: poorly differentiated neuroendocrine carcinoma."""
    chart = Chart("nelm-07", "Bruno Blaupause", "male", 70, today)
    nec = coded(ICD10CM, "C7A.1", "Malignant poorly differentiated neuroendocrine tumors")
    chart.condition("nec", nec, 40, onsetDateTime=chart.day(42))
    other = coded(ICD10CM, "C7B.8", "Other secondary neuroendocrine tumors")
    chart.condition("spread", other, 38)
    chart.condition("liver", coded(ICD10CM, "C78.7", "Sec malig neoplasm of liver"), 38)
    poor = coded(SNOMED, "373373000", "Poorly differentiated histological grade finding")
    chart.observation("diff", worded("Differentiation"), 39, valueCodeableConcept=poor)
    display = "Cells.Ki-67 nuclear Ag/cells in Tissue"
    chart.lab("ki67", "29593-1", display, 80, "%", 39)
    chart.stated("liver_lesion_count", 12, 35, codes)
    chart.stated("extrahepatic_disease", "significant", 35, codes)
    chart.stated("ecog", 2, 35, codes)
    chart.procedure("ct", coded(LOINC, "42274-1", "CT Abdomen and Pelvis WO and W contrast"), 35)
    chart.lab("creatinine", "14682-9", "Creatinine (molar)", 96, "umol/L", 10)
    return chart


def not_staged_yet(today: date, codes: str) -> Chart:
    """Untidy: two diagnoses, a few results, no Ki-67 and no grade on file."""
    chart = Chart("nelm-08", "Lena Luftschloss", "female", 63, today)
    ileum = coded(ICD10CM, "C7A.019", "Malignant carcinoid tumor of small intestine, unspecified")
    chart.condition("net", ileum, 21)
    chart.condition("liver", coded(ICD10CM, "C7B.02", "Sec carcinoid tumors of liver"), 20)
    doubt = coded(ICD10CM, "C7B.03", "Secondary carcinoid tumors of bone")
    chart.condition("bone", doubt, 18, verification="provisional")
    chart.lab("cga", "9811-1", "Chromogranin A", 890, "ng/mL", 15,
              referenceRange=[{"high": {"value": 100, "unit": "ng/mL"}}])  # fmt: skip
    # No unit: refused, and listed.
    chart.observation("5hiaa", coded(LOINC, "1695-6", "5-HIAA in 24 hour urine"), 15,
                      valueQuantity={"value": 41})  # fmt: skip
    text = "Several metastases in both lobes. Cannot exclude a lesion in L2. Ki-67 pending."
    chart.report("ct-report", worded("CT abdomen"), 19, text)
    chart.observation("count", worded("Number of liver lesions"), 19, bodySite=liver(),
                      valueString="innumerable")  # fmt: skip
    return chart


def colon_cancer(today: date, codes: str) -> Chart:
    """Liver metastases of another cancer: read once, staged never."""
    chart = Chart("nelm-11", "Greta Gegenprobe", "female", 59, today)
    chart.condition("colon", coded(ICD10CM, "C18.2", "Malignant neoplasm of ascending colon"), 300)
    chart.condition("liver", coded(ICD10CM, "C78.7", "Sec malig neoplasm of liver"), 200)
    chart.stated("liver_lesion_count", 3, 190, codes)
    chart.lab("bilirubin", "1975-2", "Bilirubin.total", 0.8, "mg/dL", 30)
    chart.medication("oxaliplatin", coded(RXNORM, "32592", "oxaliplatin"), 150, status="completed")
    return chart


def no_tumor(today: date, codes: str) -> Chart:
    """No sign of any tumor: known by id and version only."""
    chart = Chart("nelm-12", "Hugo Hypothese", "male", 52, today)
    chart.condition("pressure", coded(ICD10CM, "I10", "Essential (primary) hypertension"), 2000)
    chart.condition("diabetes", coded(ICD10CM, "E11.9", "Type 2 diabetes mellitus"), 1500)
    chart.lab("creatinine", "2160-0", "Creatinine", 1.0, "mg/dL", 60)
    chart.lab("hemoglobin", "718-7", "Hemoglobin", 14.8, "g/dL", 60)
    return chart
