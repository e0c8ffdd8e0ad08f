"""Every word of the cards of the invented patients and of the worked orders.

The expected text stands in `card_texts/`, to be read by a clinician; a change of a sentence shows
there first. Print it again with `python -m tests.service.test_card_texts`.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest

from fhir_mappings.combination import combine
from fhir_mappings.mapping_set import load_mapping_set
from fhir_mappings.reading import read_resource
from nelm import Assessment, Parameters, assess
from nelm_cds.sample_ehr.patients import chart_of
from service.cds_hooks.models import Card
from service.cds_hooks.proposal_text import proposal_paragraphs
from service.cds_hooks.record import Record, Standing
from tests.service.printed_cards import AS_OF, CardMaker, card_maker, dated_case
from tests.vignettes.worked_cases import sheet

TEXTS = Path(__file__).with_name("card_texts")
PATIENTS = ("nelm-01", "nelm-04", "nelm-07", "nelm-08", "nelm-09", "nelm-10")
ORDERS = [one["id"] for one in sheet()["orders"]]
MOST_LINES = 21


def charted(patient: str, today: date = AS_OF) -> Assessment:
    """An invented patient, judged from the FHIR resources of the chart."""
    mapping = load_mapping_set()
    read = [read_resource(msgspec.json.encode(one), mapping) for one in chart_of(patient, today)]
    statements = [one for reading in read for one in reading.statements]
    return assess(combine(statements, today, mapping), Parameters(), today)


def as_text(card: Card | None) -> str:
    if card is None:
        return "No card.\n"
    offered = [f"[{one.label}]" for one in card.suggestions or ()]
    buttons = [" ".join(offered)] if offered else []
    head = f"**{card.indicator}** · {card.summary}"
    return "\n\n".join([head, card.detail or "", *buttons]) + "\n"


def order_text(maker: CardMaker, order_id: str) -> str:
    order = next(one for one in sheet()["orders"] if one["id"] == order_id)
    return as_text(maker.order(dated_case(order["case"]), order["order"]))


@pytest.fixture(scope="module")
def maker() -> Iterator[CardMaker]:
    with card_maker() as made:
        yield made


@pytest.mark.parametrize("patient", PATIENTS)
def test_the_proposal_of_an_invented_patient_reads_word_by_word(
    maker: CardMaker, patient: str
) -> None:
    expected = (TEXTS / f"{patient}.md").read_text(encoding="utf-8")
    assert as_text(maker.proposal(charted(patient))) == expected


@pytest.mark.parametrize("order_id", ORDERS)
def test_the_card_of_a_worked_order_reads_word_by_word(maker: CardMaker, order_id: str) -> None:
    book = (TEXTS / "orders.md").read_text(encoding="utf-8")
    expected = book.partition(f"# {order_id} ")[2].partition("\n\n")[2].partition("\n# ")[0]
    assert order_text(maker, order_id) == expected


@pytest.mark.parametrize("patient", [f"nelm-{number:02d}" for number in range(1, 11)])
def test_a_proposal_is_short_and_says_nothing_twice(maker: CardMaker, patient: str) -> None:
    card = maker.proposal(charted(patient))
    assert len(card.summary) < 140
    assert card.detail is not None
    lines = [line for line in card.detail.splitlines() if line]
    assert len(lines) <= MOST_LINES
    for line in lines:
        parts = [part.strip() for part in line.partition(":")[2].split(",")]
        assert len(parts) == len(set(parts)), line


def test_options_that_wait_stand_with_the_result_they_wait_for(maker: CardMaker) -> None:
    card = maker.proposal(charted("nelm-04"))
    assert card.summary == (
        "NET G2 liver metastases: TAE/TACE contraindicated, complete portal vein thrombosis "
        "(2026-05-04). Open: Lu-177 dotatate; TARE after MAA scan"
    )
    detail = card.detail or ""
    titles = ("**Open, best first**", "**Contraindicated**", "**Waiting", "**Not indicated**")
    places = [detail.index(one) for one in titles]
    assert places == sorted(places)
    assert "**Waiting for a result**\n- **TARE**: lung shunt (MAA scan)" in (card.detail or "")


def test_without_an_open_option_the_card_says_so_and_what_to_do_first(maker: CardMaker) -> None:
    card = maker.proposal(charted("nelm-10"))
    assert card.summary == (
        "Liver metastases, NET G2: no treatment open without a strong caution (CAPTEM). "
        "Resectability not settled; ask for a surgical review first"
    )
    assert "**Open, with a strong caution:** CAPTEM (" in (card.detail or "")


def test_an_open_option_says_what_is_not_excluded_wherever_it_stands(maker: CardMaker) -> None:
    detail = maker.proposal(charted("nelm-05")).detail or ""
    (also,) = [line for line in detail.splitlines() if line.startswith("- Also open")]
    assert "of TACE, TAE not excluded: portal vein thrombosis (EMB-3)" in also
    detail = maker.proposal(charted("nelm-06")).detail or ""
    (named,) = [line for line in detail.splitlines() if line.startswith("- **TACE or TAE**")]
    assert "not excluded: portal vein thrombosis · EMB-3; not excluded: liver function" in named


def test_a_test_is_not_offered_for_what_may_be_in_the_part_that_was_not_read(
    maker: CardMaker,
) -> None:
    assessment = charted("nelm-02")
    read = maker.order(assessment, "deb_tace")
    unread = maker.order(assessment, "deb_tace", unread=("observations",))
    assert read is not None
    assert unread is not None
    assert [one.label for one in read.suggestions or ()] == ["Order portal vein imaging"]
    assert not unread.suggestions
    assert "Not excluded: portal vein thrombosis · EMB-3" in (unread.detail or "")


def test_what_is_left_out_is_on_the_staging_page_where_there_is_one() -> None:
    assessment = charted("nelm-06")
    record = Record(Standing.JUDGED, assessment, patient=1)
    told = "\n".join(proposal_paragraphs(record, assessment))
    assert "**Still to find out (3 of 7 shown, all on the staging page)**" in told


def test_what_is_cut_is_counted(maker: CardMaker) -> None:
    card = maker.proposal(charted("nelm-06"))
    assert "**Still to find out (3 of 7 shown)**" in (card.detail or "")
    assert card.summary.endswith("; 11 results missing for open or waiting options")
    assert "unchecked for open options: portal vein (CT or Doppler)" in (card.detail or "")


def test_a_carcinoma_is_not_called_a_net(maker: CardMaker) -> None:
    assert maker.proposal(charted("nelm-07")).summary.startswith("Liver metastases, NEC: ")


def test_no_card_asks_for_what_nobody_can_read_or_order(maker: CardMaker) -> None:
    for patient in PATIENTS:
        card = maker.proposal(charted(patient))
        said = f"{card.detail} {[one.label for one in card.suggestions or ()]}"
        assert "stable for," not in said
        assert "Order performance status" not in said


def print_texts() -> None:
    TEXTS.mkdir(exist_ok=True)
    with card_maker() as made:
        for patient in PATIENTS:
            text = as_text(made.proposal(charted(patient)))
            (TEXTS / f"{patient}.md").write_text(text, encoding="utf-8")
        orders = (
            f"# {one['id']} {one['case']}: {one['order']}\n\n{order_text(made, one['id'])}"
            for one in sheet()["orders"]
        )
        (TEXTS / "orders.md").write_text("\n".join(orders), encoding="utf-8")


if __name__ == "__main__":
    print_texts()
