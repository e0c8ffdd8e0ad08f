"""The main job, end to end: results written to HAPI become an assessment, and that a card."""

from dataclasses import dataclass
from typing import Any

import pytest

from fhir_mappings.fhir_models import validate
from fhir_mappings.subscriptions import SUBSCRIBED_TYPES
from tests.journeys import patients
from tests.journeys.cards import careplans, draft_tace, missing, words
from tests.journeys.hospital import Hospital, Resource
from tests.journeys.stacks import Stack
from tests.real_parts import until

pytestmark = pytest.mark.real


@dataclass
class Written:
    """A patient with what the hospital wrote about it, by a word of ours."""

    patient: Resource
    record: dict[str, Resource]

    @property
    def id(self) -> str:
        return str(self.patient["id"])


@pytest.fixture(scope="module")
def hospital_coded(stack: Stack, hospital: Hospital) -> Written:
    return Written(*patients.coded_as_hospitals_do(hospital))


@pytest.fixture(scope="module")
def ours_coded(stack: Stack, hospital: Hospital) -> Written:
    return Written(*patients.coded_with_our_codes_too(hospital))


def assessed(stack: Stack, written: Written, *facts: str) -> dict[str, Any]:
    """The stored assessment, once it knows these facts."""

    def known() -> dict[str, Any] | None:
        document = stack.assessment(written.id)
        return document if document and set(facts) <= document["facts"].keys() else None

    programs = list(stack.programs.values())
    return until(known, f"an assessment with {', '.join(facts)}", 60, 0.2, programs)


def value_of(stack: Stack, written: Written, fact: str) -> Any:
    return assessed(stack, written, fact)["facts"][fact]["value"]


_FACTS_BY_STANDARD_CODES = (
    "has_neuroendocrine_tumor",
    "has_liver_metastases",
    "primary_site",
    "functional_syndrome",
    "ki67_metastasis_percent",
    "differentiation",
    "liver_lesion_count",
    "largest_liver_lesion_mm",
    "bilobar",
    "portal_vein",
    "extrahepatic_disease",
    "ecog",
    "bilirubin_mg_dl",
    "albumin_g_dl",
    "inr",
    "platelets_10e9_l",
    "hemoglobin_g_dl",
    "leukocytes_10e9_l",
    "egfr_ml_min_1_73m2",
    "chromogranin_a_ng_ml",
    "treatment_history",
    "recist_status",
    "primary_status",
    "age_years",
    "sex",
)
_ONLY_OUR_CODES_SAY = (
    "liver_tumor_burden_percent",
    "krenning_score",
    "lung_shunt_percent",
    "future_liver_remnant_percent",
)
# The same in the words of the card.
_WHAT_ONLY_OUR_CODES_SAY = ("burden", "krenning", "lung shunt", "remnant")


def test_every_subscription_we_ask_for_becomes_active(stack: Stack, hospital: Hospital) -> None:
    endpoint = f"{stack.url}/notifications/{stack.connection}"

    def all_active() -> bool:
        held = hospital.subscriptions(endpoint)
        active = {one["criteria"].rstrip("?") for one in held if one["status"] == "active"}
        return active == set(SUBSCRIBED_TYPES) and len(held) == len(SUBSCRIBED_TYPES)

    assert until(all_active, "all Subscriptions to be active", 30, 0.2)
    again = stack.run("subscribe", stack.connection)
    assert again.count("unchanged") == len(SUBSCRIBED_TYPES)


def test_what_a_hospital_writes_becomes_an_assessment(
    stack: Stack, hospital_coded: Written
) -> None:
    document = assessed(stack, hospital_coded, *_FACTS_BY_STANDARD_CODES)
    facts = document["facts"]
    assert facts["largest_liver_lesion_mm"]["value"] == 52
    assert facts["bilirubin_mg_dl"]["value"] == pytest.approx(0.7, abs=0.01)
    assert facts["hemoglobin_g_dl"]["value"] == pytest.approx(12.4)
    assert facts["portal_vein"]["value"] == "complete_thrombosis"
    assert facts["portal_vein"]["flags"] == ["by_text"]
    written = hospital_coded.record["ki67"]
    assert facts["ki67_metastasis_percent"]["source"] == f"Observation/{written['id']}"
    assert facts["ki67_metastasis_percent"]["version"] == written["meta"]["versionId"]
    staging = document["staging"]
    assert (staging["grade"], staging["liver_type"]) == ("G2", "III")
    assert document["strategy"] == "transarterial_first"
    assert not set(_ONLY_OUR_CODES_SAY) & facts.keys()


def test_card_names_what_standard_codes_cannot_say(stack: Stack, hospital_coded: Written) -> None:
    assessed(stack, hospital_coded, *_FACTS_BY_STANDARD_CODES)
    cards = stack.hook("nelm-patient-view", hospital_coded.id)
    assert cards
    assert "G2" in words(cards)
    for what in _WHAT_ONLY_OUR_CODES_SAY:
        assert what in missing(cards), words(cards)
    for card in cards:
        assert len(card["summary"]) < 140
        assert card["source"]["label"]


