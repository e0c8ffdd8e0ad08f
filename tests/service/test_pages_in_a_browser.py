"""The pages in a real Chromium: quiet console, keyboard, contrast, narrow and zoomed, on paper."""

import base64
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
import uvicorn
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from fhir_mappings.mapping_set import MappingSet
from nelm import Parameters
from runtime.settings import AdminSettings
from service import create_app
from service.cds_hooks.making import OVERRIDE_REASONS
from service.links import staging_url
from service.parts import Parts
from storage import cards, gaps, patients
from storage.database import Database
from tests.real_parts.chromium import Chromium
from tests.service.conftest import NOW, CountedWakeUp, settings
from tests.service.looking import Look
from tests.service.memory import judge, keep
from tests.service.people import MULTIFOCAL, Resource, observation, record

pytestmark = pytest.mark.real

TOKEN = "operator-token"
PAGES = ["/", "/about", "/nothing", "staging", "/admin", "/admin/playground", "/admin/feedback"]
DESK, PHONE = 1280, 390


class Served:
    """A running service on loopback; `staging` is a link to the page of its one patient."""

    def __init__(self, database: Database, mapping_set: MappingSet, admin: AdminSettings) -> None:
        app = create_app(
            settings(admin=admin),
            database,
            CountedWakeUp(),
            mapping_set,
            Parameters(),
            clock=lambda: NOW,
        )
        self._server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None))
        self._thread = threading.Thread(target=self._server.run)
        self._thread.start()
        until = time.monotonic() + 20
        while not self._server.started and time.monotonic() < until:
            self._thread.join(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.base = f"http://127.0.0.1:{port}"
        self._parts: Parts = app.state.parts

    def address(self, page: str) -> str:
        return self.base + (self._staging() if page == "staging" else page)

    def _staging(self) -> str:
        parts = self._parts
        with parts.database.reading() as conn:
            key = patients.find(conn, "main", "p1")
        assert key is not None
        url = staging_url(parts.settings, parts.seals, "main", key, NOW.timestamp())
        assert url is not None
        return url.removeprefix(parts.settings.public_url)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join()


def full_record() -> list[Resource]:
    """A record with a course, a treatment, something not understood and something unread."""
    strange = observation("p1", "ecog", 1) | {"id": "strange"}
    strange["code"] = {"coding": [{"system": "urn:lab", "code": "X-1", "display": "Local panel"}]}
    given = {
        "resourceType": "MedicationStatement",
        "id": "ssa",
        "status": "active",
        "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": "Lanreotide"},
        "effectivePeriod": {"start": "2025-07-03"},
    }
    limit = {"referenceRange": [{"high": {"value": 100, "unit": "ng/mL"}}]}
    newest = date(2026, 5, 12)
    markers = [
        observation(
            "p1",
            "chromogranin_a_ng_ml",
            value,
            day=(newest - timedelta(days=45 * back)).isoformat(),
            **limit,
        )
        | {"id": f"cga-{back}"}
        for back, value in enumerate((1210, 640, 95, 180, 420))
    ]
    return [*record("p1", MULTIFOCAL), strange, given, *markers]


def card(place: int) -> cards.Shown:
    return cards.Shown(
        uuid=f"card-{place}",
        connection="main",
        service="nelm-order-sign",
        hook_instance="h",
        patient="p1",
        topic="nelm-order-insufficient-data",
        order="tare",
        digest="d",
        indicator="info",
        shown_at=NOW.timestamp() - 60,
    )


def overridden(place: int) -> cards.Feedback:
    reason = OVERRIDE_REASONS[place].code
    moment = NOW.isoformat()
    return cards.Feedback(
        f"card-{place}",
        "main",
        "nelm-order-sign",
        "overridden",
        moment,
        override_reason_code=reason,
    )


