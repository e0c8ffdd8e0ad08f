"""The page of settings, printed from the records that hold them."""

import inspect
from collections.abc import Iterator
from typing import Any

import msgspec

from runtime import client_profiles
from runtime import settings as records

ORDER = (
    (records.Settings, "", "The installation"),
    (records.ConnectionSettings, "connections.NAME.", "One EHR"),
    (records.AuthSettings, "connections.NAME.auth.", "Signing in to the EHR"),
    (records.IntakeSettings, "connections.NAME.intake.", "What the EHR sends"),
    (records.CdsClientSettings, "connections.NAME.cds_clients.0.", "A CDS client"),
    (records.ReaderSettings, "readers.NAME.", "Software that reads assessments"),
    (records.PageSettings, "pages.", "The page that cards lead to"),
    (records.AdminSettings, "admin.", "The pages under /admin"),
    (client_profiles.ClientProfile, "client_profiles.NAME.", "An own client profile"),
    (records.WorkerSettings, "workers.", "How the work is cut"),
)


def configuration_page() -> str:
    """Every key with its variable, kind and default, by subject."""
    lines = [
        "# Configuration",
        "",
        "*Printed from the code by `make docs`; do not edit.*",
        "",
        "Keys stand in `nelm-cds.toml` (its path in `NELM_CONFIG`, else the working directory);",
        "every key is also a variable, which wins. Secrets come by variable, or as `<key>_file` or",
        "`<key>_env` references, a file one to a line; the settings file refuses them.",
        "",
    ]
    for record, prefix, title in ORDER:
        lines += _section(record, prefix, title)
    return "\n".join(lines) + "\n"


# They are described below, each by itself.
_SECTIONS = ("connections", "client_profiles", "readers")


def _section(record: type[msgspec.Struct], prefix: str, title: str) -> Iterator[str]:
    yield f"## {title}"
    yield ""
    yield " ".join((inspect.getdoc(record) or "").split())
    yield ""
    yield "| key | variable | kind | default |"
    yield "|---|---|---|---|"
    for field in msgspec.structs.fields(record):
        has_own_section = not prefix and field.name in _SECTIONS
        if (
            isinstance(field.default, msgspec.Struct)
            or has_own_section
            or field.name == "cds_clients"
        ):
            continue
        key = prefix + field.name
        variable = "NELM_" + key.replace(".", "__").upper()
        yield f"| `{key}` | `{variable}` | {_kind(field.type)} | {_default(field)} |"
    yield ""


def _kind(kind: Any) -> str:
    info = msgspec.inspect.type_info(kind) if not _has_secret(kind) else None
    if info is None:
        return "secret, repeatable"
    if isinstance(info, msgspec.inspect.LiteralType):
        return ", ".join(f"`{value}`" for value in sorted(map(str, info.values)))
    if isinstance(info, msgspec.inspect.BoolType):
        return "true or false"
    if isinstance(info, msgspec.inspect.IntType):
        return "whole number"
    if isinstance(info, msgspec.inspect.FloatType):
        return "number"
    if isinstance(info, msgspec.inspect.VarTupleType):
        return "list"
    if isinstance(info, msgspec.inspect.DictType):
        return "table"
    return "text"


def _has_secret(kind: Any) -> bool:
    return records.Secret in getattr(kind, "__args__", ())


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.NODEFAULT and field.default_factory is msgspec.NODEFAULT:
        return "required"
    if field.default is msgspec.NODEFAULT or field.default in ((), ""):
        return "none"
    return f"`{field.default}`".replace("True", "true").replace("False", "false")
