"""The verbs of `nelm-cds mappings` that need the database: import, export, unmapped, versions."""

from __future__ import annotations

import argparse
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from fhir_mappings.concept_map import to_concept_map
from fhir_mappings.drafts import NO_RULE
from fhir_mappings.mapping_diff import differences, lookups_of
from fhir_mappings.mapping_layer import Layer
from fhir_mappings.mapping_rules import MappingSet, ObservationRule
from fhir_mappings.suggestions import SECTIONS_OF, Suggestions, displays_of
from fhir_mappings.units import NO_UNIT, REFUSED_UNIT
from nelm_cds.commands.mappings import counted, loaded, report_problems, write_changes
from nelm_cds.context import connection_named, open_database, open_existing_database
from nelm_cds.errors import CommandRefused
from nelm_cds.mapping_files import (
    every_layer,
    given_layer,
    installed_layers,
    problems_of,
    rules_below,
    sections_of,
    whole_rules,
)
from nelm_cds.output import write_json, write_line
from runtime.settings import Settings
from storage import mapping_sets, unmapped
from storage.database import Database
from storage.errors import StorageRefused
from storage.unmapped import Arrived, Unmapped

_MOST = 100_000


def run(settings: Settings, arguments: argparse.Namespace) -> int:
    """One of the verbs, for one connection."""
    connection = connection_named(settings, arguments.connection).name
    # only what brings rules may begin a database; what is asked of none has no answer
    opened = open_database if arguments.verb == "import" else open_existing_database
    database = opened(settings)
    verb = {
        "import": _import, "export": _export, "versions": _versions, "withdraw": _withdraw,
        "unmapped": _unmapped,
    }[arguments.verb]  # fmt: skip
    try:
        return verb(settings, database, connection, arguments)
    except StorageRefused as refusal:
        raise CommandRefused(
            f"{refusal} See: nelm-cds mappings versions --connection {connection}"
        ) from None
    finally:
        database.close()


def _active(database: Database, connection: str) -> tuple[Layer, ...]:
    with database.reading() as tx:
        if mapping_sets.active_version(tx, connection) is None:
            return ()
        return (mapping_sets.layer(tx, connection),)


def _import(
    settings: Settings, database: Database, connection: str, arguments: argparse.Namespace
) -> int:
    below = installed_layers(settings)
    given = given_layer(arguments.file, settings, rules_below(settings, below))
    problems = problems_of(given, settings, below)
    if problems:
        return report_problems(problems, given.left_out, arguments.json, given.layer.name)
    before = loaded(settings, (*below, *_active(database, connection)))
    after = loaded(settings, (*below, given.layer))
    changes = differences(before, after)
    if arguments.dry_run:
        write_changes(changes, given, arguments.json)
        return 0
    with database.transaction() as tx:
        new = mapping_sets.put(tx, connection, given.layer, arguments.note, arguments.author)
        known = [one for one in unmapped.unmapped(tx, connection, _MOST) if _is_known(after, one)]
        unmapped.forget(tx, connection, known)
        registry = len(mapping_sets.registry(tx, connection))
    if arguments.json:
        write_json({
            "connection": connection, "version": given.layer.digest, "mapping_set": after.version,
            "new": new, "changes": len(changes), "left_out": list(given.left_out),
            "patients": registry if new else 0,
        })  # fmt: skip
        return 0
    for line in given.left_out:
        write_line(f"left out: {line}")
    if not new:
        write_line(f"{connection}: version {given.layer.digest} is active already")
        return 0
    write_line(f"{connection}: version {given.layer.digest} is active. {counted(changes)}")
    write_line(
        "Running processes follow within seconds; then those of the registry are read and judged "
        f"again from what is kept: {registry}"
    )
    return 0


def _export(
    settings: Settings, database: Database, connection: str, arguments: argparse.Namespace
) -> int:
    with database.reading() as tx:
        has_one = mapping_sets.active_version(tx, connection) is not None
        own: tuple[Layer, ...] = ()
        if has_one or arguments.version or not arguments.whole:
            own = (mapping_sets.layer(tx, connection, arguments.version),)
    below = installed_layers(settings)
    chosen = every_layer((*below, *own)) if arguments.whole else own
    version = own[0].digest if own else "shipped"
    unsaid: list[str] = []
    if arguments.format == "conceptmap":
        rules = whole_rules(chosen, rules_below(settings, (*below, *own)))
        document, unsaid = to_concept_map(rules, settings.canonical_base, connection, version)
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n"
    elif arguments.whole:
        text = yaml.safe_dump(sections_of(chosen), sort_keys=False, allow_unicode=True, width=100)
    else:
        text = own[0].raw.decode()
    return _written(text, unsaid, arguments)


def _written(text: str, unsaid: list[str], arguments: argparse.Namespace) -> int:
    if arguments.output is None:
        # the lines would be taken for part of the document
        write_line(text.rstrip("\n"))
        return 0
    try:
        Path(arguments.output).write_text(text, encoding="utf-8")
    except OSError as problem:
        raise CommandRefused(
            f"{arguments.output}: {problem.strerror}. Choose another file"
        ) from None
    if arguments.json:
        write_json({"file": arguments.output, "not_said": unsaid})
        return 0
    for line in unsaid:
        write_line(f"a ConceptMap cannot say: {line}")
    write_line(f"Written: {arguments.output}")
    return 0


