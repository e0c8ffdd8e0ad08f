"""The playground: a call by hand, its cards as an EHR shows them, feedback, and hostile words."""

import asyncio
import html
import json
import re
import shlex
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from fhir_mappings.mapping_set import MappingSet
from runtime.settings import CdsClientSettings
from service.admin.asking import curl
from service.admin.markdown import card_html
from storage import cards
from storage.database import Database
from tests.service.admin_visits import Visits
from tests.service.asgi_client import Answer
from tests.service.conftest import Start, connection
from tests.service.html import Seen
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, condition, person, record

CALL = {"connection": "main", "service": "nelm-order-sign", "patient": "p1", "order": "sunitinib"}


@pytest.fixture
def stored(database: Database, mapping_set: MappingSet) -> None:
    keep(database, mapping_set, record("p1", MULTIFOCAL))
    judge(database, "p1")


def at_play(start: Start, visit: Callable[[Visits], Awaitable[None]]) -> None:
    async def go() -> None:
        async with start() as client:
            visits = Visits(client)
            await visits.get("/admin/playground")
            await visit(visits)

    asyncio.run(go())


def hidden(answer: Answer, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"'.encode(), answer.body)
    assert found is not None
    return html.unescape(found[1].decode())


def the_answers(database: Database) -> list[cards.Answered]:
    with database.reading() as conn:
        return cards.answered(conn, "main", "p1")


@pytest.mark.usefixtures("stored")
def test_patients_and_orders_stand_to_be_picked(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        page = Seen(await visits.get("/admin/playground"))
        assert "p1 · transarterial first" in page.words["option"]
        assert {"TACE", "Tc-99m MAA scan", "Sunitinib"} <= set(page.words["option"])
        assert "p1" not in str(page.links)

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_a_call_shows_request_response_card_and_curl(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.send("/admin/playground", **CALL)
        page = Seen(answer)
        assert page.open == []
        assert page.words["h1"] == ["1 card on signing Sunitinib for p1"]
        assert "Sunitinib: not indicated, primary in the jejunum (2026-05-12)" in page.said()
        assert "warning" in page.words["span"]
        asked = json.loads(hidden(answer, "request"))
        assert asked["hook"] == "order-sign"
        assert asked["context"]["userId"].startswith("Practitioner/nelm-playground-")
        assert asked["context"]["draftOrders"]["entry"][0]["resource"]["status"] == "draft"
        assert json.loads(hidden(answer, "response"))["cards"][0]["indicator"] == "warning"
        assert "curl -s http://127.0.0.1:8000/cds-services/nelm-order-sign" in page.said()

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
@pytest.mark.parametrize(
    "service", ["nelm-patient-view", "nelm-order-select", "nelm-order-sign", "nelm-problem-list"]
)
def test_every_hook_can_be_called(start: Start, service: str) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.send("/admin/playground", **CALL | {"service": service})
        assert answer.status == 200
        assert Seen(answer).words["h1"][0].startswith("1 card on ")

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_the_printed_curl_asks_the_same_and_gets_the_same(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            visits = Visits(client)
            await visits.get("/admin/playground")
            answer = await visits.send("/admin/playground", **CALL)
            asked = json.loads(hidden(answer, "request"))
            direct = await client.post("/cds-services/nelm-order-sign", asked)
            assert direct.json() == json.loads(hidden(answer, "response"))

    asyncio.run(go())


@pytest.mark.usefixtures("stored")
def test_an_edited_request_is_sent_as_it_is_but_without_its_token(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        edited = {
            "hook": "order-sign",
            "hookInstance": "mine",
            "fhirAuthorization": {"access_token": "s3cr3t-token"},
            "context": {"patientId": "p1", "userId": "Practitioner/x", "draftOrders": {}},
        }
        answer = await visits.send(
            "/admin/playground", **CALL, edited="1", request=json.dumps(edited)
        )
        assert Seen(answer).words["h1"] == ["No card on signing Sunitinib for p1"]
        assert json.loads(hidden(answer, "request"))["hookInstance"] == "mine"
        assert b"s3cr3t-token" not in answer.body

    at_play(start, visit)


@pytest.mark.parametrize(
    ("patient", "said"),
    [
        ("unheard-of", "Not read, not known. It says nothing about the patient: nothing is stored"),
        (
            "healthy",
            "No neuroendocrine tumor with liver metastases on record.",
        ),
    ],
)
def test_no_card_never_reads_as_all_clear(
    start: Start, database: Database, mapping_set: MappingSet, patient: str, said: str
) -> None:
    keep(database, mapping_set, [person("healthy"), condition("healthy", "I10", "Hypertension")])
    judge(database, "healthy")

    async def visit(visits: Visits) -> None:
        chart = CALL | {"service": "nelm-patient-view", "patient": patient}
        page = Seen(await visits.send("/admin/playground", **chart))
        assert page.words["h1"] == [f"No card on opening the chart for {patient}"]
        assert said in page.said()

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_what_the_service_refuses_is_shown_as_the_ehr_would_get_it(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        wrong = {"hook": "patient-view", "hookInstance": "i", "context": {"patientId": "p1"}}
        answer = await visits.send(
            "/admin/playground", **CALL, edited="1", request=json.dumps(wrong)
        )
        said = Seen(answer).said()
        assert 'This service answers the hook "order-sign" and no other.' in said
        assert "400: " in said
        assert '"resourceType": "OperationOutcome"' in said

    at_play(start, visit)


@pytest.mark.parametrize(
    ("instead", "said"),
    [
        ({"patient": ""}, "Choose a patient"),
        ({"order": ""}, "Choose an order: this hook is about one."),
        ({"order": "aspirin"}, "Choose an order of the list."),
        ({"service": "other"}, "Choose a service."),
        ({"connection": "other"}, "Choose a connection."),
        ({"edited": "1", "request": "{"}, "The edited request is not a JSON object."),
        ({"edited": "1", "request": "[1]"}, "The edited request is not a JSON object."),
    ],
)
def test_a_form_that_cannot_be_used_says_what_to_choose(
    start: Start, instead: dict[str, str], said: str
) -> None:
    async def visit(visits: Visits) -> None:
        answer = await visits.send("/admin/playground", **CALL | instead)
        assert answer.status == 400
        assert said in Seen(answer).said()

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_overriding_with_a_reason_is_stored_as_feedback_of_an_ehr(
    start: Start, database: Database
) -> None:
    async def visit(visits: Visits) -> None:
        shown = await visits.send("/admin/playground", **CALL)
        (card,) = json.loads(hidden(shown, "response"))["cards"]
        reason = card["overrideReasons"][1]
        fields = {
            "request": hidden(shown, "request"),
            "response": hidden(shown, "response"),
            "answer": f"{card['uuid']}/",
            f"reason-{card['uuid']}": f"{reason['system']}|{reason['code']}",
            f"comment-{card['uuid']}": "discussed with the board",
        }
        answer = await visits.send("/admin/playground/feedback", **CALL, **fields)
        page = Seen(answer)
        assert "Feedback sent: overridden." in page.said()
        assert card["summary"] in page.said()
        (found,) = the_answers(database)
        assert found.feedback.outcome == "overridden"
        assert found.feedback.override_reason_code == reason["code"]
        assert found.feedback.user_comment == "discussed with the board"
        assert found.shown is not None

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_the_same_clinician_finds_the_overridden_card_quiet_and_another_one_does_not(
    start: Start,
) -> None:
    async def visit(visits: Visits) -> None:
        shown = await visits.send("/admin/playground", **CALL)
        (card,) = json.loads(hidden(shown, "response"))["cards"]
        fields = {name: hidden(shown, name) for name in ("request", "response", "user")}
        reason = {f"comment-{card['uuid']}": "known", "answer": f"{card['uuid']}/"}
        await visits.send("/admin/playground/feedback", **CALL, **fields, **reason)
        again = await visits.send("/admin/playground", **CALL, user=fields["user"], again="1")
        assert "stays quiet" in Seen(again).said()
        assert Seen(again).words["h1"] == ["No card on signing Sunitinib for p1"]
        another = await visits.send("/admin/playground", **CALL, user=fields["user"])
        assert Seen(another).words["h1"] == ["1 card on signing Sunitinib for p1"]

    at_play(start, visit)


@pytest.mark.usefixtures("stored")
def test_accepting_a_suggestion_is_stored_with_its_id(start: Start, database: Database) -> None:
    async def visit(visits: Visits) -> None:
        chart = CALL | {"service": "nelm-patient-view"}
        shown = await visits.send("/admin/playground", **chart)
        (card,) = json.loads(hidden(shown, "response"))["cards"]
        offer = card["suggestions"][0]
        fields = {name: hidden(shown, name) for name in ("request", "response")}
        taken = f"{card['uuid']}/{offer['uuid']}"
        await visits.send("/admin/playground/feedback", **chart, **fields, answer=taken)
        (found,) = the_answers(database)
        assert found.feedback.accepted_suggestions == (offer["uuid"],)

    at_play(start, visit)


HOSTILE = "<script>alert(1)</script>"


def test_hostile_words_in_what_is_sent_and_shown_stay_words(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        hostile: dict[str, Any] = {
            "uuid": HOSTILE,
            "summary": HOSTILE,
            "indicator": HOSTILE,
            "source": {"label": HOSTILE, "url": 'x"onclick="alert(1)'},
            "detail": f"{HOSTILE} [x](javascript:alert(1)) ![y](https://t.example/p.png)",
            "suggestions": [{"label": HOSTILE, "uuid": '"><script>'}],
            "links": [
                {"label": HOSTILE, "url": "https://a.example", "type": "absolute"},
                {"label": "act", "url": "javascript:alert(1)", "type": "absolute"},
            ],
        }
        answer = await visits.send(
            "/admin/playground/feedback",
            **CALL | {"patient": HOSTILE},
            request=json.dumps({"hook": HOSTILE}),
            response=json.dumps({"cards": [hostile, 7]}),
            answer=f"{HOSTILE}/",
        )
        assert answer.status == 200
        page = Seen(answer)
        assert page.open == []
        assert "script" not in page.tags
        assert "img" not in page.tags
        assert not [link for link in page.links if "javascript" in link]
        assert b'"onclick="' not in answer.body
        assert HOSTILE in page.said()

    at_play(start, visit)


@pytest.mark.parametrize(
    ("markdown", "rendered"),
    [
        ("**a** _b_ `c`", "<strong>a</strong> <em>b</em> <code>c</code>"),
        ("**Open instead**\n- one\n- two", "<li>one</li>"),
        ("| a | b |\n|---|---|\n| 1 | 2 |", "<td>1</td>"),
        ("[paper](https://doi.org/x)", 'href="https://doi.org/x"'),
        ("[paper](https://doi.org/x)", 'rel="noreferrer noopener"'),
        (f"a {HOSTILE}", "&lt;script&gt;"),
        ("value < 5 & > 3", "&lt; 5 &amp; &gt; 3"),
    ],
)
def test_markdown_is_rendered_as_ehrs_do(markdown: str, rendered: str) -> None:
    assert rendered in card_html(markdown)


@pytest.mark.parametrize(
    "markdown",
    [
        HOSTILE,
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,<script>1</script>)",
        "![x](https://tracker.example/pixel.png)",
        "<a href='javascript:alert(1)' onclick='x'>y</a>",
        "<style>body{display:none}</style>",
        "<iframe src=//e.example></iframe>",
    ],
)
def test_nothing_in_markdown_can_act_or_load(markdown: str) -> None:
    shown = str(card_html(markdown))
    allowed = "<p>", "</p>", "<a rel="
    tags = re.findall(r"<[^>]+>", shown)
    assert [tag for tag in tags if not tag.startswith((*allowed, "</a>"))] == []
    assert not any("href" in tag for tag in tags)


def test_the_curl_survives_the_shell_and_names_the_place_of_a_token(start: Start) -> None:
    async def go() -> None:
        async with start() as client:
            signed = CdsClientSettings(issuer="https://c.example", jwks_file="keys.json")
            main = connection(cds_clients=(signed,))
            command = curl(client.app.state.parts, main, "/cds-services/x", {"said": "it's $HOME"})
            words = shlex.split(command.replace("\\\n", " "))
            assert json.loads(words[-1]) == {"said": "it's $HOME"}
            assert "Authorization: Bearer $TOKEN" in words

    asyncio.run(go())


def test_patients_stand_in_the_order_of_their_ids(
    start: Start, database: Database, mapping_set: MappingSet
) -> None:
    for patient in ("p10", "p2", "p1"):
        keep(database, mapping_set, record(patient, MULTIFOCAL))
        judge(database, patient)

    async def visit(visits: Visits) -> None:
        options = Seen(await visits.get("/admin/playground")).words["option"]
        listed = [one.split(" · ")[0] for one in options if " · " in one]
        assert listed == ["p1", "p2", "p10"]

    at_play(start, visit)


def test_a_call_that_was_not_made_says_so_where_its_cards_would_stand(start: Start) -> None:
    async def visit(visits: Visits) -> None:
        page = Seen(await visits.send("/admin/playground", **CALL | {"order": ""}))
        assert "Not called. Choose an order: this hook is about one." in page.said()
        assert "The cards will stand here" not in page.said()

    at_play(start, visit)
