"""What `nelm-cds knowledge export` writes, judged by HAPI's validator."""

import json

import pytest

from nelm_cds.main import main
from tests.journeys.hospital import Hospital

pytestmark = pytest.mark.real


def test_hapi_finds_nothing_wrong_with_the_exported_knowledge(
    hospital: Hospital, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["knowledge", "export"]) == 0
    bundle = json.loads(capsys.readouterr().out)
    assert hospital.complaints(bundle) == []
    for entry in bundle["entry"]:
        assert hospital.complaints(entry["resource"]) == [], entry["resource"]["id"]


def test_hapi_complains_about_knowledge_that_is_wrong(hospital: Hospital) -> None:
    wrong = {"resourceType": "PlanDefinition", "status": "bananas"}
    assert any("bananas" in complaint for complaint in hospital.complaints(wrong))
    untyped = {"resourceType": "Questionnaire", "status": "draft", "item": [{"linkId": "x"}]}
    assert any("type" in complaint for complaint in hospital.complaints(untyped))
