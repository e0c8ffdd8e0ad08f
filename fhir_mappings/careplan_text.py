"""The words of a proposal: why an option is proposed, the staging, the verdicts, what is missing.

Markdown as FHIR annotations allow it, made from an assessment document alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from fhir_mappings.order_mapping import OrderMapping
from nelm.evidence.citations import CITATIONS

_STAGING = (
    ("grade", "Grade"),
    ("liver_type", "Liver involvement, type"),
    ("distribution", "Distribution"),
    ("burden_band", "Liver tumor burden, %"),
    ("resectability", "Resectability"),
    ("remnant", "Future liver remnant"),
    ("extrahepatic_class", "Extrahepatic disease"),
    ("m_category", "M category"),
    ("functional_status", "Hormonal status"),
    ("sstr_status", "Somatostatin receptors"),
    ("liver_function", "Liver function"),
    ("tempo", "Tempo"),
    ("timing", "Timing"),
)
_UNKNOWN = "not known"
# Abbreviations that stay as clinicians write them.
_WORDS = {"tae": "TAE", "tace": "TACE", "deb": "DEB", "tare": "TARE", "prrt": "PRRT", "ssa": "SSA"}


def title(name: str) -> str:
    """An id as words: `transarterial_first` to "Transarterial first"."""
    words = " ".join(_WORDS.get(word, word) for word in name.split("_"))
    return words[:1].upper() + words[1:]


def activity_text(option: Mapping[str, Any]) -> str:
    """Verdict, the criteria in short and the citations behind them."""
    criteria = option["criteria"]
    met = [one for one in criteria if one["outcome"] == "met"]
    parts = [
        f"Proposed: {title(option['verdict']).lower()}, rank {option['rank']}.",
        _listed("Required and met", (one for one in met if one["kind"] == "require")),
        _listed("Speaks for it", (one for one in met if one["kind"] == "favor")),
        _listed("Mind", (one for one in met if one["kind"] == "caution")),
        _listed("Check first", (one for one in criteria if _is_unchecked(one))),
        _sources(criteria),
    ]
    return " ".join(part for part in parts if part)


def work_up_text(item: Mapping[str, Any]) -> str:
    """What the item is needed for."""
    reasons = [_reason(one) for one in item.get("because") or ()]
    because = "; ".join(reason for reason in reasons if reason)
    return f"Proposed because: {because}." if because else "Proposed to complete the staging."


def note_text(document: Mapping[str, Any], mapping: OrderMapping) -> str:
    """Staging summary, verdict table and what is missing, as Markdown."""
    parts = [
        f"**Strategy: {title(str(document['strategy'])).lower()}** (as of {document['as_of']},"
        f" knowledge {document['knowledge_version']}). Supports the tumor board; decides nothing.",
        "\n".join(_staging_lines(document["staging"])),
        "\n".join(_verdict_lines(document.get("options") or (), mapping)),
        _missing_line(document),
    ]
    return "\n\n".join(part for part in parts if part)


def _staging_lines(staging: Mapping[str, Any]) -> Iterator[str]:
    for name, label in _STAGING:
        yield f"- {label}: {_value(staging.get(name))}"
    for note in (*(staging.get("notes") or ()), *(staging.get("prognostic_notes") or ())):
        yield f"- Note: {_reason(note)}"


def _value(value: Any) -> str:
    if value is None or value == "unknown":
        return _UNKNOWN
    if isinstance(value, Mapping):
        known = [
            f"{title(str(key))} {_value(one)}" for key, one in value.items() if one is not None
        ]
        return ", ".join(known) or _UNKNOWN
    if isinstance(value, list | tuple):
        return ", ".join(_value(one) for one in value) or "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("_", " ")


def _verdict_lines(options: Iterable[Mapping[str, Any]], mapping: OrderMapping) -> Iterator[str]:
    rows = list(options)
    if not rows:
        return
    yield "| Rank | Option | Verdict | Because |"
    yield "|---|---|---|---|"
    for option in rows:
        sent = mapping.sent.get(option["option"])
        name = sent.display if sent else title(option["option"])
        verdict = title(option["verdict"]).lower()
        yield f"| {option['rank']} | {_cell(name)} | {verdict} | {_cell(_decisive(option))} |"


def _decisive(option: Mapping[str, Any]) -> str:
    """The criteria that gave the verdict, by title and id."""
    wanted = {
        "contraindicated": ("exclude", "met"),
        "not_indicated": ("require", "not_met"),
        "insufficient_data": ("require", "unknown"),
        "conditional": ("caution", "met"),
    }.get(option["verdict"])
    if wanted is None:
        return "all requirements met"
    deciding = [one for one in option["criteria"] if (one["kind"], one["outcome"]) == wanted]
    if option["verdict"] == "conditional":
        deciding += [one for one in option["criteria"] if _is_unchecked(one)]
    return "; ".join(_named(one) for one in deciding)


def _is_unchecked(criterion: Mapping[str, Any]) -> bool:
    return criterion["outcome"] == "unknown" and bool(criterion.get("check"))


def _missing_line(document: Mapping[str, Any]) -> str:
    names: dict[str, None] = {}
    for option in document.get("options") or ():
        names.update(dict.fromkeys(str(name) for name in option.get("missing") or ()))
    if not names:
        return "Missing for a verdict: nothing."
    return "Missing for a verdict: " + ", ".join(_value(name) for name in names) + "."


def _listed(label: str, criteria: Iterable[Mapping[str, Any]]) -> str:
    named = "; ".join(_named(one) for one in criteria)
    return f"{label}: {named}." if named else ""


def _named(criterion: Mapping[str, Any]) -> str:
    return f"{criterion['title']} ({criterion['id']})"


def _sources(criteria: Iterable[Mapping[str, Any]]) -> str:
    cited: dict[str, None] = {}
    for criterion in criteria:
        if criterion["outcome"] == "met" or _is_unchecked(criterion):
            cited.update(dict.fromkeys(_source(one) for one in criterion.get("citations") or ()))
    return "Sources: " + "; ".join(cited) + "." if cited else ""


def _source(cited: Any) -> str:
    name = cited.get("id") if isinstance(cited, Mapping) else cited
    known = CITATIONS.get(str(name))
    if known is None:
        return str(name)
    return f"{known.short}, doi {known.doi}" if known.doi else known.short


def _reason(reason: Any) -> str:
    if isinstance(reason, Mapping):
        reason = reason.get("text") or reason.get("title") or reason.get("id") or ""
    return str(reason).replace("_", " ")


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
