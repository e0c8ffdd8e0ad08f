"""Who calls a hook, and for which EHR: the seam through which every hook call passes.

Where CDS clients are configured their signed tokens are verified; without any, callers are known
by nothing but where they reach us from (service.open_access).
"""

from collections.abc import Mapping, Sequence
from importlib import import_module

from runtime.fhir_servers import servers_of, spelled_alike
from runtime.metrics import Metrics
from runtime.settings import ConnectionSettings, Settings
from service.callers import Callers, Verified
from service.cds_hooks.replays import open_replays
from service.errors import Malformed, Unauthenticated
from service.open_access import is_open_to
from service.parts import Clock
from storage.database import Database

OPEN_CLIENT = "open"


class OpenCallers:
    """No client is configured: whom access is open to may speak for every connection.

    Whatever token came along is not looked at, not stored and not logged.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._caller = Verified(OPEN_CLIENT, tuple(settings.connections))

    async def start(self) -> None:
        """Nothing to read."""

    async def close(self) -> None:
        """Nothing to let go of."""

    async def verify(self, headers: Mapping[str, str], service: str) -> Verified:
        """`open`; Raises Unauthenticated where access is not open to this request."""
        if not is_open_to(self._settings, headers):
            raise Unauthenticated("access is not open and no CDS client is configured")
        return self._caller


def open_callers(settings: Settings, database: Database, metrics: Metrics, clock: Clock) -> Callers:
    """How callers of this installation are known.

    What checks signatures takes 20 MB and 0.1 s to load: only where a client is configured.
    """
    if not any(one.cds_clients for one in settings.connections.values()):
        return OpenCallers(settings)
    signed_callers = import_module("service.cds_hooks.signed_callers").SignedCallers
    callers: Callers = signed_callers(settings, open_replays(settings, database), metrics, clock)
    return callers


def choose_connection(
    settings: Settings, caller: Verified, fhir_server: str | None
) -> tuple[ConnectionSettings, bool]:
    """The one connection a call belongs to, and whether it names a FHIR server that is not ours.

    By `fhirServer`; a sole connection is the default. A server we do not know may use the ids of
    our patients for others of its own: such a call is answered from what it brings alone.

    Raises:
        Malformed: no connection fits, or several do; a call never belongs to a guessed EHR.
    """
    allowed = [settings.connections[name] for name in caller.connections]
    if not allowed:
        raise Malformed("No EHR connection is configured.", field="fhirServer")
    fitting = allowed
    if fhir_server:
        asked = _asked(fhir_server)
        fitting = [one for one in allowed if asked in servers_of(one)]
        if not fitting and len(allowed) == 1:
            return allowed[0], True
    if len(fitting) == 1:
        return fitting[0], False
    raise _undecided(fitting)


def _undecided(fitting: Sequence[ConnectionSettings]) -> Malformed:
    if fitting:
        return Malformed(
            "Several EHRs are connected; fhirServer must name one.", field="fhirServer"
        )
    return Malformed(
        "No connection has this fhirServer. Send the base URL of a connected EHR, or list this "
        "one under fhir_servers of its connection.",
        field="fhirServer",
    )


def _asked(fhir_server: str) -> str:
    try:
        return spelled_alike(fhir_server)
    except ValueError:
        raise Malformed("The field fhirServer is not a URL.", field="fhirServer") from None
