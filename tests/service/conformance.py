"""CDS Hooks 2.0.1 rules every response of ours must keep, ported from HL7's invariants.

Sources: HL7/cds-hooks input/fsh (CDSHooksResponse, cds-resp-1 to -7) and the numbered
requirements cds-hooks_2.0 (H2@n) of the CRD test kit.
"""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

INDICATORS = {"info", "warning", "critical"}
ACTIONS = {"create", "update", "delete"}
MAY_BE_EMPTY = {"cards", "services"}


def problems_of_response(response: Any) -> list[str]:
    """What breaks the specification in a hook's response; empty if nothing does."""
    if not isinstance(response, dict) or not isinstance(response.get("cards"), list):
        return ["H2@74: no array of cards"]
    found = problems_of_emptiness(response)
    if "systemActions" in response:
        found.append("contract: systemActions are never sent")
    for place, card in enumerate(response["cards"]):
        found += [f"cards[{place}]: {line}" for line in problems_of_card(card)]
    uuids = [card.get("uuid") for card in response["cards"]]
    if len(set(uuids)) != len(uuids):
        found.append("two cards share a uuid")
    return found


def problems_of_emptiness(value: Any, path: str = "$", name: str = "") -> list[str]:
    """H2@3: no null, no empty string, array or object, outside FHIR resources too."""
    if value is None or value == "" or (value in ([], {}) and name not in MAY_BE_EMPTY):
        return [f"H2@3: {path} is {value!r}"]
    if isinstance(value, dict):
        return [
            line
            for key, inner in value.items()
            for line in problems_of_emptiness(inner, f"{path}.{key}", key)
        ]
    if isinstance(value, list):
        return [
            line
            for place, inner in enumerate(value)
            for line in problems_of_emptiness(inner, f"{path}[{place}]")
        ]
    return []


def problems_of_card(card: dict[str, Any]) -> list[str]:
    """One card."""
    found = []
    if not 0 < len(card.get("summary", "")) < 140:
        found.append(f"H2@83: summary has {len(card.get('summary', ''))} characters")
    if card.get("indicator") not in INDICATORS:
        found.append("H2@88: indicator")
    if not _is_uuid(card.get("uuid")):
        found.append("uuid is no UUID")
    found += _source(card.get("source"))
    found += _text(card.get("detail", ""))
    suggestions = card.get("suggestions", [])
    behavior = card.get("selectionBehavior")
    if suggestions and behavior not in ("any", "at-most-one"):
        found.append("cds-resp-6: suggestions without selectionBehavior")
    if not suggestions and behavior:
        found.append("selectionBehavior without suggestions")
    if behavior == "at-most-one" and sum(bool(s.get("isRecommended")) for s in suggestions) > 1:
        found.append("cds-resp-1: more than one recommended")
    for suggestion in suggestions:
        found += _suggestion(suggestion)
    for reason in card.get("overrideReasons", []):
        if not all(reason.get(key) for key in ("code", "system", "display")):
            found.append("cds-resp-4: override reason without code, system or display")
    for link in card.get("links", []):
        found += _link(link)
    return found


def _source(source: Any) -> list[str]:
    if not isinstance(source, dict) or not source.get("label"):
        return ["H2@105: source without label"]
    found = [
        f"H2@107: source.{key} is not absolute"
        for key in ("url", "icon")
        if key in source and not urlsplit(source[key]).scheme
    ]
    topic = source.get("topic", {})
    if not (topic.get("system") and topic.get("code")):
        found.append("topic without system and code")
    if len(topic.get("code", "")) > 100:
        found.append("Epic: topic code longer than 100 characters")
    return found


def _text(detail: str) -> list[str]:
    """Plain GFM: no HTML, so that no client has to be trusted to clean it."""
    return ["detail holds HTML"] if re.search(r"<[a-zA-Z/!]", detail) else []


def _suggestion(suggestion: dict[str, Any]) -> list[str]:
    found = []
    if not suggestion.get("label"):
        found.append("H2@117: suggestion without label")
    if not _is_uuid(suggestion.get("uuid")):
        found.append("suggestion.uuid is no UUID")
    if "actionSelectionBehavior" in suggestion:
        found.append("cds-resp-7: actionSelectionBehavior without known support")
    for action in suggestion.get("actions", []):
        found += _action(action)
    return found


def _action(action: dict[str, Any]) -> list[str]:
    found = []
    kind = action.get("type")
    if kind not in ACTIONS:
        found.append("H2@127: action type")
    if not action.get("description"):
        found.append("cds-resp-5: action without description")
    if kind in ("create", "update") and not action.get("resource", {}).get("resourceType"):
        found.append("H2@131: create or update without resource")
    if kind == "create" and "id" in action.get("resource", {}):
        found.append("H2@131: a resource to create has no id yet")
    if kind == "delete" and ("resource" in action or not action.get("resourceId")):
        found.append("cds-resp-2: delete names resourceId and no resource")
    return found


def _link(link: dict[str, Any]) -> list[str]:
    found = []
    if not all(link.get(key) for key in ("label", "url", "type")):
        found.append("H2@138: link without label, url or type")
    if link.get("type") not in ("absolute", "smart"):
        found.append("H2@142: link type")
    if link.get("type") == "absolute" and "appContext" in link:
        found.append("cds-resp-3: appContext on an absolute link")
    return found


def problems_of_discovery(discovery: Any) -> list[str]:
    """H2@6-12, and that no prefetch template needs more than a plain search."""
    if not isinstance(discovery, dict) or not isinstance(discovery.get("services"), list):
        return ["H2@6: no array of services"]
    found = problems_of_emptiness(discovery)
    for service in discovery["services"]:
        if not all(service.get(key) for key in ("hook", "id", "description")):
            found.append("H2@7: service without hook, id or description")
        for key, template in service.get("prefetch", {}).items():
            tokens = re.findall(r"\{\{(.*?)\}\}", template)
            if set(tokens) - {"context.patientId"}:
                found.append(f"prefetch {key} uses a token that clients resolve differently")
    return found


def problems_of_operation_outcome(body: Any) -> list[str]:
    """An error body that tells what to change."""
    if body.get("resourceType") != "OperationOutcome" or not body.get("issue"):
        return ["no OperationOutcome"]
    found = problems_of_emptiness(body)
    for issue in body["issue"]:
        if issue.get("severity") not in ("fatal", "error", "warning", "information"):
            found.append("issue.severity")
        if not issue.get("code") or not issue.get("diagnostics"):
            found.append("issue without code or diagnostics")
    return found


def _is_uuid(text: Any) -> bool:
    try:
        return isinstance(text, str) and str(UUID(text)) == text
    except ValueError:
        return False
