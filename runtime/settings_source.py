"""From `nelm-cds.toml` and `NELM_…` variables to `Settings`.

A key of the file `connections.main.intake.dialect` is the variable
`NELM_CONNECTIONS__MAIN__INTAKE__DIALECT`; the variable wins. Secrets come by variable or file only.
"""

import tomllib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from runtime.client_profiles import (
    PROFILES,
    ClientProfile,
    contradiction_in,
    on_its_base,
    profile_named,
    unknown_key_in,
)
from runtime.errors import SettingRefused
from runtime.settings import (
    AdminSettings,
    CdsClientSettings,
    ConnectionSettings,
    Secret,
    Settings,
    with_connections,
)
from runtime.settings_checks import (
    wrong_digest,
    wrong_in_certificates,
    wrong_in_client,
    wrong_in_origins,
    wrong_in_readers,
    wrong_url,
)

PREFIX = "NELM_"
NOT_SETTINGS = frozenset({"NELM_CONFIG"})
DEFAULT_FILE = "nelm-cds.toml"
_EMPTY = "an empty secret would let everybody in; set it, or leave the key out"
# Keys whose value may hold a password: in the file only as `<key>_file` or `<key>_env`.
URLS_WITH_PASSWORDS = ("database_url", "broker_url")


def load_settings(environ: Mapping[str, str], directory: Path | None = None) -> Settings:
    """The settings of this process.

    `environ` is the process environment; `directory` is where `nelm-cds.toml` is looked for when
    `NELM_CONFIG` names none (the working directory by default).

    Raises:
        SettingRefused: names the file or variable, the field, and the way out.
    """
    path, tree = _read_file(environ, directory or Path.cwd())
    _refuse_secrets_in_file(tree, path)
    origin = _Origin(path.name if path else DEFAULT_FILE, environ)
    overlay = _from_environment(environ)
    merged = _merged(tree, overlay)
    _resolve_references(merged, environ, path.parent if path else Path.cwd(), origin)
    profiles = {
        name: _client_profile(name, values, origin)
        for name, values in _table(merged, "client_profiles", origin).items()
    }
    connections = {
        name: _connection(name, values, origin)
        for name, values in _table(merged, "connections", origin).items()
    }
    for name, connection in connections.items():
        _check_profile(connection.client_profile, profiles, origin, f"connections.{name}")
    merged["connections"], merged["client_profiles"] = {}, {}
    settings: Settings = _convert(merged, Settings, origin, "")
    _check_url(settings.public_url, origin, "public_url")
    _check_digests(settings.admin, origin)
    settings = msgspec.structs.replace(settings, client_profiles=profiles)
    settings = with_connections(settings, connections)
    _check_callers(settings, origin)
    return settings


class _Origin:
    """Where a field's value came from: its variable if that is set, else the file."""

    def __init__(self, file_name: str, environ: Mapping[str, str]) -> None:
        self._file_name = file_name
        self._variables = {name for name in environ if name.startswith(PREFIX)}

    def of(self, field: str) -> str:
        """`nelm-cds.toml: connections.main.base_url`, or the variable's name."""
        variable = PREFIX + field.replace(".", "__").replace("-", "_").upper()
        return variable if variable in self._variables else f"{self._file_name}: {field}"


def _read_file(environ: Mapping[str, str], directory: Path) -> tuple[Path | None, dict[str, Any]]:
    named = environ.get("NELM_CONFIG")
    path = Path(named) if named else directory / DEFAULT_FILE
    if not path.exists():
        if named:
            raise SettingRefused(
                f'NELM_CONFIG: there is no file "{named}". Write one, or unset the variable'
            )
        return None, {}
    try:
        return path, tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise SettingRefused(f"{path.name}: not readable as TOML ({problem}). Correct it") from None


def _holds_password(url: str) -> bool:
    parts = urlsplit(url)
    asked = {name.lower() for name, _ in parse_qsl(parts.query, keep_blank_values=True)}
    return bool(parts.password) or not asked.isdisjoint({"password", "sslpassword", "passfile"})


def _from_environment(environ: Mapping[str, str]) -> dict[str, Any]:
    """The variables as a tree; numbers as keys become places in a list."""
    tree: dict[str, Any] = {}
    for variable, value in sorted(environ.items()):
        if not variable.startswith(PREFIX) or variable in NOT_SETTINGS:
            continue
        *parents, key = variable.removeprefix(PREFIX).lower().split("__")
        place = tree
        for parent in parents:
            place = place.setdefault(parent, {})
            if not isinstance(place, dict):
                raise SettingRefused(f"{variable}: {parent} is already a value. Remove one of both")
        place[key] = value
    return tree


def _merged(below: Any, above: Any) -> Any:
    """`above` laid over `below`; lists are addressed by their places."""
    if isinstance(below, list) and isinstance(above, dict):
        below = {str(place): item for place, item in enumerate(below)}
    if not isinstance(above, dict):
        return above
    merged = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        merged[key] = _merged(_same_name(merged, key), value)
        _drop_other_spelling(merged, key)
    return _as_list(merged)


