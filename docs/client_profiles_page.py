"""The page of client profiles, printed from the records that hold them."""

from typing import Any

import msgspec

from runtime.client_profiles import PROFILES, ClientProfile

_LEAD = """# Client profiles

*Printed from the code by `make docs`; do not edit.*

What a CDS client can take: `client_profile` of its connection names one of these, or an own one
that differs from a base. A card never offers what the profile lacks; where something else can stand
for it, that is offered instead (a referral for a care plan, the better test alone where an order
cannot be deleted).

```toml
[client_profiles.north]                 # an own one
base = "epic"
max_cards = 2
smart_launch_url = "https://apps.example.org/nelm/launch"
order_codes = { maa_scan = "12345" }    # our id of an order, and the site's entry for it
prefetch_keys = { observations = "-labs" }

[connections.main]
client_profile = "north"
```
"""


def client_profiles_page() -> str:
    """Every field with its value in each profile of ours."""
    fields = [field.name for field in msgspec.structs.fields(ClientProfile)]
    lines = [
        _LEAD,
        f"| field | {' | '.join(f'`{name}`' for name in PROFILES)} |",
        f"|---|{'---|' * len(PROFILES)}",
    ]
    for name in fields:
        values = (_shown(getattr(profile, name)) for profile in PROFILES.values())
        lines.append(f"| `{name}` | {' | '.join(values)} |")
    return "\n".join([*lines, "", "What each field means: [configuration](configuration.md).", ""])


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple | dict):
        return ", ".join(f"`{one}`" for one in value) or "none"
    return str(value) or "none"
