"""Building the lookups of a mapping set from its YAML sections, each rule checked.

Facts, values and code systems that do not exist are refused with file and rule id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Any

from fhir_mappings.codes import SYSTEMS, folded, spellings_of
from fhir_mappings.mapping_layer import MappingSetRefused
from fhir_mappings.mapping_rules import (
    Combination,
    DrugRule,
    FindingRule,
    Gives,
    Key,
    Lookup,
    ObservationRule,
    PathRule,
    ProcedureRule,
    Refusal,
    SiteRule,
)
from fhir_mappings.statements import RAW_FACTS
from fhir_mappings.units import UnitTable, analytes, factors_to, unit_table
from nelm.catalog import CATALOG, THERAPIES, FactKind
from nelm.errors import unknown_name

_NUMBERS = ("number", "integer")
_PRESENT_CHOICES = ("present", "present_unquantified")


class RuleBuilder:
    """Collects the rules of several files into lookups; later files win over earlier ones."""

    def __init__(self, canonical_base: str) -> None:
        self.local_system = f"{canonical_base}:codes"
        # Under which a rule with FHIRPath reads what it took over.
        self.rule_system = f"{canonical_base}:rules"
        self.present: dict[Key, Gives] = {}
        self.present_texts: dict[str, Gives] = {}
        self.observations: Lookup[ObservationRule] = Lookup()
        self.findings: Lookup[FindingRule] = Lookup()
        self.procedures: Lookup[ProcedureRule] = Lookup()
        self.drugs: Lookup[DrugRule] = Lookup()
        self.regimens: Lookup[ProcedureRule] = Lookup()
        self.body_sites: Lookup[SiteRule] = Lookup()
        self.single_drugs: dict[str, str] = {}
        self.combinations: list[Combination] = []
        self.paths: dict[str, PathRule] = {}
        self.rows: dict[tuple[str, str], Mapping[str, Any]] = {}

    @property
    def lookups(self) -> dict[str, Lookup[Any]]:
        """The lookups by the section that fills them."""
        return {
            "observations": self.observations,
            "findings": self.findings,
            "procedures": self.procedures,
            "regimens": self.regimens,
            "drugs": self.drugs,
            "body_sites": self.body_sites,
        }

    def add(self, content: Mapping[str, Any], where: str) -> None:
        """Reads one file's sections."""
        self.where = where
        for row in content.get("presence", ()):
            self._add_presence(row)
        makers = (
            self._observation_rule, self._finding_rule, self._procedure_rule,
            self._procedure_rule, _drug_rule, _site_rule,
        )  # fmt: skip
        for (section, lookup), make in zip(self.lookups.items(), makers, strict=True):
            for row in content.get(section, ()):
                self._put(section, lookup, row, make)
        for code in content.get("local", ()):
            self._add_local(code)
        self.single_drugs |= content.get("single_drugs", {})
        self.combinations += [
            Combination(row["therapy"], tuple(frozenset(drugs) for drugs in row["of"]))
            for row in content.get("combinations", ())
        ]

    def _refuse(self, rule: str, problem: str) -> MappingSetRefused:
        return MappingSetRefused(f"{self.where}, rule {rule}: {problem}", rule)

    def _keys(self, row: Mapping[str, Any]) -> Iterable[Key]:
        for system, codes in row.get("codes", {}).items():
            for code in codes:
                yield from self.spelled(row.get("id", "answers"), system, str(code))

    def spelled(self, rule: str, system: str, code: str) -> list[tuple[str, str]]:
        """Every (system URL, code) that one code of a rule stands for.

        Raises:
            MappingSetRefused: there is no such code system.
        """
        if system == "local":
            return [(self.local_system, code)]
        if ":" in system:  # an institution's own system, by its URL
            return [(system, code)]
        if system not in SYSTEMS:
            raise self._refuse(rule, f"no code system is called {system}")
        return spellings_of(system, code)

    def _put(self, section: str, lookup: Lookup[Any], row: Mapping[str, Any], make: Any) -> None:
        if "id" not in row:
            raise MappingSetRefused(f"{self.where}: a rule has no id")
        row = self._completed(section, row)
        rule = (
            Refusal(
                row["id"],
                row["refuse"],
                bool(row.get("sign")),
                bool(row.get("contradicts")),
            )
            if "refuse" in row
            else make(row)
        )
        if "when" in row:
            self._add_path(section, lookup, row, rule)
            return
        if "value" in row:
            raise self._refuse(row["id"], "value needs a FHIRPath beside it that says `when`")
        for key in self._keys(row):
            lookup.codes[key] = rule
        for name in row.get("names", ()):
            lookup.names[folded(name)] = rule

    def _completed(self, section: str, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """The row; with `like`, what it does not say itself is as in the rule of that id."""
        if "like" in row:
            model = self.rows.get((section, row["like"]))
            if model is None:
                known = [rule for place, rule in self.rows if place == section]
                refusal = unknown_name(f"rule in {section}", row["like"], known, "like")
                raise self._refuse(row["id"], refusal.message)
            taken = {name: part for name, part in model.items() if name not in ("codes", "names")}
            row = {**taken, **{name: part for name, part in row.items() if name != "like"}}
        self.rows[section, row["id"]] = row
        return row

    def _add_path(
        self, section: str, lookup: Lookup[Any], row: Mapping[str, Any], rule: Any
    ) -> None:
        """A rule that FHIRPath decides about; the library is loaded for the first of them."""
        module = import_module("fhir_mappings.path_rules")
        if section not in module.TYPES_OF_SECTION or row.get("names"):
            known = ", ".join(module.TYPES_OF_SECTION)
            raise self._refuse(row["id"], f"`when` works for rules by code, in {known}")
        keys = frozenset(self._keys(row))
        try:
            self.paths[row["id"]] = module.path_rule(row, section, keys, self.rule_system)
        except module.BadPath as problem:
            raise self._refuse(row["id"], f"`when` or `value`: {problem}") from None
        lookup.codes[self.rule_system, row["id"]] = rule
        failed = Refusal(row["id"], "the FHIRPath of its rule cannot be evaluated here")
        lookup.codes[self.rule_system, f"{row['id']}/{module.FAILED}"] = failed

    def _add_presence(self, row: Mapping[str, Any]) -> None:
        gives = Gives("presence", row["present"])
        self.present |= dict.fromkeys(self._keys(row), gives)
        self.present_texts |= {folded(name): gives for name in row["names"]}

    def _checked_fact(self, rule: str, fact: str) -> str:
        if fact not in CATALOG and fact not in RAW_FACTS:
            refusal = unknown_name("fact", fact, [*CATALOG, *RAW_FACTS], "fact")
            raise self._refuse(rule, refusal.message)
        return fact

    def _gives(self, rule: str, values: Mapping[str, Any]) -> tuple[Gives, ...]:
        flag = values.get("flag")
        return tuple(
            Gives(self._checked_fact(rule, fact), self._allowed(rule, fact, value), flag)
            for fact, value in values.items()
            if fact != "flag"
        )

    def _allowed(self, rule: str, fact: str, value: Any) -> Any:
        """The value, if the catalog allows it for that fact."""
        kind = CATALOG.get(fact)
        allowed: Iterable[Any] = ()
        if fact == "cancer_site":
            allowed = CATALOG["primary_site"].choices
        elif fact == "therapy":
            allowed = THERAPIES.split()
        elif kind is not None:
            allowed = (True, False) if kind.kind == "boolean" else kind.choices
        if allowed and value not in allowed:
            raise self._refuse(rule, f"{fact} cannot be {value}")
        return value

    def _worded(self, row: Mapping[str, Any], fact: str) -> dict[str, tuple[Gives, ...]]:
        """Texts to what they give."""
        return {
            folded(str(form)): self._one(row["id"], fact, group["gives"])
            for group in row.get("texts", ())
            for form in group["forms"]
        }

    def _one(self, rule: str, fact: str, gives: Any) -> tuple[Gives, ...]:
        return self._gives(rule, gives if isinstance(gives, Mapping) else {fact: gives})

    def _observation_rule(self, row: Mapping[str, Any]) -> ObservationRule:
        fact = self._checked_fact(row["id"], row["fact"])
        answers: dict[Key, tuple[Gives, ...]] = {}
        for group in row.get("answers", ()):
            given = self._one(row["id"], fact, group["gives"])
            answers |= dict.fromkeys(self._keys({"id": row["id"], **group}), given)
        return self._rule_for(row, fact, answers, self._worded(row, fact), bare=False)

    def _rule_for(
        self,
        row: Mapping[str, Any],
        fact: str,
        answers: dict[Key, tuple[Gives, ...]],
        texts: dict[str, tuple[Gives, ...]],
        bare: bool,
    ) -> ObservationRule:
        """One rule with the answers every fact of its kind understands."""
        kind = CATALOG[fact]
        allowed: tuple[Any, ...] = (*kind.choices,) if kind.kind != "boolean" else ()
        own = {(self.local_system, value): (Gives(fact, value),) for value in allowed}
        spoken = {folded(value.replace("_", " ")): given for (_, value), given in own.items()}
        spoken |= {folded(value): given for (_, value), given in own.items()}
        present, absent = _presence(kind.kind, kind.choices)
        return ObservationRule(
            row["id"], fact, kind.kind, row.get("read", "plain"), kind.unit,
            self._units(row, kind, bare),
            kind.low, kind.high, own | self._presence_answers(fact, present, absent) | answers,
            spoken | self._presence_texts(fact, present, absent) | texts,
            present, absent, bool(row.get("sign")),
        )  # fmt: skip

    def _units(self, row: Mapping[str, Any], kind: FactKind, bare: bool) -> UnitTable | None:
        """The units in which a number may come; None for what is no number."""
        analyte, sent_in = row.get("units"), row.get("unit")
        if kind.kind not in _NUMBERS:
            if analyte or sent_in:
                raise self._refuse(row["id"], f"{kind.name} is no number and has no unit")
            return None
        if analyte is not None and analyte not in analytes():
            refusal = unknown_name("analyte", analyte, analytes(), "units")
            raise self._refuse(row["id"], refusal.message)
        free = kind.kind == "integer" or not kind.unit or kind.unit == "{xULN}"
        day = bool(row.get("day_in_code"))
        try:
            return unit_table(kind.unit or "", analyte, bare or free, day, sent_in)
        except ValueError:
            known = ", ".join(factors_to(kind.unit or "", analyte))
            raise self._refuse(
                row["id"],
                f"unit: {sent_in} cannot be converted to {kind.unit or 'a bare number'}."
                f" Use one of {known}, or name the analyte in `units` for molar ones",
            ) from None

    def _presence_answers(self, fact: str, present: Any, absent: Any) -> dict[Key, Any]:
        meaning = {True: present, False: absent}
        return {
            key: (Gives(fact, meaning[gives.value]),)
            for key, gives in self.present.items()
            if meaning[gives.value] is not None
        }

    def _presence_texts(self, fact: str, present: Any, absent: Any) -> dict[str, Any]:
        meaning = {True: present, False: absent}
        return {
            text: (Gives(fact, meaning[gives.value]),)
            for text, gives in self.present_texts.items()
            if meaning[gives.value] is not None
        }

    def presence_rule(self) -> ObservationRule:
        """How an Observation says that the finding in its code is there or not."""
        return ObservationRule(
            "presence", "presence", "boolean", "plain", None, None, None, None,
            {key: (gives,) for key, gives in self.present.items()},
            {text: (gives,) for text, gives in self.present_texts.items()}, True, False, False,
        )  # fmt: skip

    def _finding_rule(self, row: Mapping[str, Any]) -> FindingRule:
        rule = row["id"]
        return FindingRule(
            rule,
            self._gives(rule, row.get("states", {})),
            self._gives(rule, row.get("current", {})),
            self._gives(rule, row.get("absent", {})),
            bool(row.get("sign")),
        )

    def _procedure_rule(self, row: Mapping[str, Any]) -> ProcedureRule:
        rule = row["id"]
        if "therapy" in row:
            self._allowed(rule, "therapy", row["therapy"])
        return ProcedureRule(
            rule, row.get("therapy"), row.get("needs"), self._gives(rule, row.get("states", {})),
            bool(row.get("imaging")), tuple(row.get("organ", ())), row.get("read") == "regimen",
            bool(row.get("sign")),
        )  # fmt: skip

    def _add_local(self, code: str) -> None:
        """Our own code for a fact; for a therapy, each option id is a code of its own."""
        if code == "therapy":
            for therapy in THERAPIES.split():
                key = (self.local_system, therapy)
                self.procedures.codes[key] = self.regimens.codes[key] = ProcedureRule(
                    f"local.{therapy}", therapy, None, (), False, (), False, therapy == "prrt"
                )
            return
        rule_id = f"local.{code}"
        self._checked_fact(rule_id, code)
        row = {"id": rule_id, "read": _LOCAL_READS.get(code, "plain"), "sign": code in _LOCAL_SIGNS}
        shipped = _same_fact(self.observations, code)
        answers = dict(shipped.answers) if shipped is not None else {}
        texts = dict(shipped.texts) if shipped is not None else {}
        rule = self._rule_for(row, code, answers, texts, bare=True)
        self.observations.codes[(self.local_system, code)] = rule
        self.observations.names.setdefault(folded(code.replace("_", " ")), rule)


_LOCAL_READS = {
    "chromogranin_a_ng_ml": "chromogranin",
    "mitoses_per_2mm2": "tissue",
    "reported_grade": "tissue",
    "differentiation": "tissue",
    "krenning_score": "receptor",
}
_LOCAL_SIGNS = frozenset(
    {
        "has_neuroendocrine_tumor", "has_liver_metastases", "liver_lesion_count", "krenning_score",
        "liver_tumor_burden_percent", "largest_liver_lesion_mm", "histology_confirmed",
        "reported_resectability", "primary_site",
    }
)  # fmt: skip


def _same_fact(observations: Lookup[ObservationRule], fact: str) -> ObservationRule | None:
    """A rule of the shipped set for the same fact, whose answers our own code understands too."""
    for rule in (*observations.codes.values(), *observations.names.values()):
        if isinstance(rule, ObservationRule) and rule.fact == fact and rule.read != "margin":
            return rule
    return None


def _drug_rule(row: Mapping[str, Any]) -> DrugRule:
    return DrugRule(row["id"], row["drug"], bool(row.get("sign")))


def _site_rule(row: Mapping[str, Any]) -> SiteRule:
    return SiteRule(row["id"], row["site"], row.get("lobe"))


def _presence(kind: str, choices: tuple[str, ...]) -> tuple[Any, Any]:
    """What "present" and "absent" mean for a fact; None where they mean nothing."""
    if kind == "boolean":
        return True, False
    if kind != "choice":
        return None, None
    present = next((choice for choice in _PRESENT_CHOICES if choice in choices), None)
    return present, "none" if "none" in choices else None
