"""The list of resource types against the models of fhir.resources."""

import pytest
from fhir.resources.R4B import get_fhir_model_class

from fhir_mappings.elements import TYPES
from fhir_mappings.resource_types import RESOURCE_TYPES

# In R4 only; R4B renamed or dropped them.
_R4_ONLY = ("MedicinalProduct", "SubstanceN", "SubstanceP", "SubstanceR", "SubstanceSo",
            "SubstanceSp", "EffectEvidenceSynthesis", "RiskEvidenceSynthesis")  # fmt: skip
R4B = sorted(
    name
    for name in RESOURCE_TYPES
    if name == "MedicinalProductDefinition" or not name.startswith(_R4_ONLY)
)


@pytest.mark.parametrize("name", R4B)
def test_the_models_know_every_type_of_r4b(name: str) -> None:
    assert get_fhir_model_class(name).get_resource_type() == name


def test_every_type_we_read_is_one() -> None:
    assert TYPES.keys() <= RESOURCE_TYPES
