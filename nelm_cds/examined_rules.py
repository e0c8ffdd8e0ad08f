"""What `doctor` says of mapping rules: which hold for each EHR, and what nobody has mapped."""

from __future__ import annotations

from fhir_mappings.mapping_layer import MappingSetRefused
from fhir_mappings.mapping_rules import MappingSet
from nelm_cds.examined_database import looked_up
from nelm_cds.examined_line import Line
from runtime.settings import Settings
from storage import unmapped
from storage.active_rules import ActiveRules
from storage.database import Database
from storage.errors import StorageBroken
from storage.unmapped import Arrived
from workers.rules import open_mapping_set

PART = "mapping rules"


def examine_rules(settings: Settings) -> list[Line]:
    """One line for each connection; nothing where the database itself is not well."""
    try:
        common = open_mapping_set(settings)
    except MappingSetRefused as refusal:
        do = "Correct the file that mapping_set names. See: nelm-cds mappings validate FILE"
        return [Line(PART, False, refusal.message.rstrip("."), do)]
    return looked_up(settings, lambda database: _of_all(settings, database, common))


def _of_all(settings: Settings, database: Database, common: MappingSet) -> list[Line]:
    rules = ActiveRules(database, common)
    return [_of_one(database, rules, name) for name in settings.connections]


def _of_one(database: Database, rules: ActiveRules, connection: str) -> Line:
    part = f"{PART} of {connection}"
    try:
        version = rules.of(connection).version
    except StorageBroken as problem:
        says, _, do = str(problem).partition(" Correct them")
        return Line(part, False, says.rstrip("."), f"Correct them{do}")
    with database.reading() as tx:
        number = unmapped.count(tx, connection)
        arrived = unmapped.arrived(tx, connection)
    if not number:
        return Line(part, True, f"{version}; {_none_known(arrived)}")
    see = f"nelm-cds mappings unmapped --connection {connection}"
    return Line(part, True, f"{version}; codes not understood so far: {number} ({see})")


def _none_known(arrived: Arrived) -> str:
    """That all is understood is said of what was read, never of what waits."""
    wait = f"; {arrived.waiting} resources wait to be read" if arrived.waiting else ""
    if not arrived.read:
        return f"nothing has been read yet{wait}"
    return f"every code that was read is understood (resources read: {arrived.read}){wait}"
