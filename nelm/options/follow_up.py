"""Follow-up once the liver is clear, as an option; its dates are in `nelm.follow_up`."""

from __future__ import annotations

from nelm.criteria import Option, require
from nelm.predicates import equals

FOLLOW_UP = Option(
    "follow_up",
    "Follow-up",
    (
        require(
            "FU-1", "Surveillance: liver clear", equals("staging.strategy", "surveillance"),
            because="imaging and markers every 3 to 12 months find recurrence, which is common",
            cites=["cloyd2020"],
        ),
    ),
    adjunct=True,
    judged_in="last",
)  # fmt: skip
