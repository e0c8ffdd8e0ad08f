"""The address of the page that shows one patient's staging: opaque, signed, good for minutes.

It names our own key of the patient, never an id of the EHR's and no value.
"""

from typing import NamedTuple

from runtime.settings import Settings
from service.seals import Forged, Seals

STAGING = "/staging/{link}"
_PURPOSE = "staging page"


class Named(NamedTuple):
    """Whom a link opens: the connection, and our own key of the patient."""

    connection: str
    patient: int


def staging_url(
    settings: Settings, seals: Seals, connection: str, patient: int, now: float
) -> str | None:
    """Where the staging of this patient can be read from now on for `pages.link_minutes`.

    The same within one minute, so that the same call gets the same card. None where links are
    switched off, nobody could follow them, or they cannot be signed.
    """
    minutes = settings.pages.link_minutes
    if not minutes or not settings.has_public_url or not seals.ready:
        return None
    until = (int(now) // 60 + minutes + 1) * 60
    link = seals.seal(_PURPOSE, (connection, patient), until)
    return f"{settings.public_url.rstrip('/')}{STAGING.format(link=link)}"


def named_by(seals: Seals, link: str, now: float) -> Named:
    """Whom a link opens.

    Raises:
        Forged, Expired: see `Seals.open`.
    """
    match seals.open(_PURPOSE, link, now):
        case [str(connection), int(patient)]:
            return Named(connection, patient)
    raise Forged
