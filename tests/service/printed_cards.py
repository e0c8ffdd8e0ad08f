"""Cards of worked cases, made as the service makes them, with a day for every value.

The worked cases leave out dates; a card names them, so each value is given the same one.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.orders import read_orders
from nelm import Assessment, Parameters, assess
from nelm.case_file import read_case
from nelm.facts import Fact, FactSet
from nelm.order_check import check_order
from runtime.client_profiles import profile_named
from runtime.settings import Settings
from service.app import create_app
from service.cds_hooks.call import HookCall
from service.cds_hooks.discovery import SERVICES
from service.cds_hooks.finding_card import finding_card
from service.cds_hooks.models import Card, HookContext, HookRequest
from service.cds_hooks.ordered import gathered
from service.cds_hooks.proposal_card import proposal_card
from service.cds_hooks.record import Record, Standing
from service.parts import Parts
from storage.database import Database
from storage.tables import metadata
from tests.service.conftest import CountedWakeUp, connection
from tests.service.people import draft_order
from tests.vignettes.worked_cases import case_file, case_named

AS_OF = date(2026, 6, 1)
_DAYS_AGO = 20


def dated_case(case_id: str) -> Assessment:
    """A worked case judged on its day, its values twenty days old where it gives no date."""
    case = case_file(case_named(case_id))
    facts, parameters, as_of = read_case({"as_of": AS_OF.isoformat(), **case})
    seen = as_of - timedelta(days=_DAYS_AGO)
    dated = {
        one.name: Fact(
            one.name,
            one.value,
            unit=one.unit,
            effective=one.effective or seen,
            upper_limit=one.upper_limit,
        )
        for one in facts
    }
    return assess(FactSet.of(dated), parameters, as_of)


class CardMaker:
    """Makes the cards of one patient without a hook call from outside."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def proposal(self, assessment: Assessment) -> Card:
        """The card on opening the chart."""
        call = self._call("nelm-patient-view")
        return proposal_card(call, Record(Standing.JUDGED, assessment)).card

    def order(
        self, assessment: Assessment, order: str, unread: tuple[str, ...] = ()
    ) -> Card | None:
        """The card on signing that order; None where there is nothing to say."""
        finding = check_order(assessment, order)
        if finding is None:
            return None
        call = self._call("nelm-order-sign")
        bundle = {"resourceType": "Bundle", "entry": [{"resource": draft_order("p1", order)}]}
        (ordered,) = gathered(read_orders(bundle, self._parts.order_mapping))
        record = Record(Standing.JUDGED, assessment, unread)
        return finding_card(call, record, ordered, finding).card

    def _call(self, service: str) -> HookCall:
        offered = SERVICES[service]
        context = HookContext(patient_id="p1", user_id="Practitioner/dr-1")
        asked = HookRequest(
            hook=offered.hook,
            hook_instance="9c6d7957-1f43-4d1c-a5d0-0f3e36a5a1f0",
            context=context,
        )
        return HookCall(
            parts=self._parts,
            service=offered,
            connection=connection(),
            profile=profile_named("generic"),
            request=asked,
            patient_id="p1",
        )


@contextmanager
def card_maker() -> Iterator[CardMaker]:
    """A maker of cards over an empty store that is gone afterwards."""
    with TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'cards.sqlite'}")
        with database.transaction() as tx:
            metadata.create_all(tx)
        app = create_app(
            Settings(connections={"main": connection()}),
            database,
            CountedWakeUp(),
            load_mapping_set(),
            Parameters(),
            clock=lambda: datetime.combine(AS_OF, time(8), UTC),
        )
        yield CardMaker(app.state.parts)
        database.close()