def _same_name(tree: dict[str, Any], key: str) -> Any:
    """A connection `north-wing` is `NORTH_WING` in a variable."""
    return tree.get(key, tree.get(key.replace("_", "-")))


def _drop_other_spelling(tree: dict[str, Any], key: str) -> None:
    other = key.replace("_", "-")
    if other != key and other in tree:
        tree[other] = tree.pop(key)


def _as_list(tree: dict[str, Any]) -> Any:
    if tree and all(key.isdigit() for key in tree):
        return [tree[key] for key in sorted(tree, key=int)]
    return tree


def _refuse_secrets_in_file(tree: Any, path: Path | None, where: str = "") -> None:
    if not isinstance(tree, dict):
        return
    for key, value in tree.items():
        field = f"{where}{key}"
        password = key in URLS_WITH_PASSWORDS and isinstance(value, str) and _holds_password(value)
        if key in ("secret", "secrets") or password:
            raise SettingRefused(
                f"{path.name if path else ''}: {field} holds a secret. "
                f'Write {key}_file = "/path" or {key}_env = "VARIABLE" instead'
            )
        _refuse_secrets_in_file(value, path, f"{field}.")


def _resolve_references(
    tree: dict[str, Any], environ: Mapping[str, str], base: Path, origin: _Origin, where: str = ""
) -> None:
    """Replace `x_file` and `x_env` by `x`, for secrets and URLs that hold one."""
    for key in list(tree):
        if isinstance(tree[key], dict):
            _resolve_references(tree[key], environ, base, origin, f"{where}{key}.")
            continue
        name, _, kind = key.rpartition("_")
        if kind in ("file", "env") and name in ("secret", "secrets", *URLS_WITH_PASSWORDS):
            reference = str(tree.pop(key))
            found = _referenced(kind, reference, environ, base, origin.of(f"{where}{key}"))
            if kind == "file" and name not in URLS_WITH_PASSWORDS:
                # One to a line: a generated secret may well hold a comma.
                tree["secrets"] = found.split("\n")
            else:
                tree[name] = found
    for key in ("secret", "secrets"):
        if isinstance(tree.get(key), str):
            tree["secrets"] = [part.strip() for part in tree.pop(key).split(",")]


def _referenced(
    kind: str, reference: str, environ: Mapping[str, str], base: Path, field: str
) -> str:
    if kind == "env":
        if reference not in environ:
            raise SettingRefused(
                f"{field} names the variable {reference}, which is not set. Set it"
            )
        return environ[reference]
    try:
        return (base / reference).read_text(encoding="utf-8").strip()
    except OSError:
        raise SettingRefused(
            f'{field} names the file "{reference}", which cannot be read. '
            "Check its path and permissions"
        ) from None


def _table(tree: dict[str, Any], key: str, origin: _Origin) -> dict[str, Any]:
    table = tree.get(key, {})
    if not isinstance(table, dict):
        raise SettingRefused(f"{origin.of(key)} must be a table. Write [{key}.NAME]")
    return table


def _connection(name: str, values: Any, origin: _Origin) -> ConnectionSettings:
    field = f"connections.{name}"
    if not isinstance(values, dict):
        raise SettingRefused(f"{origin.of(field)} must be a table. Write [{field}]")
    if not name.replace("-", "").isalnum() or not name.isascii() or name != name.lower():
        raise SettingRefused(
            f"{origin.of(field)}: a connection's name holds lower-case letters, digits, hyphens. "
            "Rename it before patients are known under it"
        )
    if "base_url" not in values:
        raise SettingRefused(
            f"{origin.of(f'{field}.base_url')} is missing. "
            "Write the FHIR base URL, for example https://ehr.example/fhir/R4"
        )
    connection: ConnectionSettings = _convert(
        {**values, "name": name}, ConnectionSettings, origin, field
    )
    _check_url(connection.base_url, origin, f"{field}.base_url")
    _check_auth(connection, origin, field)
    if connection.delivery != "cards":
        raise SettingRefused(
            f'{origin.of(f"{field}.delivery")}: "{connection.delivery}" comes with a later '
            'version. Write "cards", or leave it out'
        )
    wrong = unknown_key_in(connection.prefetch_keys)
    if wrong is not None:
        raise SettingRefused(f"{origin.of(field)}: {wrong}")
    for place, client in enumerate(connection.cds_clients):
        _check_client(client, origin, f"{field}.cds_clients[{place}]")
    return msgspec.structs.replace(connection, base_url=connection.base_url.rstrip("/"))


def _check_digests(admin: AdminSettings, origin: _Origin) -> None:
    for place, digest in enumerate(admin.token_digests):
        wrong = wrong_digest(digest)
        if wrong is not None:
            raise SettingRefused(f"{origin.of(f'admin.token_digests[{place}]')} {wrong}")


