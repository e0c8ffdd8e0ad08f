"""Draft orders as real CDS clients send them, and the orders we write ourselves."""

from pathlib import Path
from typing import Any

import pytest

from fhir_mappings.order_mapping import load_order_mapping
from fhir_mappings.orders import DraftOrder, order_code, read_order, read_orders

MAPPING = load_order_mapping()
LOINC = "http://loinc.org"
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
ATC = "http://www.whocc.no/atc"
HCPCS = "http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"
OURS = "urn:nelm-cds:codes"
LIVER = {"coding": [{"system": SNOMED, "code": "10200004"}]}


def concept(system: str, code: str, text: str | None = None) -> dict[str, Any]:
    coded = {"coding": [{"system": system, "code": code}]}
    return {**coded, "text": text} if text else coded


def procedure(code: Any, **more: Any) -> dict[str, Any]:
    return {"resourceType": "ServiceRequest", "id": "s1", "status": "draft", "code": code, **more}


def drug(medication: Any, id_: str = "m1", **more: Any) -> dict[str, Any]:
    head = {"resourceType": "MedicationRequest", "id": id_, "status": "draft"}
    return {**head, "medicationCodeableConcept": medication, **more}


def drafts(*resources: Any) -> dict[str, Any]:
    return {"resourceType": "Bundle", "entry": [{"resource": one} for one in resources]}


def sole(resource: Any) -> DraftOrder:
    (found,) = read_orders(drafts(resource), MAPPING)
    return found


@pytest.mark.parametrize(
    ("system", "code", "order"),
    [
        (SNOMED, "71273005", "hepatectomy"),
        (SNOMED, "307616002", "hepatectomy"),
        (SNOMED, "609232008", "ablation"),
        (SNOMED, "314617008", "tace"),
        (SNOMED, "764677008", "tare"),
        (SNOMED, "18027006", "liver_transplant"),
        (SNOMED, "764695006", "dotatate_pet"),
        (SNOMED, "764277001", "octreoscan"),
        (LOINC, "39828-9", "octreoscan"),
        (LOINC, "30670-4", "liver_mri"),
        (LOINC, "72252-0", "cross_sectional_imaging"),
        (LOINC, "88944-4", "maa_scan"),
        (LOINC, "9811-1", "tumor_markers"),
        (LOINC, "33762-6", "nt_probnp"),
        (LOINC, "59281-6", "echocardiogram"),
        (HCPCS, "A9513", "prrt"),
        (HCPCS, "J2353", "ssa"),
        (OURS, "debulking", "debulking"),
        (OURS, "pathology_review", "pathology_review"),
    ],
)
def test_a_procedure_code_stands_for_its_order(system: str, code: str, order: str) -> None:
    found = sole(procedure(concept(system, code)))
    assert (found.order, found.code) == (order, f"{system}|{code}")


@pytest.mark.parametrize(
    ("system", "code", "order"),
    [
        (RXNORM, "7617", "ssa"),
        (RXNORM, "845512", "everolimus"),
        (ATC, "L01EG02", "everolimus"),
        (RXNORM, "357977", "sunitinib"),
        (ATC, "L01EX07", "cabozantinib"),
        (RXNORM, "1999687", "prrt"),
        (RXNORM, "10114", "streptozocin_based"),
        (RXNORM, "5880", "interferon"),
        (ATC, "L01FG01", "bevacizumab"),
    ],
)
def test_a_drug_code_stands_for_its_order(system: str, code: str, order: str) -> None:
    assert sole(drug(concept(system, code))).order == order


@pytest.mark.parametrize(
    ("system", "code", "why"),
    [
        (ATC, "L04AH02", "everolimus after a transplant"),
        (HCPCS, "J2354", "short-acting octreotide"),
        (SNOMED, "448288001", "any radionuclide therapy"),
        (SNOMED, "441525007", "chemoembolization of no stated place"),
        (SNOMED, "16736007", "embolization of no stated place"),
        (SNOMED, "395096001", "radiotherapy of no stated place"),
        (SNOMED, "367336001", "some chemotherapy"),
        (LOINC, "718-7", "a routine lab"),
        (RXNORM, "37776", "one drug of a regimen"),
        ("http://example.org", "71273005", "a code of another system"),
    ],
)
def test_what_is_not_clearly_one_of_ours_stands_for_nothing(
    system: str, code: str, why: str
) -> None:
    assert sole(procedure(concept(system, code))).order is None, why
    assert sole(drug(concept(system, code))).order is None, why


