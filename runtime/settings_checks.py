"""What a trusted client and a trusted proxy must have; each check gives the field and the way out.

The first thing that is wrong is told; nothing of a key or a fingerprint is repeated.
"""

import re
from hashlib import sha256
from ipaddress import ip_network
from urllib.parse import urlsplit

from runtime.settings import CdsClientSettings, Settings, is_loopback

# The key that is wrong (below the record's own name, or empty for the record) and what to do.
Wrong = tuple[str, str]

_FINGERPRINT = re.compile(r"[0-9a-f]{64}")
_OF_NOTHING = sha256(b"").hexdigest()
_HEADER = re.compile(r"[a-z][a-z0-9\-]*")


def wrong_url(url: str) -> str | None:
    """Why this is no address to call; None where it is one."""
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        return "holds a user name or a password, which are sent to nobody. Leave them out"
    if parts.scheme in ("http", "https") and parts.hostname:
        return None
    named = "" if "@" in url else f' ("{url}")'
    return (
        f"is not a URL{named}. "
        "Write it as https://host/path, for example https://ehr.example/fhir/R4"
    )


def wrong_digest(digest: str) -> str | None:
    """Why this is no digest of a token; None where it may be one."""
    if not _FINGERPRINT.fullmatch(digest):
        return (
            "is not a SHA-256 in 64 lower-case hexadecimal digits. "
            "Make one of a token: printf %s TOKEN | sha256sum"
        )
    if digest == _OF_NOTHING:
        return "is the SHA-256 of nothing: the token it was made of was empty. Make it anew"
    return None


def wrong_in_origins(settings: Settings) -> Wrong | None:
    """An origin that is none, or that means all of them."""
    for place, one in enumerate(settings.cors_origins):
        parts = urlsplit(one)
        if parts.scheme not in ("http", "https") or one != f"{parts.scheme}://{parts.netloc}":
            text = "is no origin. Write each as https://host, or https://host:port; never *"
            return f"cors_origins[{place}]", text
    return None


def wrong_in_client(client: CdsClientSettings) -> Wrong | None:
    """What a client lacks to be known by its tokens, its certificate, or both."""
    if not client.issuer:
        return "issuer", "is empty. Write the `iss` of the client's tokens"
    if not client.algorithms:
        text = 'is empty. Leave it out for "ES384" and "RS384", or name some'
        return "algorithms", text
    if not all(map(_FINGERPRINT.fullmatch, client.certificates)):
        text = (
            "holds what is no SHA-256 in 64 lower-case hexadecimal digits. Make one of a "
            "certificate: openssl x509 -in FILE -outform der | sha256sum"
        )
        return "certificates", text
    if client.certificates and not client.jwks_file and not client.jwks_url:
        return None
    return _wrong_place_of_keys(client)


def _wrong_place_of_keys(client: CdsClientSettings) -> Wrong | None:
    if bool(client.jwks_file) == bool(client.jwks_url):
        has = "both jwks_file and" if client.jwks_url else "neither jwks_file nor"
        return "", f"has {has} jwks_url. Name the one place where the client's public keys are"
    if not client.jwks_url:
        return None
    wrong = wrong_url(client.jwks_url)
    if wrong is not None:
        return "jwks_url", wrong
    parts = urlsplit(client.jwks_url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        text = "is not https. Whoever changes keys on their way can sign as the client; use https"
        return "jwks_url", text
    return None


def wrong_in_certificates(settings: Settings) -> Wrong | None:
    """Why a certificate that a proxy passes on could not count, or would count from anybody."""
    header, proxies = settings.certificate_header, settings.trusted_proxies
    for proxy in proxies:
        try:
            everybody = ip_network(proxy).prefixlen == 0
        except ValueError:
            text = f'holds "{proxy}", which is no address or network. Write 10.0.0.5 or 10.0.0.0/28'
            return "trusted_proxies", text
        if everybody:
            return (
                "trusted_proxies",
                "trusts every address. Name the proxies: 10.0.0.5 or 10.0.0.0/28",
            )
    if header and not _HEADER.fullmatch(header):
        return "certificate_header", "is no header name in lower case, such as client-cert"
    if header and not proxies:
        text = "names a header that anybody could send. Name the proxies that set it"
        return "trusted_proxies", f"is empty, and certificate_header {text}"
    for name, connection in settings.connections.items():
        if not header and any(client.certificates for client in connection.cds_clients):
            text = f"is empty, and clients of {name} have certificates. Name the proxy's header"
            return "certificate_header", text
    return None


def wrong_in_readers(settings: Settings) -> Wrong | None:
    """A reader without a usable token, or for a connection that does not exist."""
    for name, reader in settings.readers.items():
        field = f"readers.{name}"
        if not reader.token_digests:
            text = "is empty. Make a digest of the token: printf %s TOKEN | sha256sum"
            return f"{field}.token_digests", text
        for place, digest in enumerate(reader.token_digests):
            wrong = wrong_digest(digest)
            if wrong is not None:
                return f"{field}.token_digests[{place}]", wrong
        unknown = [one for one in reader.connections if one not in settings.connections]
        if unknown or not reader.connections:
            known = ", ".join(sorted(settings.connections)) or "none yet"
            named = f'names "{unknown[0]}", which is none' if unknown else "is empty"
            return f"{field}.connections", f"{named}. Name connections it may read: {known}"
    return None
