"""What `doctor` looks at: one line per part, what is wrong and what to do."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import UTC, datetime
from importlib import import_module
from typing import Any

from ehr.auth import BackendServicesAuthorization
from ehr.errors import EhrError, EhrUnavailable, ResourceGone
from ehr.interface import Ehr
from fhir_mappings.subscriptions import difference, is_same_request
from nelm_cds.context import FIND_DATABASE, NO_DATABASE
from nelm_cds.examined_database import looked_up
from nelm_cds.examined_events import examine_events
from nelm_cds.examined_line import Line
from nelm_cds.examined_rules import examine_rules
from nelm_cds.subscribing import held_subscriptions, wanted_subscriptions
from runtime.errors import SettingRefused
from runtime.settings import Access, CdsClientSettings, ConnectionSettings, Settings
from service.cds_hooks.key_sets import Key, KeysUnavailable, keys_of
from storage import jobs, notifications
from storage.backlog import GivenUp, given_up, not_read, overdue_seconds
from storage.database import SCHEMA_VERSION, Database, place_of
from storage.errors import StorageError, StorageRefused
from workers.parts import authorization_of, open_ehr

NEEDED_TYPES = (
    "Patient",
    "Observation",
    "Condition",
    "Procedure",
    "MedicationRequest",
    "DiagnosticReport",
)

# The schedule looks far more often; longer than this means that it does not.
IDLE_SECONDS = 300


def examine(settings: Settings) -> list[Line]:
    """Look at every part; none is changed, and one that is away does not hide the others."""
    lines = [_configuration(settings), _access(settings), _database(settings), _broker(settings)]
    lines += [_admin(settings), _staging_links(settings)]
    lines += examine_rules(settings)
    lines += examine_events(settings)
    for connection in settings.connections.values():
        lines += _connection(settings, connection)
        lines += _not_read(settings, connection.name)
        lines += [_client(connection, client) for client in connection.cds_clients]
    return lines


def _well(part: str, says: str) -> Line:
    return Line(part, True, says)


def _wrong(part: str, says: str, do: str) -> Line:
    return Line(part, False, says.rstrip("."), do)


def _variable(connection: str, key: str) -> str:
    return f"NELM_CONNECTIONS__{connection.replace('-', '_').upper()}__{key}"


def _configuration(settings: Settings) -> Line:
    if not settings.connections:
        return _wrong(
            "configuration",
            "no EHR is connected",
            "Add [connections.NAME] with its base_url to nelm-cds.toml",
        )
    return _well("configuration", f"{len(settings.connections)} EHR connected")


def _access(settings: Settings) -> Line:
    """Who is let in without signing in, and which door that leaves shut."""
    connections = settings.connections.values()
    unguarded = [one.name for one in connections if not one.intake.secrets]
    unsigned = [one.name for one in connections if not one.cds_clients]
    if settings.access is Access.CLOSED:
        return _closed_access(unguarded, unsigned)
    says = f"open to {settings.access.value}"
    if settings.access is Access.CONFIGURED and (unguarded or unsigned):
        return _wrong(
            "access", says, "Right on a closed test network only; else set open_access = false"
        )
    return _well("access", says)


def _closed_access(unguarded: list[str], unsigned: list[str]) -> Line:
    """Nobody is let in without signing in: wrong for the connections that nobody can sign in to."""
    says = "closed without a token or secret: host or public_url is not loopback"
    if unguarded:
        return _wrong(
            "access",
            f"{says}; notifications of {', '.join(unguarded)} are refused, there is no secret",
            f"Set {_variable(unguarded[0], 'INTAKE__SECRET')}, then: nelm-cds subscribe",
        )
    if unsigned:
        return _wrong(
            "access",
            f"{says}; hook calls for {', '.join(unsigned)} are refused, no client is trusted",
            f"Name who may call: [[connections.{unsigned[0]}.cds_clients]] "
            "with issuer and jwks_file",
        )
    return _well("access", says)


def _admin(settings: Settings) -> Line:
    """Who may open the pages under /admin; a closed one is no fault."""
    tokens = len(settings.admin.token_digests)
    if tokens:
        return _well("/admin", f"open to holders of an operator token ({tokens} configured)")
    if settings.access is Access.LOOPBACK:
        return _well("/admin", "open to callers on this machine: no operator token is asked for")
    return _well("/admin", "closed to everybody: admin.token_digests is empty")


def _staging_links(settings: Settings) -> Line:
    minutes = settings.pages.link_minutes
    if not minutes:
        return _well("staging links", "off: pages.link_minutes is 0, cards have none")
    if not settings.has_public_url:
        return _wrong(
            "staging links",
            "off: public_url is loopback and leads nowhere from another machine",
            "Set NELM_PUBLIC_URL to the address that people reach us at",
        )
    return _well("staging links", f"on; each opens for {minutes} minutes")


def _database(settings: Settings) -> Line:
    """Named in every answer: an empty one elsewhere must not pass for the service's own."""
    try:
        place = place_of(settings.database_url)
    except StorageRefused as refusal:
        return _wrong("database", str(refusal), "Correct NELM_DATABASE_URL")
    if not place.is_there:
        return _wrong("database", NO_DATABASE.format(place.name), FIND_DATABASE)
    try:
        line = _opened(settings)
    except StorageError as problem:
        line = _wrong("database", str(problem), "Check NELM_DATABASE_URL and the server")
    return Line(line.part, line.well, f"{line.says}, in {place.name}", line.do)


