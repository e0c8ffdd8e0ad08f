"""Whether a request may go without signing in: on the machine itself, or where that is configured.

One rule for hooks, for notifications of a connection without a secret and for the assessments.
"""

from collections.abc import Mapping

from runtime.settings import Access, Settings, is_loopback

# What a proxy adds: the caller behind it is somebody else than the one we see.
_FORWARDED = frozenset({"forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via"})


def is_open_to(settings: Settings, headers: Mapping[str, str]) -> bool:
    """Whether nobody asks who sends this request; `headers` with names in lower case.

    Open on loopback means made here, for here: not passed on by a proxy, and addressed to this
    machine (a web page elsewhere whose name leads here is not).
    """
    access = settings.access
    if access is Access.CONFIGURED:
        return True
    if access is Access.CLOSED or not _FORWARDED.isdisjoint(headers.keys()):
        return False
    host = headers.get("host", "")
    return not host or is_loopback(_without_port(host))


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
