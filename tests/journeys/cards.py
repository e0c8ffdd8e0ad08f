"""What the journeys look for in cards."""

from typing import Any

Card = dict[str, Any]
SNOMED = "http://snomed.info/sct"


def words(cards: list[Card]) -> str:
    """All text a clinician reads on these cards."""
    return "\n".join(f"{card['summary']}\n{card.get('detail', '')}" for card in cards)


def missing(cards: list[Card]) -> str:
    """The line of the proposal card that lists what is missing, in lower case."""
    lines = [line for line in words(cards).lower().splitlines() if line.startswith("**missing")]
    return "\n".join(lines)


def careplans(cards: list[Card]) -> list[tuple[str, dict[str, Any]]]:
    """(kind of action, CarePlan) for every suggestion that writes one."""
    return [
        (action["type"], action["resource"])
        for card in cards
        for suggestion in card.get("suggestions", [])
        for action in suggestion.get("actions", [])
        if action.get("resource", {}).get("resourceType") == "CarePlan"
    ]


def draft_tace(patient_id: str) -> dict[str, Any]:
    """A chemoembolization of the liver as an order entry would draft it."""
    return {
        "resourceType": "ServiceRequest",
        "id": "draft-1",
        "status": "draft",
        "intent": "order",
        "code": {
            "coding": [{"system": SNOMED, "code": "441525007"}],
            "text": "Transarterial chemoembolization",
        },
        "bodySite": [{"coding": [{"system": SNOMED, "code": "10200004"}]}],
        "subject": {"reference": f"Patient/{patient_id}"},
    }
