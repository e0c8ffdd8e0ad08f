"""What a call orders: each option or work-up item once, with the drafts that order it.

The drugs of a regimen, and the same test drafted twice, are one thing to say something about.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from fhir_mappings.orders import DraftOrder


@dataclass(frozen=True, slots=True)
class Ordered:
    """An option or work-up item by its id, and its drafts in the order in which they came.

    `part_of`: of a single drug, which is no option, the options whose regimens hold it.
    """

    order: str
    drafts: tuple[DraftOrder, ...]
    part_of: tuple[str, ...] = ()

    @property
    def references(self) -> tuple[str, ...]:
        """How the client names the drafts; empty texts for those without a name."""
        return tuple(one.reference for one in self.drafts)


def gathered(drafts: Iterable[DraftOrder]) -> list[Ordered]:
    """The drafts by what they order, in the order in which that first came."""
    found: dict[str, list[DraftOrder]] = {}
    for one in drafts:
        if one.order is not None:
            found.setdefault(one.order, []).append(one)
    return [Ordered(order, tuple(each)) for order, each in found.items()]


def single_drugs(drafts: Iterable[DraftOrder]) -> list[Ordered]:
    """The drafts of drugs that are part of a regimen and make none, by their ingredient."""
    found: dict[str, list[DraftOrder]] = {}
    for one in drafts:
        if one.order is None and one.drug is not None and one.part_of:
            found.setdefault(one.drug, []).append(one)
    return [Ordered(drug, tuple(each), each[0].part_of) for drug, each in found.items()]
