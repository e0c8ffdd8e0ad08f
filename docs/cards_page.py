"""Ten finished cards as a page: what a clinician sees, and the JSON that the EHR receives."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from service.cds_hooks.models import Card
from tests.service.printed_cards import CardMaker, card_maker, dated_case

PRINTED = "*Printed from the worked cases by `make docs`; do not edit.*"


class Shown(NamedTuple):
    """A worked case and the draft order that is signed; without one, the chart is opened."""

    case: str
    order: str | None
    patient: str


CARDS = (
    Shown("V01-resectable-oligometastatic", None, "Two lesions in one lobe, R0-resectable, G1"),
    Shown("V30-lung-shunt-unknown", None, "Multifocal disease in both lobes, lung shunt unknown"),
    Shown("W-PAP-13-lewis2012-poorly-differentiated", None, "Poorly differentiated carcinoma"),
    Shown("V16-almost-nothing-known", None, "No Ki-67 and no grade on file"),
    Shown("V03-complete-portal-vein-thrombosis", "tace", "Complete portal vein thrombosis"),
    Shown("V17-sstr-negative-nonfunctional", "prrt", "No receptor uptake"),
    Shown("V04-multifocal-midgut", "deb_tace", "Multifocal disease of the midgut"),
    Shown("V30-lung-shunt-unknown", "tare", "Lung shunt not measured"),
    Shown("V04-multifocal-midgut", "octreoscan", "An older test ordered"),
    Shown("W-FRS-02-imaging-181-days-old", "tae", "Imaging just too old"),
)


def cards_page() -> str:
    """Cards of every kind for a clinical lead to read, with the JSON folded away."""
    lines = [
        "# Ten cards as a clinician sees them",
        "",
        PRINTED,
        "",
        "The patients are invented. First the summary (three seconds), then the detail, then what",
        "the card offers as buttons. Every card can be overridden with a reason (last section).",
        "",
    ]
    with card_maker() as maker:
        cards = [(shown, _made(maker, shown)) for shown in CARDS]
    for number, (shown, card) in enumerate(cards, start=1):
        lines += _section(number, shown, card)
    lines += _override_reasons(cards[0][1])
    return "\n".join(lines) + "\n"


def _made(maker: CardMaker, shown: Shown) -> Card:
    assessment = dated_case(shown.case)
    card = maker.order(assessment, shown.order) if shown.order else maker.proposal(assessment)
    if card is None:
        raise ValueError(f"{shown.case}: nothing to say about {shown.order}")
    return card


def _section(number: int, shown: Shown, card: Card) -> Iterator[str]:
    when = f"`{shown.order}` is signed" if shown.order else "the chart is opened"
    yield from (f"## {number}. {shown.patient}", "", f"Worked case `{shown.case}`; {when}.", "")
    yield f"> **{card.indicator}** · **{card.summary}**"
    yield ">"
    yield from (f"> {line}".rstrip() for line in (card.detail or "").splitlines())
    if card.suggestions:
        buttons = " · ".join(f"`{one.label}`" for one in card.suggestions)
        yield from (">", f"> {buttons}")
    yield from (">", f"> Source: {_source(card)}", "")
    yield from ("<details><summary>As JSON</summary>", "", "```json")
    yield json.dumps(_shortened(card), indent=2, ensure_ascii=False)
    yield from ("```", "", "</details>", "")


def _source(card: Card) -> str:
    links = [f"[{one.label}]({one.url})" for one in card.links or ()]
    first = f"[{card.source.label}]({card.source.url})" if card.source.url else card.source.label
    return ", ".join([first, *links])


def _shortened(card: Card) -> dict[str, Any]:
    """As it is sent, without resource bodies and without the reasons that all cards share."""
    content: dict[str, Any] = msgspec.to_builtins(card)
    content.pop("overrideReasons", None)
    for suggestion in content.get("suggestions", ()):
        for action in suggestion["actions"]:
            if "resource" in action:
                action["resource"] = {"resourceType": action["resource"]["resourceType"]}
    return content


def _override_reasons(card: Card) -> Iterator[str]:
    yield from ("## Reasons for an override", "", "| code | reason |", "|---|---|")
    yield from (f"| `{one.code}` | {one.display} |" for one in card.override_reasons or ())
    yield ""
    yield "The JSON above leaves these out, and of each resource everything but its type."
