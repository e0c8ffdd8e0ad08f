"""Who calls a hook, and for which EHR: the seam through which every hook call passes.

Today callers are known by nothing but where they can reach us from (loopback or a configured
open access); verified tokens take their place behind the same `verify`.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from runtime.settings import ConnectionSettings, Settings
from service.errors import Malformed, Unauthenticated


@dataclass(frozen=True, slots=True)
class Verified:
    """A caller we answer: the client's name, and the connections it may speak for."""

    client: str
    connections: tuple[str, ...]


OPEN_CLIENT = "open"


def verify(settings: Settings, authorization: str | None) -> Verified:
    """The caller of this request.

    With open access everybody is `open` and may speak for every connection; whatever token came
    along is not looked at, not stored and not logged.

    Raises:
        Unauthenticated: access is not open. Bare outside; the reason stays in our log.
    """
    if settings.open_to_all:
        return Verified(OPEN_CLIENT, tuple(settings.connections))
    raise Unauthenticated("access is not open and no client token can be verified")


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
        asked = _normal(fhir_server)
        fitting = [one for one in allowed if asked in _servers(one)]
        if not fitting and len(allowed) == 1:
            return allowed[0], True
    if len(fitting) == 1:
        return fitting[0], False
    if fitting:
        raise Malformed("Several EHRs are connected; fhirServer must name one.", field="fhirServer")
    raise Malformed(
        "No connection has this fhirServer. Send the base URL of a connected EHR, or list this "
        "one under fhir_servers of its connection.",
        field="fhirServer",
    )


def _servers(connection: ConnectionSettings) -> set[str]:
    return {_normal(server) for server in (connection.base_url, *connection.fhir_servers)}


def _normal(url: str) -> str:
    """Scheme and host in lower case, default ports and the last slash left out."""
    parts = urlsplit(url.strip())
    host = parts.netloc.lower()
    for scheme, port in (("http", ":80"), ("https", ":443")):
        if parts.scheme.lower() == scheme:
            host = host.removesuffix(port)
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}"