def _opened(settings: Settings) -> Line:
    database = Database(settings.database_url)
    try:
        version = database.schema_version()
        if version != SCHEMA_VERSION:
            return _wrong(
                "database",
                f"schema {version or 'none'}, needed {SCHEMA_VERSION}",
                "Run: nelm-cds migrate",
            )
        with database.reading() as tx:
            waiting = notifications.count_waiting(tx) + jobs.count_waiting(tx)
            overdue, gone = overdue_seconds(tx, time.time()), given_up(tx)
    finally:
        database.close()
    return _work(waiting, overdue, gone)


def _not_read(settings: Settings, connection: str) -> list[Line]:
    """Changes that this EHR told us of and did not let us read; nothing where there are none."""
    return looked_up(settings, lambda database: _waiting_for(database, connection))


def _waiting_for(database: Database, connection: str) -> list[Line]:
    with database.reading() as tx:
        found = not_read(tx).get(connection)
    if found is None:
        return []
    since = datetime.fromtimestamp(found.since, UTC).isoformat(timespec="seconds")
    return [
        _wrong(
            f"connection {connection}",
            f"{found.changes} changes since {since} could not be read so far",
            "They are tried again by themselves. If the EHR is well: nelm-cds jobs revive",
        )
    ]


def _work(waiting: int, overdue: float, gone: GivenUp) -> Line:
    if overdue > IDLE_SECONDS:
        return _wrong(
            "database",
            f"{waiting} rows wait, the oldest for {overdue:.0f} s: nobody works on them",
            "Start nelm-cds serve (or, with a broker, nelm-cds worker --schedule) anew",
        )
    if gone.buried or gone.poison:
        buried = gone.buried + gone.poison
        return _wrong(
            "database", f"{waiting} rows wait, {buried} were given up on", "See: nelm-cds jobs list"
        )
    return _well("database", f"schema {SCHEMA_VERSION}, {waiting} rows wait")


def _broker(settings: Settings) -> Line:
    if settings.embedded:
        return _well("broker", "none; the web process works itself")
    redis: Any = import_module("redis")
    try:
        redis.Redis.from_url(settings.broker_url, socket_connect_timeout=2, socket_timeout=2).ping()
    except (OSError, ValueError, import_module("redis.exceptions").RedisError) as problem:
        return _wrong(
            "broker",
            f"does not answer ({type(problem).__name__})",
            "Nothing is lost: the schedule works. Check NELM_BROKER_URL",
        )
    return _well("broker", "answers")