@pytest.fixture(scope="module")
def filled(
    migrated: Path, mapping_set: MappingSet, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("pages") / "service.sqlite"
    path.write_bytes(migrated.read_bytes())
    database = Database(f"sqlite:///{path}")
    keep(database, mapping_set, full_record())
    judge(database, "p1")
    with database.transaction() as tx:
        gaps.note_unread(tx, {1: ("Procedure",)})
        cards.note_shown(tx, [card(place) for place in range(9)])
        cards.note_feedback(tx, [overridden(place) for place in range(7)], NOW.timestamp())
    yield database
    database.close()


@pytest.fixture(scope="module")
def served(filled: Database, mapping_set: MappingSet) -> Iterator[Served]:
    service = Served(filled, mapping_set, AdminSettings())
    yield service
    service.stop()


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    browser = Chromium(tmp_path_factory.mktemp("chromium"))
    yield browser
    browser.stop()


@pytest.fixture
def look(chromium: Chromium) -> Iterator[Look]:
    chromium.resize(DESK)
    chromium.pretend()
    chromium.complaints()
    yield Look(chromium)
    assert chromium.complaints() == []


@pytest.fixture(params=PAGES)
def opened(request: pytest.FixtureRequest, served: Served, look: Look) -> Look:
    """Each page, once; what the browser says of the one that does not exist is its status only."""
    look.driver.get(served.address(request.param))
    if request.param == "/nothing":
        assert all("404" in one for one in look.chromium.complaints())
    return look


def test_a_page_loads_nothing_but_itself(opened: Look) -> None:
    assert opened.loaded() == []
    assert opened.heading() == opened.driver.title


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_stands_out_from_what_is_behind_it(opened: Look, scheme: str) -> None:
    opened.chromium.pretend(scheme=scheme)
    opened.open_all()
    assert opened.faint() == []


@pytest.mark.parametrize(
    ("width", "scale", "text"),
    [(DESK, 1, "100%"), (PHONE, 1, "100%"), (DESK // 2, 2, "100%"), (DESK, 1, "200%")],
    ids=["desk", "phone", "zoom 200 %", "text 200 %"],
)
def test_nothing_is_cut_off_or_scrolls_sideways(
    opened: Look, width: int, scale: float, text: str
) -> None:
    opened.chromium.resize(width, scale=scale)
    opened.driver.execute_script(f"document.documentElement.style.fontSize = '{text}'")
    opened.open_all()
    assert opened.sticking_out() == []


def test_tab_reaches_everything_in_sight_and_shows_where_it_is(opened: Look) -> None:
    stops = opened.walk()
    assert len(stops) == opened.reachable()
    assert [one for one in stops if not one.outlined] == []
    assert [one for one in stops if not one.seen] == []


def test_what_takes_input_has_a_name(opened: Look) -> None:
    fields = opened.driver.find_elements(
        By.CSS_SELECTOR, "a[href], button, input:not([type=hidden]), select, textarea, summary"
    )
    assert [one.get_attribute("outerHTML") for one in fields if not one.accessible_name] == []


def test_no_two_places_of_a_page_have_the_same_name(opened: Look) -> None:
    named = [
        one.get_attribute("id") for one in opened.driver.find_elements(By.CSS_SELECTOR, "[id]")
    ]
    assert len(set(named)) == len(named)


def printed(look: Look) -> int:
    """How many A4 pages it takes."""
    answer = look.chromium.tell(
        "Page.printToPDF", paperWidth=8.27, paperHeight=11.69, printBackground=False
    )
    return base64.b64decode(answer["data"]).count(b"/Type /Page\n")


def test_on_paper_the_staging_has_its_label_and_the_criteria_of_what_is_open(
    served: Served, look: Look
) -> None:
    look.driver.get(served.address("staging"))
    look.chromium.resize(794)  # A4 at 96 dpi
    look.chromium.pretend("print")
    assert look.driver.find_element(By.CSS_SELECTOR, ".label-box").is_displayed()
    assert not look.driver.find_element(By.CSS_SELECTOR, "nav.here").is_displayed()
    words = look.words()
    assert "Receptor-positive: receptor positive (Krenning score 4, 2026-05-12)" in words
    assert "Not read completely: procedures." in words
    assert look.sticking_out() == []
    assert look.faint() == []
    assert 3 <= printed(look) <= 10


def test_a_criterion_opens_by_the_keyboard(served: Served, look: Look) -> None:
    look.driver.get(served.address("staging"))
    first = look.driver.find_element(By.CSS_SELECTOR, "details.option")
    line = first.find_element(By.CSS_SELECTOR, ".criteria li")
    assert not line.is_displayed()
    first.find_element(By.TAG_NAME, "summary").send_keys(Keys.ENTER)
    assert line.is_displayed()


def test_the_staging_page_is_whole_without_scripts(served: Served, look: Look) -> None:
    look.driver.get(served.address("staging"))
    with_scripts = look.words()
    look.chromium.tell("Emulation.setScriptExecutionDisabled", value=True)
    look.driver.get(served.address("staging"))
    look.chromium.tell("Emulation.setScriptExecutionDisabled", value=False)
    assert look.words() == with_scripts


def test_an_order_is_called_and_its_card_overridden_by_the_keyboard_alone(
    served: Served, look: Look
) -> None:
    look.driver.get(served.address("/admin/playground"))
    look.tab_to("Patient")
    look.press("p1")
    look.tab_to("open the chart")
    look.press(Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    look.tab_to("Order")
    look.press("Suniti")
    look.tab_to("Call the hook")
    look.press(Keys.ENTER)
    look.wait_for("1 card on signing Sunitinib for p1")
    assert "warning" in look.words()
    look.tab_to("Reason")
    look.press(Keys.ARROW_DOWN)
    look.tab_to("Comment")
    look.press("the board saw it")
    look.tab_to("Override the card")
    look.press(Keys.ENTER)
    look.wait_for_words("Feedback sent: overridden.")
    assert "the board saw it" in look.words()
    assert look.faint() == []
    assert look.sticking_out() == []


@pytest.mark.parametrize("width", [DESK, PHONE])
def test_a_long_card_with_buttons_fits(served: Served, look: Look, width: int) -> None:
    look.chromium.resize(width)
    look.driver.get(served.address("/admin/playground"))
    look.driver.find_element(By.CSS_SELECTOR, ".main-button").click()
    look.wait_for("1 card on opening the chart for p1")
    assert "Add draft care plan" in look.words()
    look.open_all()
    assert look.sticking_out() == []
    assert look.faint() == []
    stops = look.walk()
    assert len(stops) == look.reachable()


def test_the_card_leads_to_the_staging_page(served: Served, look: Look) -> None:
    look.driver.get(served.address("/admin/playground"))
    look.driver.find_element(By.CSS_SELECTOR, ".main-button").click()
    look.wait_for("1 card on opening the chart for p1")
    link = look.driver.find_element(By.PARTIAL_LINK_TEXT, "Staging, all options")
    path = str(link.get_attribute("href")).partition("/staging/")[2]
    look.driver.get(f"{served.base}/staging/{path}")
    assert look.heading().startswith("Liver metastases, NET G2")


def test_the_token_is_given_by_the_keyboard_and_signing_out_ends_it(
    filled: Database, mapping_set: MappingSet, look: Look
) -> None:
    digests = (sha256(TOKEN.encode()).hexdigest(),)
    guarded = Served(filled, mapping_set, AdminSettings(token_digests=digests))
    try:
        look.driver.get(guarded.address("/admin/playground"))
        assert look.heading() == "Sign in with the operator token"
        assert look.faint() == []
        assert look.driver.switch_to.active_element.accessible_name == "Operator token"
        look.press("wrong", Keys.ENTER)
        look.wait_for_words("none of the configured ones")
        assert [one for one in look.chromium.complaints() if "403" not in one] == []
        look.press(TOKEN, Keys.ENTER)
        look.wait_for("Two pages for those who run this service")
        assert TOKEN not in look.driver.current_url
        look.tab_to("Sign out")
        look.press(Keys.ENTER)
        look.wait_for("Sign in with the operator token")
    finally:
        guarded.stop()