@pytest.mark.parametrize(
    "place",
    [
        {"bodySite": [LIVER]},
        {"bodySite": LIVER},
        {"bodySite": [{"text": "Right hepatic artery"}]},
        {"reasonCode": [concept("http://hl7.org/fhir/sid/icd-10-cm", "C78.7")]},
        {"reasonCode": [{"text": "Liver metastases"}]},
    ],
)
@pytest.mark.parametrize(
    ("code", "order"), [("441525007", "tace"), ("57238002", "tae"), ("395096001", "sbrt")]
)
def test_a_hepatic_place_or_reason_settles_an_embolization(
    place: dict[str, Any], code: str, order: str
) -> None:
    assert sole(procedure(concept(SNOMED, code), **place)).order == order


def test_another_place_settles_nothing() -> None:
    uterus = {"bodySite": [{"text": "Uterine artery"}]}
    assert sole(procedure(concept(SNOMED, "441525007"), **uterus)).order is None


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("TACE", "tace"),
        ("  deb-tace ", "deb_tace"),
        ("Liver  Resection", "hepatectomy"),
        ("Ga-68 DOTATATE PET/CT", "dotatate_pet"),
        ("OctreoScan", "octreoscan"),
        ("PRRT", "prrt"),
        ("no TACE planned", None),
        ("history of hepatectomy", None),
        ("", None),
    ],
)
def test_only_a_whole_text_counts(text: str, order: str | None) -> None:
    assert sole(procedure({"text": text})).order == order


@pytest.mark.parametrize(
    ("text", "order"),
    [
        ("everolimus 10 MG Oral Tablet [Afinitor]", "everolimus"),
        ("Sandostatin LAR 30 mg", "ssa"),
        ("lanreotide acetate 120 mg/0.5 mL prefilled syringe", "ssa"),
        ("SUNITINIB", "sunitinib"),
        ("25 ML lutetium Lu 177 dotatate 10 MCI/ML Injection [Lutathera]", None),
        ("Lutathera", "prrt"),
        ("everolimus allergy test", None),
        ("everolimus or sunitinib", None),
    ],
)
def test_a_drug_is_known_by_its_name_with_or_without_strength(text: str, order: str | None) -> None:
    assert sole(drug({"text": text})).order == order


def test_two_drugs_of_a_regimen_stand_for_it_together() -> None:
    bundle = drafts(
        drug({"text": "capecitabine 500 MG Oral Tablet"}, "m1"),
        drug(concept(RXNORM, "37776"), "m2"),
        drug(concept(RXNORM, "4179"), "m3"),
    )
    assert [one.order for one in read_orders(bundle, MAPPING)] == ["captem", "captem", None]


def test_either_platinum_completes_its_regimen() -> None:
    bundle = drafts(drug({"text": "carboplatin"}, "m1"), drug({"text": "etoposide"}, "m2"))
    orders = {one.order for one in read_orders(bundle, MAPPING)}
    assert orders == {"platinum_etoposide"}


def test_a_drug_not_to_be_given_completes_no_regimen_and_is_no_order() -> None:
    bundle = drafts(
        drug({"text": "capecitabine"}, "m1"),
        drug({"text": "temozolomide"}, "m2", doNotPerform=True),
        drug({"text": "everolimus"}, "m3", doNotPerform=True),
    )
    assert [one.order for one in read_orders(bundle, MAPPING)] == [None, None, None]


@pytest.mark.parametrize(
    ("pointer", "beside"),
    [
        ("#m", []),
        ("Medication/m", [{"resourceType": "Medication", "id": "m"}]),
        ("urn:uuid:5", [{"resourceType": "Medication", "fullUrl": "urn:uuid:5"}]),
    ],
)
def test_a_medication_is_found_contained_or_in_the_bundle(
    pointer: str, beside: list[dict[str, Any]]
) -> None:
    code = {"code": concept(RXNORM, "141704")}
    order: dict[str, Any] = {"resourceType": "MedicationRequest", "id": "m1"}
    order["medicationReference"] = {"reference": pointer}
    order["contained"] = [{"resourceType": "Medication", "id": "m", **code}]
    if beside:
        del order["contained"]
    entries: list[Any] = [{"resource": order}]
    for one in beside:
        full_url = one.pop("fullUrl", None)
        entries.append({"resource": {**one, **code}, "fullUrl": full_url})
    (found,) = read_orders({"entry": entries}, MAPPING)
    assert found.order == "everolimus"


def test_a_medication_is_known_by_its_ingredient_or_the_display_of_its_reference() -> None:
    ingredient = {"itemCodeableConcept": concept(RXNORM, "357977")}
    medication = {"resourceType": "Medication", "id": "m", "ingredient": [ingredient]}
    order = {"resourceType": "MedicationRequest", "medicationReference": {"reference": "#m"}}
    assert sole({**order, "contained": [medication]}).order == "sunitinib"
    shown = {"reference": "Medication/elsewhere", "display": "Afinitor 10 mg"}
    assert sole({**order, "medicationReference": shown}).order == "everolimus"