def _client_profile(name: str, values: Any, origin: _Origin) -> ClientProfile:
    field = f"client_profiles.{name}"
    if name in PROFILES:
        raise SettingRefused(
            f"{origin.of(field)} is the name of a profile of ours. "
            f'Choose another, with base = "{name}"'
        )
    if not isinstance(values, dict):
        raise SettingRefused(f"{origin.of(field)} must be a table. Write [{field}]")
    try:
        table = on_its_base(values)
    except SettingRefused as refusal:
        raise SettingRefused(f"{origin.of(f'{field}.base')} {refusal}") from None
    profile: ClientProfile = _convert(table, ClientProfile, origin, field)
    wrong = contradiction_in(profile)
    if wrong is not None:
        raise SettingRefused(f"{origin.of(field)}: {wrong}")
    return profile


def _check_profile(
    name: str, own: Mapping[str, ClientProfile], origin: _Origin, field: str
) -> None:
    try:
        profile_named(name, own)
    except SettingRefused as refusal:
        raise SettingRefused(f"{origin.of(f'{field}.client_profile')} {refusal}") from None


def _check_auth(connection: ConnectionSettings, origin: _Origin, field: str) -> None:
    if connection.auth.kind == "none":
        return
    for key in ("client_id", "key_file"):
        if not getattr(connection.auth, key):
            raise SettingRefused(
                f"{origin.of(f'{field}.auth.{key}')} is missing. "
                'SMART Backend Services need it; or write kind = "none"'
            )


def _check_client(client: CdsClientSettings, origin: _Origin, field: str) -> None:
    wrong = wrong_in_client(client)
    if wrong is not None:
        raise SettingRefused(f"{origin.of(f'{field}.{wrong[0]}'.rstrip('.'))} {wrong[1]}")


def _check_callers(settings: Settings, origin: _Origin) -> None:
    wrong = (
        wrong_in_certificates(settings) or wrong_in_readers(settings) or wrong_in_origins(settings)
    )
    if wrong is not None:
        raise SettingRefused(f"{origin.of(wrong[0])} {wrong[1]}")


def _check_url(url: str, origin: _Origin, field: str) -> None:
    wrong = wrong_url(url)
    if wrong is not None:
        raise SettingRefused(f"{origin.of(field)} {wrong}")


def _convert(values: dict[str, Any], kind: type[Any], origin: _Origin, field: str) -> Any:
    try:
        return msgspec.convert(values, kind, strict=False, dec_hook=_secret)
    except msgspec.ValidationError as problem:
        raise SettingRefused(_explained(str(problem), kind, origin, field)) from None


def _secret(kind: type[Any], value: Any) -> Any:
    if kind is Secret and isinstance(value, str):
        if not value.strip():
            raise ValueError(_EMPTY)
        return Secret(value.strip())
    raise NotImplementedError(kind)


def _explained(problem: str, kind: type[Any], origin: _Origin, field: str) -> str:
    """msgspec's sentence with the field's full name, and the nearest known key."""
    reason, _, path = problem.partition(" - at `$")
    where = (field + path.rstrip("`").replace("[...]", ".NAME")).lstrip(".")
    if "unknown field" in reason:
        unknown = reason.split("`")[1]
        known = _known_keys(kind)
        close = get_close_matches(unknown, known, n=1)
        hint = f"Did you mean {close[0]}?" if close else f"Known keys: {', '.join(sorted(known))}"
        return f"{origin.of(f'{where}.{unknown}'.lstrip('.'))} is not a setting. {hint}"
    if "missing required field" in reason:
        missing = reason.split("`")[1]
        return f"{origin.of(f'{where}.{missing}'.lstrip('.'))} is missing. Write it"
    return f"{origin.of(where)} {_meant(reason)}"


# msgspec's names of kinds, as people say them, with an example.
_KINDS = {
    "int": ("a whole number", "30"),
    "float": ("a number", "2.5"),
    "bool": ("true or false", "true"),
    "str": ("text", '"main"'),
    "array": ("a list", '["one", "two"]'),
    "object": ("a table", "[table]"),
}


def _meant(reason: str) -> str:
    """What the value must be; never the value itself."""
    _, _, rest = reason.partition("Expected `")
    kind, _, limit = rest.partition("`")
    if kind not in _KINDS:
        allowed = " docs/configuration.md lists those allowed." if "enum" in reason else ""
        return f"is not allowed: {reason[:1].lower()}{reason[1:]}.{allowed} Correct the value"
    words, example = _KINDS[kind]
    if limit.startswith((" <", " >")):
        return f"must be {words}{limit.removesuffix('.0')}. Correct the value"
    return f"is not {words}. Write for example {example}"


def _known_keys(kind: type[Any]) -> list[str]:
    """Every key of the record and of the records inside it."""
    keys: list[str] = []
    for name, hint in kind.__annotations__.items():
        keys.append(name)
        if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
            keys += _known_keys(hint)
    return keys
