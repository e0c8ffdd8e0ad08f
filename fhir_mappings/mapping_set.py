"""Loading a mapping set: the shipped YAML files, and an institution's layers over them.

Checks every rule against the catalog; what cannot be used is refused with its file and rule id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from fhir_mappings.codes import loinc_digit_fits, snomed_digit_fits
from fhir_mappings.mapping_builder import RuleBuilder
from fhir_mappings.mapping_layer import SECTIONS, Layer, MappingSetRefused, read_layer
from fhir_mappings.mapping_rules import MappingSet

__all__ = [
    "SECTIONS",
    "MappingSet",
    "MappingSetRefused",
    "file_layer",
    "laid_over",
    "load_mapping_set",
]

DEFAULT = Path(__file__).with_name("mapping_sets") / "default"
FILES = ("answers", "labs", "pathology", "imaging", "conditions", "treatments", "local")

# Sets are large: the newest of a few connections stay, older versions of them do not.
_SETS_IN_MEMORY = 16


def load_mapping_set(
    path: str | Path | None = None, canonical_base: str = "urn:nelm-cds"
) -> MappingSet:
    """The shipped mapping set, with one institution's YAML file laid over it.

    Rules of the file win over shipped ones with the same code or name; its sections are those of
    the shipped files. Loaded once per process.

    Raises:
        MappingSetRefused: unreadable, an unknown section, fact or value, a mistyped code, no rule.
    """
    return laid_over((file_layer(path),) if path is not None else (), canonical_base)


def file_layer(path: str | Path) -> Layer:
    """An institution's YAML file as a layer; its name is the file's.

    Raises:
        MappingSetRefused: it cannot be read.
    """
    try:
        return Layer(Path(path).name, Path(path).read_bytes())
    except OSError as error:
        raise MappingSetRefused(f"Mapping set {path} cannot be read: {error.strerror}.") from error


@lru_cache(maxsize=_SETS_IN_MEMORY)
def laid_over(layers: tuple[Layer, ...], canonical_base: str = "urn:nelm-cds") -> MappingSet:
    """The shipped set with layers over it; of two rules for one code the later layer's counts.

    The version names the last layer and changes with any content, of the shipped set or a layer.

    Raises:
        MappingSetRefused: as `load_mapping_set`.
    """
    builder = shipped_rules(canonical_base)
    digest = hashlib.sha256(canonical_base.encode())
    for layer in (*shipped_layers(), *layers):
        digest.update(layer.raw)
    for layer in layers:
        add_layer(builder, layer)
    label = Path(layers[-1].name).stem if layers else "default"
    return MappingSet(
        f"{label}-{digest.hexdigest()[:12]}", canonical_base, builder.presence_rule(),
        builder.observations, builder.findings, builder.procedures, builder.drugs,
        builder.regimens, builder.body_sites,
        builder.single_drugs, tuple(builder.combinations), tuple(builder.paths.values()),
        layers,
    )  # fmt: skip


def shipped_layers() -> tuple[Layer, ...]:
    """The files of the shipped set, in the order in which they are laid over one another."""
    return tuple(file_layer(DEFAULT / f"{name}.yaml") for name in FILES)


def shipped_rules(canonical_base: str) -> RuleBuilder:
    """The rules of the shipped set, ready to be added to."""
    builder = RuleBuilder(canonical_base)
    for layer in shipped_layers():
        builder.add(read_layer(layer).sections, layer.name)
    return builder


def add_layer(builder: RuleBuilder, layer: Layer) -> None:
    """Adds one layer's rules; the first that cannot be used is refused by name.

    Raises:
        MappingSetRefused: as `load_mapping_set`.
    """
    content = read_layer(layer).sections
    check_digits(content, layer.name)
    try:
        builder.add(content, layer.name)
    except (KeyError, TypeError, AttributeError) as error:
        raise MappingSetRefused(f"{layer.name}: a rule is incomplete ({error}).") from error


def check_digits(content: Mapping[str, Any], where: str) -> None:
    """Refuses mistyped LOINC and SNOMED CT codes of an institution's layer."""
    for section in content.values():
        for row in section if isinstance(section, list) else ():
            codes = row.get("codes", {}) if isinstance(row, dict) else {}
            for system, fits in (("loinc", loinc_digit_fits), ("snomed", snomed_digit_fits)):
                for code in codes.get(system, ()):
                    if not fits(str(code)):
                        raise MappingSetRefused(
                            f"{where}, rule {row.get('id')}: {system} code {code} has a wrong"
                            " check digit; was it mistyped?"
                        )