def _connection(settings: Settings, connection: ConnectionSettings) -> list[Line]:
    name = f"connection {connection.name}"
    try:
        ehr = open_ehr(connection)
        lines = [_metadata(name, ehr.capabilities())]
        lines += _scopes(name, connection)
        lines.append(_subscriptions(name, settings, connection, ehr))
        lines.append(
            _well(
                name,
                "no sweep yet (a later version): what nobody told us, backfill finds, "
                "deletions included",
            )
        )
    except SettingRefused as refusal:
        return [_wrong(name, str(refusal), "Correct the setting")]
    except EhrUnavailable as problem:
        return [
            _wrong(
                name,
                f"does not answer ({problem})",
                "Check base_url and the network; nothing is lost meanwhile",
            )
        ]
    except ResourceGone:
        return [
            _wrong(
                name,
                "has no FHIR server at that address (metadata: HTTP 404)",
                "Check base_url; it ends where /metadata begins",
            )
        ]
    except EhrError as problem:
        return [
            _wrong(
                name,
                f"refuses us ({problem})",
                "Check auth.client_id, the key, and what its administrator granted",
            )
        ]
    return lines


def _client(connection: ConnectionSettings, client: CdsClientSettings) -> Line:
    """Whether the client's keys can be read, and one of them fits what it may sign with."""
    tenant = f" tenant {client.tenant}" if client.tenant else ""
    name = f"CDS client {client.issuer}{tenant} of {connection.name}"
    place = client.jwks_url or client.jwks_file
    if not place:
        return _well(name, f"known by its TLS certificate ({len(client.certificates)} named)")
    try:
        keys = keys_of(client).values()
    except KeysUnavailable as problem:
        return _wrong(
            name,
            f"no keys from {place}: {problem}",
            f"Its calls are not answered. Ask the client for its JWKS, or correct "
            f"connections.{connection.name}.cds_clients",
        )
    fitting = [key for key in keys if not set(key.algorithms).isdisjoint(client.algorithms)]
    if not fitting:
        return _wrong(
            name,
            f"its keys are for {_algorithms_of(keys)}, allowed are {', '.join(client.algorithms)}",
            "If that is what it signs with, add it to algorithms",
        )
    named = ", ".join(f"{key.id} ({' or '.join(key.algorithms)})" for key in fitting)
    return _well(name, f"{len(fitting)} of {len(keys)} keys usable: {named}")


def _algorithms_of(keys: Collection[Key]) -> str:
    return ", ".join(sorted({one for key in keys for one in key.algorithms})) or "none of ours"


def _metadata(name: str, capabilities: dict[str, Any]) -> Line:
    version = str(capabilities.get("fhirVersion", "unknown"))
    software = (capabilities.get("software") or {}).get("name", "an unnamed server")
    if not version.startswith("4."):
        return _wrong(name, f"speaks FHIR {version}", "Use its R4 base URL")
    offered = _offered_types(capabilities)
    missing = [type_ for type_ in NEEDED_TYPES if type_ not in offered]
    if missing:
        return _wrong(
            name,
            f"{software} does not offer {', '.join(missing)}",
            "What is not offered stays unknown; ask its administrator",
        )
    return _well(name, f"{software}, FHIR {version}")


def _offered_types(capabilities: dict[str, Any]) -> set[Any]:
    return {
        resource.get("type")
        for rest in capabilities.get("rest") or []
        for resource in rest.get("resource") or []
    }


def _scopes(name: str, connection: ConnectionSettings) -> list[Line]:
    authorization = authorization_of(connection)
    if not isinstance(authorization, BackendServicesAuthorization):
        return []
    missing = sorted(authorization.missing_scopes())
    if missing:
        return [
            _wrong(
                name,
                f"granted less than asked: {' '.join(missing)} missing",
                "Ask its administrator for these scopes",
            )
        ]
    return [_well(name, "token with all scopes")]


def _subscriptions(name: str, settings: Settings, connection: ConnectionSettings, ehr: Ehr) -> Line:
    held = held_subscriptions(ehr)
    wrong = []
    wanted_ones = wanted_subscriptions(settings, connection)
    for type_, wanted in wanted_ones.items():
        ours = [one for one in held if is_same_request(one, wanted)]
        if not ours:
            wrong.append(f"{type_} missing")
        elif differing := difference(ours[0], wanted):
            wrong.append(f"{type_} differs in {' and '.join(differing)}")
    if wrong:
        return _wrong(
            name, f"subscriptions: {'; '.join(wrong)}", f"Run: nelm-cds subscribe {connection.name}"
        )
    return _well(name, f"{len(wanted_ones)} subscriptions as wanted")
