"""Every setting of a process, as frozen records.

Where the values come from (TOML file, environment, secret files) is `runtime.settings_source`.
Nothing below the command line reads the environment.
"""

from collections.abc import Mapping
from enum import Enum
from functools import lru_cache
from ipaddress import ip_address
from typing import Annotated, Literal
from urllib.parse import urlsplit

import msgspec

from runtime.client_profiles import ClientProfile, profile_named

Port = Annotated[int, msgspec.Meta(ge=0, le=65535)]
Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

Delivery = Literal["cards", "direct", "both"]
Dialect = Literal["rest-hook", "topic"]
Algorithm = Literal["ES256", "ES384", "RS256", "RS384", "EdDSA"]


class Access(Enum):
    """Who is let in without signing in."""

    CONFIGURED = "everybody who reaches us: open_access is set"
    LOOPBACK = "callers on this machine: host and public_url are loopback"
    CLOSED = "nobody"


class Secret:
    """A value that is compared and sent, and never printed."""

    __slots__ = ("value",)

    def __init__(self, value: str) -> None:
        self.value = value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other.value == self.value

    def __hash__(self) -> int:
        return hash(self.value)


class _Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Base of all settings: frozen, and an unknown key is refused rather than ignored."""


class AuthSettings(_Settings, frozen=True):
    """How we sign in to the EHR: not at all, or SMART Backend Services with a signed assertion."""

    kind: Literal["none", "smart_backend"] = "none"
    client_id: str = ""
    token_url: str = ""
    key_file: str = ""
    key_id: str = ""
    algorithm: Literal["RS384", "ES384"] = "ES384"
    scope: str = "system/*.rs"


class IntakeSettings(_Settings, frozen=True):
    """What this EHR sends us, and how far we believe it.

    `secrets` holds the current and, while it is being changed, the former one. Without any, only
    open access (loopback or configured) lets a notification in. `sweep_seconds` has no effect
    before the version that brings the sweep.
    """

    dialect: Dialect = "rest-hook"
    secrets: tuple[Secret, ...] = ()
    trust_bodies: bool = True
    sweep_seconds: Seconds = 300.0
    payload: bool = True


class CdsClientSettings(_Settings, frozen=True):
    """A CDS client whose signed tokens count for one connection.

    Its keys come from `jwks_file` or from `jwks_url`, never from where a token says. Without
    `tenant` only tokens that name none count. `max_token_seconds` is the longest life of a token.
    `certificates` are SHA-256 of its TLS certificates, 64 hexadecimal digits each: beside keys both
    are asked for; without a place of keys the certificate alone, and no token.
    """

    issuer: str
    tenant: str = ""
    jwks_file: str = ""
    jwks_url: str = ""
    algorithms: tuple[Algorithm, ...] = ("ES384", "RS384")
    certificates: tuple[str, ...] = ()
    max_token_seconds: Positive = 300


class ConnectionSettings(_Settings, frozen=True):
    """One EHR. `name` never changes once patients are known under it.

    `delivery`: only `cards` so far; the others are refused until a later version brings them.
    `hook_read_seconds` is how long all reads during one hook call may take together, with the
    token that came with it; 0 never reads.
    """

    name: str
    base_url: str
    auth: AuthSettings = AuthSettings()
    intake: IntakeSettings = IntakeSettings()
    cds_clients: tuple[CdsClientSettings, ...] = ()
    client_profile: str = "generic"
    prefetch_keys: dict[str, str] = {}
    delivery: Delivery = "cards"
    timeout_seconds: Seconds = 20.0
    fhir_servers: tuple[str, ...] = ()
    hook_read_seconds: Annotated[float, msgspec.Meta(ge=0, le=10)] = 0.3


class ReaderSettings(_Settings, frozen=True):
    """Other software that may read stored assessments of the connections it names.

    `token_digests` are SHA-256 of its bearer tokens, 64 hexadecimal digits each; two while one
    changes. The tokens themselves are never kept.
    """

    token_digests: tuple[str, ...]
    connections: tuple[str, ...]


class PageSettings(_Settings, frozen=True):
    """The read-only page of a patient's staging, which cards lead to by a signed link.

    A link opens for `link_minutes`; 0 puts none on cards. `secrets` sign them: the first one signs,
    each of them counts. Without any, the installation makes one and keeps it in its database.
    """

    link_minutes: Annotated[int, msgspec.Meta(ge=0, le=1440)] = 30
    secrets: tuple[Secret, ...] = ()


class AdminSettings(_Settings, frozen=True):
    """Who may open the pages under /admin: whoever holds an operator token.

    `token_digests` are SHA-256 of the tokens, 64 hexadecimal digits each. Without any, only
    callers on this machine are let in, and only where `host` and `public_url` are loopback.
    """

    token_digests: tuple[str, ...] = ()
    session_minutes: Positive = 480


class WorkerSettings(_Settings, frozen=True):
    """How the work is cut. A lease is how long a taken row stays with a worker that fell silent.

    What fails through a fault of ours, is forbidden by the EHR (400, 401, 403), or what it cannot
    give while it gives others, is given up after `max_attempts`; ten take about a quarter of an
    hour. An EHR that is away is waited for.
    """

    batch_size: Positive = 500
    patients_at_once: Positive = 200
    read_threads: Annotated[int, msgspec.Meta(ge=1, le=64)] = 8
    lease_seconds: Seconds = 300.0
    max_attempts: Positive = 10
    first_pause_seconds: Seconds = 2.0
    longest_pause_seconds: Seconds = 120.0
    tick_seconds: Seconds = 5.0
    keep_days: Positive = 30


class Settings(_Settings, frozen=True):
    """All settings of one installation; the defaults are the embedded one.

    Callers without a token or secret are let in where `open_access` says so, or where `host` and
    `public_url` are both loopback and the request was made on this machine. `certificate_header` is
    where `trusted_proxies` (addresses or networks) put the TLS certificate that a client showed
    them; from anybody else the header is dropped.
    """

    database_url: str = "sqlite:///var/nelm-cds.sqlite"
    broker_url: str = ""
    public_url: str = "http://127.0.0.1:8000"
    canonical_base: str = "urn:nelm-cds"
    host: str = "127.0.0.1"
    port: Port = 8000
    open_access: bool = False
    max_body_bytes: Positive = 16 * 1024 * 1024
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    mapping_set: str = ""
    cors_origins: tuple[str, ...] = ()
    certificate_header: str = ""
    trusted_proxies: tuple[str, ...] = ()
    readers: dict[str, ReaderSettings] = {}
    pages: PageSettings = PageSettings()
    admin: AdminSettings = AdminSettings()
    workers: WorkerSettings = WorkerSettings()
    connections: dict[str, ConnectionSettings] = {}
    client_profiles: dict[str, ClientProfile] = {}

    def profile_of(self, connection: ConnectionSettings) -> ClientProfile:
        """What the CDS clients of a connection can take.

        Raises:
            SettingRefused: its profile does not exist.
        """
        return profile_named(connection.client_profile, self.client_profiles)

    @property
    def embedded(self) -> bool:
        """Whether work is done in the web process itself, because there is no broker."""
        return not self.broker_url

    @property
    def access(self) -> Access:
        """Who is let in without signing in.

        Listening on loopback alone tells nothing: behind a proxy everybody reaches it. Then
        `public_url` names the proxy's address.
        """
        if self.open_access:
            return Access.CONFIGURED
        here = is_loopback(self.host) and is_loopback(_host_of(self.public_url))
        return Access.LOOPBACK if here else Access.CLOSED

    @property
    def has_public_url(self) -> bool:
        """Whether people can reach us at `public_url`: loopback leads nowhere from elsewhere."""
        return is_loopback(self.host) or not is_loopback(_host_of(self.public_url))

    def sole_connection(self) -> ConnectionSettings | None:
        """The only connection, which is the default one; None when there are none or several."""
        connections = list(self.connections.values())
        return connections[0] if len(connections) == 1 else None


@lru_cache(maxsize=256)
def is_loopback(host: str) -> bool:
    """Whether a host name or address can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


@lru_cache(maxsize=256)
def _host_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""


def with_connections(settings: Settings, connections: Mapping[str, ConnectionSettings]) -> Settings:
    """The same settings with these connections instead (the demo adds its sample EHR so)."""
    return msgspec.structs.replace(settings, connections=dict(connections))
