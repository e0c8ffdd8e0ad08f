"""One hook call with everything it needs, and what the reviews hand back for it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from fhir_mappings.mapping_rules import MappingSet
from runtime.client_profiles import ClientProfile
from runtime.fhir_servers import servers_of, spelled_alike
from runtime.settings import ConnectionSettings
from service.cds_hooks.discovery import OfferedService, renamed_keys
from service.cds_hooks.models import Card, HookRequest
from service.cds_hooks.prefetch import Prefetched, read_prefetch
from service.parts import Parts
from storage.cards import Shown


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

    def prefetched(self) -> Prefetched:
        """What came along; reading it costs time, so ask once."""
        return read_prefetch(
            self.request.prefetch,
            self.patient_id,
            self.mapping_set,
            self.prefetch_keys,
            self.is_the_ehrs,
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
