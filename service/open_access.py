"""Whether a request may go without signing in: on the machine itself, or where that is configured.

One rule for hooks, for notifications of a connection without a secret and for the assessments.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from runtime.settings import Access, Settings, is_loopback

# What a proxy adds, besides all of "x-forwarded-": the caller behind it is somebody else than the
# one we see.
_FORWARDED = frozenset({
    "forwarded", "via", "x-real-ip", "x-original-host", "x-client-ip", "x-cluster-client-ip",
    "x-envoy-external-address", "true-client-ip", "cf-connecting-ip",
})  # fmt: skip


def is_open_to(settings: Settings, headers: Mapping[str, str]) -> bool:
    """Whether nobody asks who sends this request; `headers` with names in lower case.

    Open on loopback means made here, for here: not passed on by a proxy, and addressed to this
    machine (a web page elsewhere whose name leads here is not). Never open to what a browser sends
    for a page of somebody else: the person before it has not asked for that.
    """
    access = settings.access
    if access is Access.CLOSED or is_of_another_page(settings, headers):
        return False
    if access is Access.CONFIGURED:
        return True
    if any(name in _FORWARDED or name.startswith("x-forwarded-") for name in headers):
        return False
    host = headers.get("host", "")
    return not host or is_loopback(_without_port(host))


def is_of_another_page(settings: Settings, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page sent this which is neither ours nor an allowed one."""
    origin = headers.get("origin")
    if origin == "null" and headers.get("sec-fetch-site") == "same-origin":
        return False  # a form of ours: our pages tell nobody their address, so it names no origin
    if origin is not None:
        ours = (headers.get("host", ""), urlsplit(settings.public_url).netloc)
        return urlsplit(origin).netloc not in ours and origin not in settings.cors_origins
    if headers.get("sec-fetch-mode") == "navigate":
        return False  # somebody follows a link to us; a form of another page names its origin
    return headers.get("sec-fetch-site", "none") not in ("same-origin", "none")


def _without_port(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0]