def _versions(
    settings: Settings, database: Database, connection: str, arguments: argparse.Namespace
) -> int:
    with database.reading() as tx:
        found = mapping_sets.versions(tx, connection)
    if arguments.json:
        write_json([
            {"version": one.version, "name": one.name, "active": one.active, "note": one.note,
             "author": one.author, "imported_at": _when(one.imported_at)}
            for one in found
        ])  # fmt: skip
        return 0
    if not found:
        write_line(f"{connection} has no rules of its own. nelm-cds mappings import lays some over")
    for one in found:
        mark = "active" if one.active else "      "
        said = "".join(f", {text}" for text in (one.author, one.note) if text)
        write_line(f"{mark} {one.version} {_when(one.imported_at)} {one.name}{said}")
    return 0


def _when(instant: float) -> str:
    return datetime.fromtimestamp(instant, UTC).isoformat(timespec="seconds")


def _withdraw(
    settings: Settings, database: Database, connection: str, arguments: argparse.Namespace
) -> int:
    with database.transaction() as tx:
        withdrawn = mapping_sets.withdraw(tx, connection)
    if arguments.json:
        write_json({"connection": connection, "withdrawn": withdrawn})
    elif withdrawn:
        write_line(f"{connection} has no rules of its own any more; earlier versions are kept")
    else:
        write_line(f"{connection} had no rules of its own")
    return 0


def _is_known(rules: MappingSet, one: Unmapped) -> bool:
    """Whether the rules understand by now what was not understood when it came."""
    if one.reason in (NO_UNIT, REFUSED_UNIT):
        rule = rules.observations.codes.get((one.system, one.code))
        units = rule.units if isinstance(rule, ObservationRule) else None
        unit = (one.shape or "").partition("unit ")[2] if one.reason == REFUSED_UNIT else None
        return units is not None and unit != "" and units.factor(None, unit) is not None
    if one.reason != NO_RULE:
        return False
    for section in SECTIONS_OF.get(one.type, ()):
        lookup = lookups_of(rules)[section]
        if (one.system, one.code) in lookup.codes or (not one.system and one.code in lookup.names):
            return True
    return False


def _unmapped(
    settings: Settings, database: Database, connection: str, arguments: argparse.Namespace
) -> int:
    layers = (*installed_layers(settings), *_active(database, connection))
    rules = loaded(settings, layers)
    with database.reading() as tx:
        noted = unmapped.unmapped(tx, connection, _MOST)
        arrived = unmapped.arrived(tx, connection)
    found = [one for one in noted if not _is_known(rules, one)]
    suggestions = Suggestions(rules, displays_of(sections_of(every_layer(layers))))
    rows = [_row(one, suggestions) for one in found[: arguments.limit]]
    if arguments.json:
        write_json(rows)
        return 0
    if not rows:
        write_line(_why_none(arrived, connection))
    for row in rows:
        _write_row(row)
    if len(found) > len(rows):
        write_line(f"{len(found) - len(rows)} more; see --limit")
    if arrived.waiting:
        wait = "1 resource waits" if arrived.waiting == 1 else f"{arrived.waiting} resources wait"
        write_line(f"{wait} to be read for {connection}; a worker reads them (nelm-cds doctor)")
    return 0


def _why_none(arrived: Arrived, connection: str) -> str:
    """An empty list says that all is understood only where something was read."""
    if arrived.read:
        return (
            f"Every code that was read is understood (resources read: {arrived.read}). "
            "What is not will be listed here"
        )
    return f"Nothing has been read yet for {connection}. What is not understood will be listed here"


def _row(one: Unmapped, suggestions: Suggestions) -> dict[str, Any]:
    likely = suggestions.for_code(one.type, one.system, one.code, one.display, one.reason)
    return {
        "type": one.type,
        "system": one.system or None,
        "code": one.code,
        "display": one.display,
        "reason": one.reason,
        "shape": one.shape,
        "seen": one.seen,
        "first_seen": _when(one.first_seen_at),
        "last_seen": _when(one.last_seen_at),
        "suggestions": [suggestion._asdict() for suggestion in likely],
    }


def _write_row(row: dict[str, Any]) -> None:
    code = f"{row['system']} {row['code']}" if row["system"] else f'text "{row["code"]}"'
    display = f' "{row["display"]}"' if row["display"] and row["system"] else ""
    shape = f", sent as {row['shape']}" if row["shape"] else ""
    times = "once" if row["seen"] == 1 else f"{row['seen']} times"
    write_line(f"{times}, last {row['last_seen']}: {row['type']} {code}{display}{shape}")
    write_line(f"    {row['reason']}")
    for one in row["suggestions"]:
        write_line(f"    {one['likeness']} %: {one['meaning']} ({one['rule']}), {one['because']}")