@pytest.mark.parametrize(
    "pointer", [{"reference": "Medication/elsewhere"}, {"reference": 5}, {"reference": "#m"}, None]
)
def test_a_medication_that_is_not_at_hand_stands_for_nothing(pointer: Any) -> None:
    other = {"resourceType": "Medication", "id": "m", "code": {"text": "aspirin"}}
    order = {"resourceType": "MedicationRequest", "contained": [other]}
    assert sole({**order, "medicationReference": pointer}).order is None


def test_a_finer_text_wins_over_a_coarser_code_and_no_other_does() -> None:
    beads = concept(SNOMED, "314617008", "DEB-TACE")
    assert sole(procedure(beads)).order == "deb_tace"
    contradiction = concept(SNOMED, "314617008", "liver resection")
    assert sole(procedure(contradiction)).order == "tace"


def test_our_own_code_wins_over_all_others() -> None:
    coding = [{"system": SNOMED, "code": "71273005"}, {"system": OURS, "code": "debulking"}]
    assert sole(procedure({"coding": coding})).order == "debulking"


def test_the_orders_of_real_clients_are_read_without_failing() -> None:
    sandbox = procedure({"coding": [{}]}, reasonCode=[], intent="plan")
    epic = drug(concept(RXNORM, "141704"), category={"coding": [{"code": "outpatient"}]})
    found = read_orders(drafts(sandbox, epic, {"resourceType": "NutritionOrder"}), MAPPING)
    assert [(one.reference, one.order) for one in found] == [
        ("ServiceRequest/s1", None),
        ("MedicationRequest/m1", "everolimus"),
    ]


@pytest.mark.parametrize(
    "bundle",
    [None, [], "x", {}, {"entry": {}}, {"entry": [None, {"resource": 5}, {"resource": {}}]}],
)
def test_what_is_no_bundle_holds_no_orders(bundle: Any) -> None:
    assert read_orders(bundle, MAPPING) == []


@pytest.mark.parametrize(
    "odd",
    [
        {"code": []},
        {"code": "TACE"},
        {"code": {"coding": {"system": SNOMED, "code": "71273005"}}},
        {"code": {"coding": [{"system": 5, "code": None, "display": 3}]}, "id": 4},
        {"bodySite": [None, 5]},
    ],
)
def test_odd_shapes_never_fail(odd: dict[str, Any]) -> None:
    assert sole({"resourceType": "ServiceRequest", **odd}).resource_type == "ServiceRequest"


def test_an_order_without_id_is_known_by_the_address_of_its_entry() -> None:
    order = {"resourceType": "ServiceRequest", "code": {"text": "TACE"}}
    (found,) = read_orders({"entry": [{"fullUrl": "urn:uuid:1", "resource": order}]}, MAPPING)
    assert found.reference == "urn:uuid:1"


def test_one_order_may_be_read_by_itself_or_beside_a_bundle() -> None:
    partner = drug({"text": "temozolomide"}, "m2")
    order = drug({"text": "capecitabine"}, "m1")
    alone, beside = (read_order(order, MAPPING, one) for one in (None, drafts(partner)))
    assert alone is not None
    assert beside is not None
    assert (alone.order, beside.order) == (None, "captem")
    assert read_order({"resourceType": "Patient"}, MAPPING) is None


@pytest.mark.parametrize("order", sorted(MAPPING.sent))
def test_what_we_write_we_read_back(order: str) -> None:
    kind, code = order_code(order, MAPPING)
    element = "code" if kind == "ServiceRequest" else "medicationCodeableConcept"
    assert sole({"resourceType": kind, "id": "x", element: code}).order == order


def test_our_code_system_follows_the_canonical_base() -> None:
    mapping = load_order_mapping("https://hospital.example/nelm")
    _, code = order_code("captem", mapping)
    assert code["coding"][0]["system"] == "https://hospital.example/nelm:codes"


def test_a_mapping_in_which_two_orders_claim_a_code_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "orders.yaml"
    one = '{kind: ServiceRequest, display: x, codes: {s: ["1"]}}'
    file.write_text(
        f"version: 1\nsystems: {{s: urn:s}}\nliver: {{}}\ndrugs: {{}}\n"
        f"orders: {{a: {one}, b: {one}}}\n"
    )
    with pytest.raises(ValueError, match="stands for a and for b"):
        load_order_mapping(path=file)


def test_a_single_drug_names_the_options_whose_regimen_holds_it() -> None:
    found = sole(drug({"text": "capecitabine 500 MG Oral Tablet"}))
    assert found.order is None
    assert (found.drug, found.part_of) == ("capecitabine", ("captem", "oxaliplatin_based"))
    assert sole(drug({"text": "everolimus"})).part_of == ()
