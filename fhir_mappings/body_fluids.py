"""Laboratory results of the blood, and whether one was measured in something else."""

from __future__ import annotations

import re

from fhir_mappings.drafts import words_of
from fhir_mappings.elements import Observation
from fhir_mappings.sites import ALONE, Neighbors, specimen_concepts
from nelm.catalog import CATALOG

OTHER_FLUID = "measured in another specimen than blood"
OF_BLOOD = frozenset(
    name for name, kind in CATALOG.items() if kind.group == "labs" and name != "urine_5hiaa_mg_24h"
)
_FLUIDS = re.compile(
    r"\burin|urine?\b|fluid|ascit|aszites|\bcsf\b|cerebrospinal|liquor|stool|stuhl|saliva|speichel"
    r"|sputum|punktat|pleura|dialys|drainage|synovia|\bbile\b|\bgalle\b"
)


def is_of_other_fluid(observation: Observation, around: Neighbors = ALONE) -> bool:
    """Whether body site or specimen name urine, ascites or another fluid than blood.

    The specimen by the display of its reference, or as it is contained or came along in the same
    Bundle (type, collection site). One that is elsewhere says nothing: the code then decides.

    Source: mapping.md "Values": other body fluids are another quantity.
    """
    if observation.bodySite is None and observation.specimen is None:
        return False
    words = words_of(observation.bodySite, *specimen_concepts(observation, around))
    return _FLUIDS.search(words) is not None
