"""The page that a card leads to: what it shows, whom it lets in, and what it never shows."""

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet
from nelm.wording import Voice
from runtime.settings import PageSettings, Secret
from service.links import staging_url
from service.parts import Parts
from service.patient_page.marks import cells
from service.patient_page.to_confirm import candidates
from storage import gaps, patients
from storage.database import Database
from tests.service.asgi_client import Answer, Client
from tests.service.conftest import NOW, Start
from tests.service.html import BROWSER, Seen
from tests.service.memory import judge, keep
from tests.service.people import (
    MULTIFOCAL,
    RESECTABLE,
    Resource,
    condition,
    conditions,
    observation,
    person,
    record,
)
from tests.service.printed_cards import dated_case

PAGES = PageSettings(secrets=(Secret("of-the-test"),))


def key_of(database: Database, patient: str = "p1") -> int:
    with database.reading() as conn:
        key = patients.find(conn, "main", patient)
    assert key is not None
    return key


def link_to(client: Client, key: int, seconds_ago: float = 0.0) -> str:
    """The path of a link that was made then."""
    parts: Parts = client.app.state.parts
    moment = NOW.timestamp() - seconds_ago
    url = staging_url(parts.settings, parts.seals, "main", key, moment)
    assert url is not None
    return url.removeprefix(parts.settings.public_url)


def shown(start: Start, key: int, status: int = 200, seconds_ago: float = 0.0) -> Answer:
    async def go() -> Answer:
        async with start(pages=PAGES) as client:
            answer = await client.get(link_to(client, key, seconds_ago), BROWSER)
            assert answer.status == status, answer.body
            return answer

    return asyncio.run(go())


@pytest.fixture
def multifocal(database: Database, mapping_set: MappingSet) -> int:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")
    return key_of(database)


def test_the_page_says_the_staging_with_values_dates_and_sources(
    start: Start, multifocal: int
) -> None:
    page = Seen(shown(start, multifocal))
    said = page.said()
    assert page.open == []
    assert page.words["h1"][0].startswith("Liver metastases, NET G2: board proposal ready")
    assert "Staging: G2 (Ki-67 8 %), type III, burden 40 %, carcinoid syndrome" in said
    assert "It supports a tumor board and never decides." in said
    assert "Observation/p1-ki67-primary-percent" in said
    assert "2026-05-12" in page.words["span"]
    assert "Largest lesion 41 mm 2026-05-12" in said


def test_every_judged_option_stands_there_with_verdict_reason_and_criteria(
    start: Start, multifocal: int, database: Database
) -> None:
    document = judge(database, "p1")
    answer = shown(start, multifocal)
    page = Seen(answer)
    for option in document["options"]:
        assert f"option-{option['option']}" in page.ids
    body = answer.body.decode()
    tace = body[
        body.index('id="option-tace"') : body.index("</details>", body.index("option-tace"))
    ]
    for criterion in ("EMB-1 ·", "EMB-3 ·", "EMB-8 ·"):
        assert criterion in tace
    assert "Would rule it out: 2 checked, does not apply" in tace
    assert "Cloyd 2020" in tace


def test_a_criterion_of_the_rule_set_that_is_not_followed_is_neither_for_nor_against() -> None:
    judged = dated_case("V04-multifocal-midgut").option("liver_transplant")
    voice = Voice.of(dated_case("V04-multifocal-midgut"))
    told = {one.id: one for cell in cells(judged, voice) for one in cell.marks}
    reported = {one.id for one in judged.outcomes if not one.criterion.decides}
    assert reported
    assert {told[name].word for name in reported} == {"reported only"}
    assert {told[name].shape for name in reported} == {"idle"}


def test_what_only_a_default_settles_is_shown_as_not_on_file() -> None:
    assessment = dated_case("V04-multifocal-midgut")
    judged = assessment.option("hepatectomy")
    told = {one.id: one for cell in cells(judged, Voice.of(assessment)) for one in cell.marks}
    small_remnant = told["HEP-3c"]
    assert judged.outcome("HEP-3c") is False
    assert (small_remnant.shape, small_remnant.word) == ("assumed", "not on file")
    assert small_remnant.said == "Small liver remnant. Remnant: not on file; counts as no"


def test_pictures_have_their_words_beside_them(start: Start, multifocal: int) -> None:
    body = shown(start, multifocal).body.decode()
    strips = body.count('class="strip"')
    assert strips > 60
    assert body.count('class="strip" role="img" aria-label="') == strips


def test_what_is_missing_names_the_options_that_wait_for_it(start: Start, multifocal: int) -> None:
    said = Seen(shown(start, multifocal)).said()
    assert "facts are missing or too vague" in said
    assert "Lung shunt (MAA scan) could change the proposal TARE" in said
    assert "Order Tc-99m MAA scan" in said


