"""Puts patients into storage as the workers would: kept, and judged or not yet judged."""

from datetime import date
from typing import Any

import msgspec

from fhir_mappings.combination import combine_with_reasons
from fhir_mappings.mapping_set import MappingSet
from fhir_mappings.reading import read_resource
from fhir_mappings.staging_document import candidate_document
from nelm import Parameters, assess, to_document
from nelm.record import to_record
from nelm.rulebook import rulebook
from storage import assessments, patients, resources, rulebooks
from storage.database import Database
from storage.notifications import Origin
from storage.resources import Kept

AS_OF = date(2026, 6, 1)


def keep(
    database: Database,
    mapping_set: MappingSet,
    found: list[dict[str, Any]],
    origin: Origin = "backfill",
) -> None:
    """Keeps these resources for connection `main`, without judging anybody."""
    kept = [
        Kept(read_resource(raw, mapping_set), raw, origin)
        for raw in (msgspec.json.encode(one) for one in found)
    ]
    with database.transaction() as tx:
        resources.keep(tx, "main", kept)


def judge(database: Database, patient: str, as_of: date = AS_OF) -> dict[str, Any]:
    """Assesses a kept patient as of a day and saves the document, which is returned."""
    with database.transaction() as tx:
        key = patients.find(tx, "main", patient)
        assert key is not None
        statements = resources.current_statements(tx, [key])[key]
        combined = combine_with_reasons(statements, as_of)
        assessment = assess(combined.facts, Parameters(), as_of)
        words = {"candidates": [candidate_document(one) for one in combined.candidates]}
        document = to_document(assessment)
        rulebooks.keep(tx, rulebook(assessment.parameters))
        assessments.save(
            tx,
            [
                assessments.Judged(
                    patient=key,
                    document=msgspec.json.encode(to_record(assessment) | words),
                    strategy=document["strategy"],
                    as_of=document["as_of"],
                    digest=f"{as_of} {document['strategy']} {len(statements)}",
                    knowledge_version=document["knowledge_version"],
                    mapping_set="default",
                    valid_until=document["valid_until"],
                )
            ],
        )
    return document
