"""Laboratory results of the blood, and whether one was measured in something else."""

from __future__ import annotations

import re

from fhir_mappings.drafts import words_of
from fhir_mappings.elements import CodeableConcept, Observation
from nelm.catalog import CATALOG

OTHER_FLUID = "measured in another specimen than blood"
OF_BLOOD = frozenset(
    name for name, kind in CATALOG.items() if kind.group == "labs" and name != "urine_5hiaa_mg_24h"
)
_FLUIDS = re.compile(
    r"\burin|urine?\b|fluid|ascit|aszites|\bcsf\b|cerebrospinal|liquor|stool|stuhl|saliva|speichel"
    r"|sputum|punktat|pleura|dialys|drainage|synovia|\bbile\b|\bgalle\b"
)


def is_of_other_fluid(observation: Observation) -> bool:
    """Whether body site or specimen name urine, ascites or another fluid than blood.

    Source: mapping.md "Values": other body fluids are another quantity.
    """
    specimen = observation.specimen
    display = specimen.display if specimen is not None else None
    if observation.bodySite is None and not display:
        return False
    words = words_of(observation.bodySite, CodeableConcept(text=display))
    return _FLUIDS.search(words) is not None