def test_papers_that_disagree_and_their_sources_are_named(start: Start, multifocal: int) -> None:
    page = Seen(shown(start, multifocal))
    assert "Where they disagree" in page.words["h3"]
    assert any(link.startswith("https://doi.org/") for link in page.links)
    assert "Followed here:" in page.said()


def test_it_loads_nothing_runs_nothing_and_is_kept_by_nobody(start: Start, multifocal: int) -> None:
    answer = shown(start, multifocal)
    headers = answer.headers
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "form-action 'none'" in policy
    page = Seen(answer)
    assert not {"script", "link", "img", "iframe", "form"} & set(page.tags)
    assert b" style=" not in answer.body
    assert b"@media print" in answer.body


def test_neither_the_link_nor_a_refusal_tells_who_it_is_about(
    start: Start, multifocal: int
) -> None:
    async def go() -> None:
        async with start(pages=PAGES) as client:
            link = link_to(client, multifocal)
            assert "p1" not in link
            answer = await client.get(link[:-2], BROWSER)
            assert answer.status == 403
            assert "p1" not in Seen(answer).said()

    asyncio.run(go())


def test_a_link_that_ended_says_how_to_get_a_new_one(start: Start, multifocal: int) -> None:
    page = Seen(shown(start, multifocal, 410, seconds_ago=32 * 60))
    assert page.words["h1"] == ["This link has ended"]
    assert "Open the chart in the EHR again" in page.said()
    assert "Ki-67" not in page.said()


def test_a_link_sealed_with_another_secret_is_none_of_ours(start: Start, multifocal: int) -> None:
    async def go() -> None:
        async with start(pages=PAGES) as client:
            link = link_to(client, multifocal)
        async with start(pages=PageSettings(secrets=(Secret("another"),))) as client:
            answer = await client.get(link, BROWSER)
            assert answer.status == 403
            assert Seen(answer).words["h1"] == ["This link is not one of ours"]
            assert answer.headers["cache-control"] == "no-store"

    asyncio.run(go())


def test_a_link_to_a_record_that_was_merged_away_leads_to_nobody(
    start: Start, database: Database, mapping_set: MappingSet, multifocal: int
) -> None:
    keep(database, mapping_set, record("p2", RESECTABLE))
    with database.transaction() as tx:
        patients.move_alias(tx, "main", "p1", "p2")
    page = Seen(shown(start, multifocal, 410))
    assert page.words["h1"] == ["This link leads to no patient any more"]


