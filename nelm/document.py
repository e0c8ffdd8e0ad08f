"""An assessment as its JSON document, and a document back to its assessment.

Keys and words are the contract's; unknown values are null. Reading a document judges its facts
again, so that a document and an assessment never disagree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nelm.assessment import Assessment, assess
from nelm.case_file import CASE_KEYS, read_stored_case
from nelm.errors import UnreadableDocument
from nelm.plain_facts import fact_document, facts_document, plain
from nelm.record import expanded, to_record
from nelm.rulebook import rulebook

Json = dict[str, Any]


def to_document(assessment: Assessment) -> Json:
    """The assessment document: plain JSON values, unknown as null, options in ranked order.

    Facts carry their source; each criterion repeats the values it read. Citations and conflicts
    are shared between documents: write it out, do not change it in place.
    """
    return expanded(to_record(assessment), rulebook(assessment.parameters))


def from_document(document: Mapping[str, Any]) -> Assessment:
    """The assessment behind a document or a record, judged again from facts, parameters and day.

    Raises:
        UnreadableDocument: the document was judged by another knowledge version.
        Refused: its facts or parameters are not ours.
    """
    case = {key: document[key] for key in CASE_KEYS if key in document}
    assessment = assess(*read_stored_case(case))
    judged_by = document.get("knowledge_version")
    if assessment.knowledge_version != judged_by:
        raise UnreadableDocument(
            f"The document was judged by {judged_by}; this is"
            f" {assessment.knowledge_version}. Assess the patient again.",
            "knowledge_version",
        )
    return assessment


__all__ = ["fact_document", "facts_document", "from_document", "plain", "to_document"]
