"""One hook call with everything it needs, and what the reviews hand back for it."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from fhir_mappings.mapping_rules import MappingSet
from fhir_mappings.plain_results import Alone
from fhir_mappings.reports.bounds import at_most
from runtime.client_profiles import ClientProfile
from runtime.fhir_servers import servers_of, spelled_alike
from runtime.settings import ConnectionSettings
from service.cds_hooks.discovery import OfferedService, renamed_keys
from service.cds_hooks.models import Card, HookRequest
from service.cds_hooks.prefetch import Prefetched, read_prefetch
from service.parts import Parts
from storage.at_hand import AtHand, Glance
from storage.cards import Shown

log = logging.getLogger("service.hooks")

_SECONDS_OF_A_DAY = 86_400
# Words are read at some 200 characters a millisecond, and other callers wait meanwhile.
REPORT_CHARACTERS = 4_000


@dataclass(frozen=True, slots=True)
class HookCall:
    """A call whose envelope has been read; prefetch is read only when somebody asks for it.

    `foreign`: it names a FHIR server that is none of ours, so that only what it brings counts.
    """

    parts: Parts
    service: OfferedService
    connection: ConnectionSettings
    profile: ClientProfile
    request: HookRequest[Any]
    patient_id: str
    foreign: bool = False
    _asked: list[Glance] = field(default_factory=list, repr=False)

    def at_hand(self) -> AtHand | None:
        """What is stored about this patient, asked once per call.

        None: never heard of. Of a foreign server's patient nothing we have stored speaks.
        """
        return None if self.foreign else self._glance().known

    @property
    def may_be_quieted(self) -> bool:
        """Whether somebody overrode a card on this patient lately."""
        return self._glance().overridden

    def _glance(self) -> Glance:
        if not self._asked:
            name, since = self.connection.name, self.quiet_since
            self._asked.append(self.parts.stored.look_up(name, self.patient_id, since))
        return self._asked[0]

    @property
    def quiet_since(self) -> float:
        """Cards shown before this moment (Unix seconds) keep no other card quiet any more."""
        days: float = self.parts.parameters["override_quiet_days"]
        return self.parts.clock().timestamp() - days * _SECONDS_OF_A_DAY

    def prefetched(self, *, alone: bool = False) -> Prefetched:
        """What came along; reading it costs time, so ask once. What is of others is counted.

        `alone`: it is judged as it is, beside nothing stored and nothing read from the EHR; then
        old laboratory results are passed over, which cannot be a fact beside newer ones.
        """
        found = self.read_prefetch(Alone(self.patient_id, self.parts.today()) if alone else None)
        if found.not_understood:
            others = len(found.not_understood)
            self.parts.metrics.count("nelm_prefetch_for_another_total", others)
            log.warning("prefetch holds another patient's", extra={"service": self.service.id})
        return found

    def read_prefetch(self, alone: Alone | None = None) -> Prefetched:
        """The same, silently; whole, unless it is judged alone; workers read the longer reports."""
        with at_most(REPORT_CHARACTERS):
            return read_prefetch(
                self.request.prefetch,
                self.patient_id,
                self.mapping_set,
                self.prefetch_keys,
                self.is_the_ehrs,
                alone,
            )

    def is_the_ehrs(self, server: str) -> bool:
        """Whether an absolute reference to this server is one to the EHR that calls.

        The same id at another server is another patient. A foreign caller's own server is the one
        it names.
        """
        asked = self.request.fhir_server
        try:
            foreign = {spelled_alike(asked)} if self.foreign and asked else None
            return spelled_alike(server) in (foreign or servers_of(self.connection))
        except ValueError:
            return False

    @property
    def mapping_set(self) -> MappingSet:
        """The rules in which this EHR's codes are understood."""
        return self.parts.rules.of(self.connection.name)

    @property
    def prefetch_keys(self) -> Mapping[str, str]:
        """Our prefetch keys that this client knows by another name."""
        return renamed_keys(self.parts.settings, self.connection)

    @property
    def canonical_base(self) -> str:
        return self.parts.settings.canonical_base


@dataclass(frozen=True, slots=True)
class CardToShow:
    """A card, what is remembered of it, and the references of the orders it is about."""

    card: Card
    shown: Shown
    about: tuple[str, ...] = ()
