"""Procedures: which treatments were given, and what they need to count."""

from datetime import date

import pytest

from fhir_mappings import treatments
from fhir_mappings.drafts import MODIFIED, NO_CODE, NO_RULE
from tests.fhir_mappings.resources import (
    ATC,
    SNOMED,
    coded,
    condition,
    facts,
    flags,
    history,
    observation,
    ours,
    procedure,
    reasons,
    request,
    stated,
    therapies,
)

HEPATIC = {"bodySite": [coded("10200004", SNOMED)]}
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"


@pytest.mark.parametrize(
    ("code", "therapy"),
    [
        ("71273005", "hepatectomy"),
        ("61326000", "hepatectomy"),
        ("18027006", "liver_transplant"),
        ("448781006", "ablation"),
        ("609232008", "ablation"),
        ("314617008", "tace"),
        ("764677008", "tare"),
        ("431743005", "prrt"),
    ],
)
def test_a_procedure_is_a_treatment_on_its_date(code: str, therapy: str) -> None:
    assert history(procedure(code)) == [(therapy, date(2025, 3, 1), date(2025, 3, 1))]


@pytest.mark.parametrize(
    ("code", "therapy"), [("441525007", "tace"), ("57238002", "tae"), ("395096001", "sbrt")]
)
def test_a_general_procedure_counts_only_with_a_hepatic_site(code: str, therapy: str) -> None:
    assert reasons(procedure(code)) == [treatments.NOT_HEPATIC]
    assert reasons(procedure(code, bodySite=[{"text": "Uterus"}])) == [treatments.NOT_HEPATIC]
    assert therapies(procedure(code, **HEPATIC)) == [therapy]


def test_words_tell_the_kind_of_embolization_that_the_code_does_not() -> None:
    assert therapies(procedure(coded("441525007", SNOMED, "DEB-TACE"), **HEPATIC)) == ["deb_tace"]
    assert therapies(procedure(coded("57238002", SNOMED, "TACE"), **HEPATIC)) == ["tace"]


def test_radionuclide_therapy_needs_its_ligand() -> None:
    assert reasons(procedure("399315003")) == [treatments.NO_LIGAND]
    assert therapies(procedure("399315003", usedCode=[coded("A9513", HCPCS)])) == ["prrt"]
    assert therapies(procedure("399315003", usedCode=[{"text": "Lu-177 DOTATATE"}])) == ["prrt"]


def test_psma_ligands_are_no_prrt_of_a_net() -> None:
    assert stated(procedure("1263784000")) == {}
    assert stated(procedure("399315003", usedCode=[{"text": "177Lu-PSMA-617"}])) == {}
    assert stated(request(coded("V10XX05", ATC))) == {}


@pytest.mark.parametrize(
    "status", ["preparation", "not-done", "on-hold", "entered-in-error", "unknown"]
)
def test_a_procedure_that_was_not_done_does_not_count(status: str) -> None:
    assert stated(procedure("71273005", status=status)) == {}
    assert len(reasons(procedure("71273005", status=status))) == 1


def test_a_stopped_procedure_counts_with_a_date_and_its_flag() -> None:
    stopped = procedure("71273005", status="stopped")
    assert flags(stopped, "therapy") == ("stopped",)
    del stopped["performedDateTime"]
    assert reasons(stopped) == [treatments.STOPPED_UNDATED]


def test_the_same_procedure_under_two_ids_is_one() -> None:
    assert therapies(procedure("764677008"), procedure("438415006")) == ["tare"]


def test_a_pancreatoduodenectomy_joins_bile_duct_and_bowel() -> None:
    assert facts(procedure("116241004"))["biliary_enteric_anastomosis"] is True


@pytest.mark.parametrize(
    ("code", "site", "expected"),
    [
        ("54357003", "C7A.012", "resected"),
        ("315321001", "C7A.012", "resected"),
        ("33149006", "C25.4", "resected"),
        ("33149006", "C7A.012", None),
    ],
)
def test_an_operation_on_the_organ_of_the_primary_resects_it(
    code: str, site: str, expected: str | None
) -> None:
    assert facts(condition(site), procedure(code)).get("primary_status") == expected


def test_a_stated_margin_is_kept_over_an_operation() -> None:
    margin = observation("84892-9", {"valueString": "R0"})
    found = facts(condition("C7A.012"), procedure("54357003"), margin)
    assert found["primary_status"] == "resected_r0"


def test_an_older_in_situ_gives_way_to_the_operation() -> None:
    in_situ = ours("primary_status", {"valueString": "in situ"}, effectiveDateTime="2025-01-01")
    found = facts(condition("C7A.012"), in_situ, procedure("54357003"))
    assert found["primary_status"] == "resected"


def test_chemotherapy_counts_by_the_name_of_its_regimen() -> None:
    assert therapies(procedure(coded("367336001", SNOMED, "CAPTEM"))) == ["captem"]
    assert reasons(procedure(coded("367336001", SNOMED, "chemo"))) == [treatments.NO_REGIMEN]


def test_a_modified_procedure_is_not_read() -> None:
    assert reasons(procedure("71273005", modifierExtension=[{"url": "x"}])) == [MODIFIED]


def test_a_procedure_without_code_or_with_an_unknown_one_is_listed() -> None:
    assert reasons(procedure({})) == [NO_CODE]
    assert reasons(procedure("80146002")) == [NO_RULE]
