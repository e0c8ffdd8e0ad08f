"""Loading a mapping set: the shipped YAML files, and an institution's layer over them.

Checks every rule against the catalog; what cannot be used is refused with its file and rule id.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from fhir_mappings.codes import loinc_digit_fits, snomed_digit_fits
from fhir_mappings.mapping_builder import MappingSetRefused, RuleBuilder
from fhir_mappings.mapping_rules import MappingSet

__all__ = ["MappingSet", "MappingSetRefused", "load_mapping_set"]

DEFAULT = Path(__file__).with_name("mapping_sets") / "default"
FILES = ("answers", "labs", "pathology", "imaging", "conditions", "treatments", "local")

# What a file may hold: the sections of the shipped files.
SECTIONS = ("presence", "observations", "findings", "procedures", "regimens", "drugs",
            "body_sites", "local", "single_drugs", "combinations")  # fmt: skip

_TABLES = frozenset({"local", "single_drugs"})


def _read_yaml(path: Path) -> tuple[bytes, dict[str, Any]]:
    try:
        raw = path.read_bytes()
        content = yaml.load(raw, Loader=yaml.CSafeLoader)
    except OSError as error:
        raise MappingSetRefused(f"Mapping set {path} cannot be read: {error.strerror}.") from error
    except yaml.YAMLError as error:
        raise MappingSetRefused(f"Mapping set {path} is not YAML.") from error
    if not isinstance(content, dict):
        raise MappingSetRefused(
            f"Mapping set {path} has no sections. Sections: {', '.join(SECTIONS)}."
        )
    return raw, content


def _check_sections(content: Mapping[str, Any], where: str) -> None:
    """Refuses what is no section of a mapping set, and a file without any rule."""
    known = ", ".join(SECTIONS)
    for name, rows in content.items():
        if name not in SECTIONS:
            near = get_close_matches(str(name), SECTIONS, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Sections: {known}."
            raise MappingSetRefused(f"{where}: {name} is no section of a mapping set. {hint}")
        shape, word = (dict, "a table") if name in _TABLES else (list, "a list of rules")
        if not isinstance(rows, shape):
            raise MappingSetRefused(f"{where}: {name} must be {word}.")
    if not any(content.values()):
        raise MappingSetRefused(f"{where}: holds no rule. Sections: {known}.")


def _check_digits(content: Mapping[str, Any], where: str) -> None:
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


@cache
def _load(path: Path | None, canonical_base: str) -> MappingSet:
    builder = RuleBuilder(canonical_base)
    digest = hashlib.sha256(canonical_base.encode())
    for name in FILES:
        raw, content = _read_yaml(DEFAULT / f"{name}.yaml")
        digest.update(raw)
        builder.add(content, f"{name}.yaml")
    label = "default"
    if path is not None:
        raw, content = _read_yaml(path)
        digest.update(raw)
        _check_sections(content, path.name)
        _check_digits(content, path.name)
        try:
            builder.add(content, path.name)
        except (KeyError, TypeError, AttributeError) as error:
            raise MappingSetRefused(f"{path.name}: a rule is incomplete ({error}).") from error
        label = path.stem
    return MappingSet(
        f"{label}-{digest.hexdigest()[:12]}", canonical_base, builder.presence_rule(),
        builder.observations, builder.findings, builder.procedures, builder.drugs,
        builder.regimens, builder.body_sites,
        builder.single_drugs, tuple(builder.combinations),
    )  # fmt: skip


def load_mapping_set(
    path: str | Path | None = None, canonical_base: str = "urn:nelm-cds"
) -> MappingSet:
    """The shipped mapping set, with one institution's YAML file laid over it.

    Rules of the file win over shipped ones with the same code or name; its sections are those of
    the shipped files. Loaded once per process.

    Raises:
        MappingSetRefused: unreadable, an unknown section, fact or value, a mistyped code, no rule.
    """
    return _load(Path(path) if path is not None else None, canonical_base)