def test_hostile_words_of_the_record_are_text_and_nothing_else(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(2)>"
    strange = observation("p1", "ecog", 1)
    strange["id"] = "strange"
    strange["code"] = {"coding": [{"system": "urn:x", "code": "c", "display": hostile}]}
    keep(database, mapping_set, [*record("p1", MULTIFOCAL), strange])
    judge(database, "p1")
    answer = shown(start, key_of(database))
    assert "Observation/strange <script>alert(1)</script>" in Seen(answer).said()
    assert b"<script" not in answer.body
    assert b"<img" not in answer.body
    assert Seen(answer).open == []


def test_what_could_not_be_read_stands_above_everything(
    start: Start, database: Database, multifocal: int
) -> None:
    with database.transaction() as tx:
        gaps.note_unread(tx, {multifocal: ("Procedure",)})
    said = Seen(shown(start, multifocal)).said()
    assert "Not read completely: procedures." in said
    assert "1 not read or not understood" in said
    assert said.index("Not read completely") < said.index("Would rule it out")


@pytest.mark.parametrize(
    ("resources", "title"),
    [
        (
            [person("p1"), condition("p1", "I10", "Hypertension")],
            "No neuroendocrine liver metastases are on file",
        ),
        ([person("p1"), *conditions("p1")], "The first assessment is not finished"),
    ],
)
def test_without_a_judgement_the_page_says_so_and_shows_none(
    start: Start,
    database: Database,
    mapping_set: MappingSet,
    resources: list[Resource],
    title: str,
) -> None:
    keep(database, mapping_set, resources)
    if "No neuro" in title:
        judge(database, "p1")
    page = Seen(shown(start, key_of(database)))
    assert page.words["h1"] == [title]


def series(fact: str, values: list[float], **more: Any) -> list[Resource]:
    """One Observation a month, the newest on 2026-05-12."""
    newest = date(2026, 5, 12)
    days = [newest - timedelta(days=30 * back) for back in range(len(values))][::-1]
    return [
        observation("p1", fact, value, day=day.isoformat(), **more) | {"id": f"marker-{n}"}
        for n, (value, day) in enumerate(zip(values, days, strict=True))
    ]


def test_repeated_values_are_drawn_with_limit_words_and_a_table(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    limit = {"referenceRange": [{"high": {"value": 100, "unit": "ng/mL"}}]}
    markers = series("chromogranin_a_ng_ml", [310, 420, 95, 1210], **limit)
    keep(database, mapping_set, [*record("p1", MULTIFOCAL), *markers])
    judge(database, "p1")
    answer = shown(start, key_of(database))
    said = Seen(answer).said()
    assert (
        "Chromogranin A 1210 ng/mL (2026-05-12), up from its lowest 95 (2026-04-12); "
        "first 310 (2026-02-11); upper limit 100 ng/mL"
    ) in said
    assert "4 values" in said
    body = answer.body.decode()
    chart = body[body.index('class="chart"') : body.index("</svg>", body.index('class="chart"'))]
    assert chart.count('class="point"') == 4
    assert chart.count('class="course"') == 3


def test_a_value_is_written_as_measured_and_its_exact_number_stays_at_hand(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    measured = observation("p1", "bilirubin_mg_dl", 0.818713) | {"id": "bilirubin"}
    ratio = observation("p1", "inr", 1) | {"id": "inr"}
    others = {k: v for k, v in MULTIFOCAL.items() if k not in ("bilirubin_mg_dl", "inr")}
    keep(database, mapping_set, [*record("p1", others), measured, ratio])
    judge(database, "p1")
    answer = shown(start, key_of(database))
    said = Seen(answer).said()
    assert "Bilirubin 0.8 mg/dL 2026-05-12" in said
    assert "INR 1.0 2026-05-12" in said
    assert "0.818713" not in said
    assert b'title="judged as 0.818713 mg/dL"' in answer.body


def test_treatments_stand_on_the_axis_of_time_with_their_words(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    given = {
        "resourceType": "MedicationStatement",
        "id": "ssa",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "Lanreotide"},
        "effectivePeriod": {"start": "2025-11-03"},
    }
    keep(database, mapping_set, [*record("p1", MULTIFOCAL), given])
    judge(database, "p1")
    answer = shown(start, key_of(database))
    assert (
        "Somatostatin analogue: since 2025-11-03, no end stated; MedicationStatement/ssa"
        in Seen(answer).said()
    )
    assert b'<rect class="bar"' in answer.body


def test_what_changed_since_an_earlier_assessment_is_said_line_by_line(
    start: Start, database: Database, mapping_set: MappingSet, multifocal: int
) -> None:
    blocked = observation("p1", "portal_vein", "complete_thrombosis", day="2026-05-20")
    keep(database, mapping_set, [blocked | {"id": "p1-portal-vein-2"}])
    judge(database, "p1")
    page = Seen(shown(start, multifocal))
    assert "What changed" in page.words["h3"]
    assert "TACE" in page.said()[page.said().index("What changed") :]
    assert "→ contraindicated, because complete portal vein thrombosis" in page.said()


def test_what_the_record_only_suggests_is_shown_in_words_and_never_as_known() -> None:
    found = candidates(
        [
            {"fact": "bilobar", "value": True, "sentence": "In both lobes.", "source": "Report/1"},
            {
                "fact": "ki67_primary_percent",
                "value": {"min": 20, "min_open": True},
                "sentence": "Ki-67 > 20 %.",
                "source": "Report/2",
            },
            {
                "fact": "liver_lesion",
                "value": {"size_mm": 12},
                "sentence": "12 mm",
                "source": "R/3",
            },
        ]
    )
    assert [one.text for one in found] == [
        "Both lobes",
        "Ki-67 of the primary above 20 %",
        "Liver lesion",
    ]
    assert found[0].sentence == "In both lobes."


def test_a_missing_fact_that_a_report_may_state_says_so_beside_it(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    facts = {name: value for name, value in MULTIFOCAL.items() if name != "krenning_score"}
    facts.pop("sstr_modality")
    pet = {
        "resourceType": "DiagnosticReport",
        "id": "pet",
        "meta": {"versionId": "1", "lastUpdated": "2026-05-12T08:00:00Z"},
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2026-05-12",
        "code": {"text": "Ga-68 DOTATATE PET/CT"},
        "conclusion": "Krenning score 4 in all <blink>liver metastases.",
    }
    keep(database, mapping_set, [*record("p1", facts), pet])
    judge(database, "p1")
    page = Seen(shown(start, key_of(database)))
    said = page.said()
    assert "blink" not in page.tags
    assert "Receptor imaging (Krenning score)" in said
    assert (
        "Krenning score 4 “Krenning score 4 in all <blink>liver metastases.” DiagnosticReport/pet"
        in said
    )
