"""What a tumor board needs to know about a patient with neuroendocrine liver metastases.

Pure judgement: facts in, assessment out; no I/O. It supports a board and never decides.
"""

from nelm.assessment import Assessment, assess, clinically_changed
from nelm.case_file import read_case
from nelm.criteria import CriterionOutcome, Judgement
from nelm.document import from_document, to_document
from nelm.errors import ImpossibleValue, Refused, UnknownName, UnreadableDocument
from nelm.evidence.parameters import Parameters
from nelm.facts import Fact, FactSet, Therapy
from nelm.logic import Range

__all__ = [
    "Assessment",
    "CriterionOutcome",
    "Fact",
    "FactSet",
    "ImpossibleValue",
    "Judgement",
    "Parameters",
    "Range",
    "Refused",
    "Therapy",
    "UnknownName",
    "UnreadableDocument",
    "assess",
    "clinically_changed",
    "from_document",
    "read_case",
    "to_document",
]