def test_patient_coded_with_our_codes_too_misses_nothing_of_these(
    stack: Stack, ours_coded: Written
) -> None:
    document = assessed(stack, ours_coded, *_FACTS_BY_STANDARD_CODES, *_ONLY_OUR_CODES_SAY)
    verdicts = {option["option"]: option for option in document["options"]}
    for option in ("tace", "tae", "tare", "prrt"):
        assert verdicts[option]["missing"] == [], option
        assert verdicts[option]["verdict"] in ("eligible", "conditional"), option
    cards = stack.hook("nelm-patient-view", ours_coded.id)
    for what in _WHAT_ONLY_OUR_CODES_SAY:
        assert what not in missing(cards), words(cards)


def test_deleting_an_observation_changes_the_card(
    stack: Stack, hospital: Hospital, hospital_coded: Written
) -> None:
    assessed(stack, hospital_coded, *_FACTS_BY_STANDARD_CODES)
    order = draft_tace(hospital_coded.id)
    before = stack.sign(hospital_coded.id, order)
    assert before[0]["indicator"] == "critical"
    assert "complete portal vein thrombosis" in before[0]["summary"]

    hospital.delete(hospital_coded.record["portal_vein"])

    def no_longer_critical() -> list[dict[str, Any]] | None:
        cards = stack.sign(hospital_coded.id, order)
        return None if any(card["indicator"] == "critical" for card in cards) else cards

    programs = list(stack.programs.values())
    after = until(no_longer_critical, "the critical card to go", 60, 0.2, programs)
    assert after, "silence would say that nothing is missing"
    assert "complete portal vein thrombosis" not in words(after)
    document = stack.assessment(hospital_coded.id)
    assert document is not None
    assert "portal_vein" not in document["facts"]


def test_second_notification_of_a_version_changes_nothing(
    stack: Stack, ours_coded: Written
) -> None:
    before = assessed(stack, ours_coded, *_FACTS_BY_STANDARD_CODES, *_ONLY_OUR_CODES_SAY)
    held = ours_coded.record["ki67"]
    for _ in range(3):
        answer = stack.notify(held)
        assert answer.status_code == 200
        assert answer.json()["resourceType"] == "Bundle"
    probe = ours_coded.record["ecog"] | {"valueInteger": 2}
    probe = probe | {"meta": {"versionId": "99", "lastUpdated": "2199-01-01T00:00:00Z"}}
    assert stack.notify(probe).status_code == 200
    until(
        lambda: value_of(stack, ours_coded, "ecog") == 2,
        "the later change to be assessed",
        30,
        0.1,
    )
    after = assessed(stack, ours_coded, "ecog")
    assert after["facts"]["ki67_metastasis_percent"] == before["facts"]["ki67_metastasis_percent"]


def test_older_version_never_overwrites_a_newer_one(
    stack: Stack, hospital: Hospital, ours_coded: Written
) -> None:
    first = ours_coded.record["albumin"]
    changed = {name: value for name, value in first.items() if name != "meta"}
    changed["valueQuantity"] = first["valueQuantity"] | {"value": 3.6}
    second = hospital.write(changed)
    until(
        lambda: (
            assessed(stack, ours_coded, "albumin_g_dl")["facts"]["albumin_g_dl"]["value"] == 3.6
        ),
        "the second version to count",
        60,
        0.2,
    )
    assert stack.notify(first).status_code == 200
    mark = ours_coded.record["inr"] | {"valueString": "1.2"}
    mark = mark | {"meta": {"versionId": "99", "lastUpdated": "2199-01-01T00:00:00Z"}}
    assert stack.notify(mark).status_code == 200
    until(
        lambda: value_of(stack, ours_coded, "inr") == 1.2,
        "what came after the old version",
        30,
        0.1,
    )
    albumin = assessed(stack, ours_coded, "albumin_g_dl")["facts"]["albumin_g_dl"]
    assert (albumin["value"], albumin["version"]) == (3.6, second["meta"]["versionId"])


def test_offered_careplan_is_valid_and_never_offered_twice(
    stack: Stack, hospital: Hospital, ours_coded: Written
) -> None:
    assessed(stack, ours_coded, *_FACTS_BY_STANDARD_CODES, *_ONLY_OUR_CODES_SAY)

    def offered() -> list[tuple[str, dict[str, Any]]]:
        return careplans(stack.hook("nelm-patient-view", ours_coded.id))

    ((kind, careplan),) = until(offered, "a card that offers a CarePlan", 30, 0.2)
    assert (kind, careplan["status"], careplan["intent"]) == ("create", "draft", "proposal")
    assert validate(careplan) == []
    assert hospital.complaints(careplan) == []
    hospital.write(careplan)  # a person accepted the suggestion; the client wrote it
    until(
        lambda: all(kind != "create" for kind, _ in offered()),
        "the card to know of the CarePlan",
        60,
        0.2,
    )


def test_patient_nobody_wrote_about_gets_no_card_and_no_error(
    stack: Stack, hospital: Hospital
) -> None:
    stranger = patients.newcomer(hospital, "Unremarkable")
    cards = stack.hook("nelm-patient-view", stranger["id"])
    assert not any(card["indicator"] == "critical" for card in cards)
    assert careplans(cards) == []


def test_logs_hold_no_patient_data_and_no_failure(stack: Stack, ours_coded: Written) -> None:
    logged = stack.everything_logged()
    assert "nelm-cds listens" in logged
    for name in (*patients.FAMILY_NAMES, "1964-03-09", "412.7", "thrombosis"):
        assert name not in logged
    assert "Traceback" not in logged
    assert '"level":"error"' not in logged.replace(" ", "").lower()
