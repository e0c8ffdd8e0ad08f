"""What a tumor board needs to know about a patient with neuroendocrine liver metastases.

Pure judgement: facts in, assessment out; no I/O. It supports a board and never decides.
"""

from nelm.assessment import Assessment, assess
from nelm.case_file import read_case
from nelm.change import clinical_state, clinically_changed, difference
from nelm.criteria import CriterionOutcome, Judgement
from nelm.document import from_document, to_document
from nelm.errors import ImpossibleValue, Refused, UnknownName, UnreadableDocument
from nelm.evidence.parameters import Parameters
from nelm.explanation import explain
from nelm.facts import Fact, FactSet, Therapy
from nelm.findings import Finding
from nelm.logic import Range
from nelm.order_check import check_order
from nelm.reassessment import reassess

__all__ = [
    "Assessment",
    "CriterionOutcome",
    "Fact",
    "FactSet",
    "Finding",
    "ImpossibleValue",
    "Judgement",
    "Parameters",
    "Range",
    "Refused",
    "Therapy",
    "UnknownName",
    "UnreadableDocument",
    "assess",
    "check_order",
    "clinical_state",
    "clinically_changed",
    "difference",
    "explain",
    "from_document",
    "read_case",
    "reassess",
    "to_document",
]
