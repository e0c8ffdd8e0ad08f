"""What the routes share: made once at start-up, the same for every request, never changed."""

from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass
from datetime import UTC, date, datetime

from starlette.requests import Request

from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.order_mapping import OrderMapping
from nelm import Parameters
from runtime.metrics import Metrics
from runtime.settings import Settings
from runtime.wake_up import WakeUp
from service.callers import Callers
from service.cards_shown import CardsShown
from service.seals import Seals
from service.stored_assessments import StoredAssessments
from storage.active_rules import ActiveRules
from storage.database import Database
from storage.inbox import Inbox

Clock = Callable[[], datetime]


def now() -> datetime:
    """The present moment, with its zone."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Parts:
    """The rooms a request may enter. `readers` are threads for reads of EHRs during hook calls."""

    settings: Settings
    database: Database
    inbox: Inbox
    wake_up: WakeUp
    rules: ActiveRules
    order_mapping: OrderMapping
    parameters: Parameters
    metrics: Metrics
    clock: Clock
    stored: StoredAssessments
    shown: CardsShown
    callers: Callers
    readers: Executor
    seals: Seals

    @property
    def mapping_set(self) -> MappingSet:
        """The installation's own mapping set; a connection's layer over it: `rules.of`."""
        return self.rules.common

    def today(self) -> date:
        """The day on which facts are judged."""
        return self.clock().date()


def parts_of(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    parts: Parts = request.app.state.parts
    return parts
