"""What every EHR promises, asked of the one in memory and of a real server over loopback HTTP."""

import uuid
from typing import Any

import msgspec
import pytest

from ehr.errors import EhrConflict, EhrRefused, ResourceGone
from ehr.interface import Ehr
from fhir_mappings.fhir_models import validate


def observation(patient: str, **more: Any) -> dict[str, Any]:
    return {"resourceType": "Observation", "subject": {"reference": f"Patient/{patient}"}, **more}


def decoded(body: bytes) -> dict[str, Any]:
    return msgspec.json.decode(body, type=dict[str, Any])


def a_patient() -> str:
    return f"p-{uuid.uuid4().hex[:12]}"


def test_what_was_created_is_read_back_with_version_and_instant(ehr: Ehr) -> None:
    written = ehr.create(observation(a_patient(), status="final"))
    found = ehr.read(written.reference)
    assert written.created
    assert (found.version, found.last_updated) == ("1", written.last_updated)
    assert decoded(found.body)["status"] == "final"


def test_an_update_is_a_new_version_and_the_old_one_stays_readable(ehr: Ehr) -> None:
    reference = ehr.create(observation(a_patient(), status="preliminary")).reference
    id_ = reference.partition("/")[2]
    updated = ehr.update(observation(a_patient(), id=id_, status="final"), if_match="1")
    assert (updated.version, updated.created) == ("2", False)
    assert decoded(ehr.read(f"{reference}/_history/1").body)["status"] == "preliminary"
    assert decoded(ehr.read(reference).body)["status"] == "final"


def test_an_update_of_another_version_is_a_conflict(ehr: Ehr) -> None:
    reference = ehr.create(observation(a_patient())).reference
    with pytest.raises(EhrConflict):
        ehr.update(observation(a_patient(), id=reference.partition("/")[2]), if_match="7")


def test_an_update_may_create_under_a_chosen_id(ehr: Ehr) -> None:
    id_ = uuid.uuid4().hex
    assert ehr.update(observation(a_patient(), id=id_)).created
    assert ehr.read(f"Observation/{id_}").version == "1"


def test_a_conditional_create_finds_what_is_there(ehr: Ehr) -> None:
    value = uuid.uuid4().hex
    careplan = {
        "resourceType": "CarePlan",
        "identifier": [{"system": "urn:nelm-cds:proposal", "value": value}],
    }
    query = f"identifier=urn:nelm-cds:proposal|{value}"
    first = ehr.create(careplan, if_none_exist=query)
    second = ehr.create(careplan, if_none_exist=query)
    assert (first.created, second.created) == (True, False)
    assert first.reference == second.reference


def test_a_conditional_create_refuses_to_choose_among_several(ehr: Ehr) -> None:
    value = uuid.uuid4().hex
    careplan = {"resourceType": "CarePlan", "identifier": [{"system": "s", "value": value}]}
    ehr.create(careplan)
    ehr.create(careplan)
    with pytest.raises(EhrConflict):
        ehr.create(careplan, if_none_exist=f"identifier=s|{value}")


def test_what_was_deleted_is_gone_and_may_be_deleted_again(ehr: Ehr) -> None:
    reference = ehr.create(observation(a_patient())).reference
    ehr.delete(reference)
    ehr.delete(reference)
    with pytest.raises(ResourceGone):
        ehr.read(reference)


def test_what_never_was_is_gone_too(ehr: Ehr) -> None:
    with pytest.raises(ResourceGone):
        ehr.read("Observation/never-was")


def test_a_search_reads_all_pages(ehr: Ehr) -> None:
    patient = a_patient()
    written = {ehr.create(observation(patient)).reference for _ in range(23)}
    found = list(ehr.search("Observation", {"patient": patient, "_count": "5"}))
    assert {f"Observation/{decoded(body)['id']}" for body in found} == written


@pytest.mark.parametrize(
    ("parameters", "count"),
    [
        ({"code": "http://loinc.org|9811-1"}, 1),
        ({"code": "9811-1"}, 1),
        ({"code": "http://loinc.org|9811-1,http://loinc.org|1975-2"}, 2),
        ({"code": ["http://loinc.org|9811-1", "http://loinc.org|1975-2"]}, 0),
        ({"category": "laboratory"}, 2),
        ({"status": "final"}, 2),
        ({"date": "ge2026"}, 1),
        ({"date": ["ge2025-01-01", "lt2026-01-01"]}, 1),
        ({"_lastUpdated": "ge2000-01-01T00:00:00Z"}, 2),
        ({"_lastUpdated": "lt2000-01-01T00:00:00Z"}, 0),
    ],
)
def test_a_search_keeps_every_filter(ehr: Ehr, parameters: dict[str, Any], count: int) -> None:
    patient = a_patient()
    lab = {"coding": [{"code": "laboratory"}]}
    for code, effective, category in (("9811-1", "2025-03", lab), ("1975-2", "2026-02-01", [lab])):
        coding = [{"system": "http://loinc.org", "code": code}]
        ehr.create(
            observation(
                patient,
                status="final",
                category=category,
                code={"coding": coding},
                effectiveDateTime=effective,
            )
        )
    assert len(list(ehr.search("Observation", {"patient": patient, **parameters}))) == count


def test_a_search_is_sorted_as_asked(ehr: Ehr) -> None:
    patient = a_patient()
    for effective in ("2026-02", "2025-03-01", "2026-05-01"):
        ehr.create(observation(patient, effectiveDateTime=effective))
    found = ehr.search("Observation", {"subject": f"Patient/{patient}", "_sort": "-date"})
    dates = [decoded(body)["effectiveDateTime"] for body in found]
    assert dates == ["2026-05-01", "2026-02", "2025-03-01"]


def test_an_unknown_filter_is_refused_and_never_lost(ehr: Ehr) -> None:
    with pytest.raises(EhrRefused, match=r"not supported|HTTP 400"):
        list(ehr.search("Observation", {"combo-code": "1"}))


def test_a_tag_finds_what_carries_it(ehr: Ehr) -> None:
    code = uuid.uuid4().hex
    tag = {"system": "urn:nelm-cds:subscription", "code": code}
    ehr.create({"resourceType": "Subscription", "status": "off", "meta": {"tag": [tag]}})
    found = list(ehr.search("Subscription", {"_tag": f"urn:nelm-cds:subscription|{code}"}))
    assert len(found) == 1


def test_later_writes_have_later_instants(ehr: Ehr) -> None:
    first, second = (ehr.create(observation(a_patient())) for _ in range(2))
    assert str(first.last_updated) < str(second.last_updated)


def test_the_capabilities_name_the_version_of_fhir(ehr: Ehr) -> None:
    assert ehr.capabilities()["fhirVersion"] == "4.0.1"
    assert validate(ehr.capabilities()) == []
    ehr.create(observation(a_patient()))
    assert validate(ehr.capabilities()) == []
