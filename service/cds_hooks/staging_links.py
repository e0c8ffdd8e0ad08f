"""Where a card leads: our page of the patient's staging, and a SMART app where the EHR has one.

Every card stands alone without them.
"""

import msgspec

from service.cds_hooks.call import HookCall
from service.cds_hooks.models import Link
from service.cds_hooks.record import Record
from service.links import staging_url

_LABEL = "Staging, all options and their criteria"


def staging_links(call: HookCall, record: Record, topic: str, order: str | None) -> list[Link]:
    """The links that this client can take; none to our page for a patient who is not stored.

    The app is told by `appContext` what the card was about, never whom: that the EHR tells it.
    """
    found: list[Link] = []
    parts = call.parts
    if record.patient is not None:
        now = parts.clock().timestamp()
        url = staging_url(parts.settings, parts.seals, call.connection.name, record.patient, now)
        if url is not None:
            found.append(Link(_LABEL, url, "absolute"))
    launch = call.profile.smart_launch_url
    if launch:
        about = {"topic": topic} | ({"order": order} if order else {})
        context = msgspec.json.encode(about).decode()
        found.append(Link("Open in the staging app", launch, "smart", context))
    return found
