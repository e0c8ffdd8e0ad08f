"""Which FHIR servers are a connection's, however their addresses are spelled."""

from urllib.parse import urlsplit

from runtime.settings import ConnectionSettings


def servers_of(connection: ConnectionSettings) -> set[str]:
    """The spelled-alike addresses under which this EHR is known."""
    return {spelled_alike(server) for server in (connection.base_url, *connection.fhir_servers)}


def spelled_alike(url: str) -> str:
    """Scheme and host in lower case, default ports and the last slash left out.

    Raises ValueError: it is no URL.
    """
    parts = urlsplit(url.strip())
    host = parts.netloc.lower()
    for scheme, port in (("http", ":80"), ("https", ":443")):
        if parts.scheme.lower() == scheme:
            host = host.removesuffix(port)
    return f"{parts.scheme.lower()}://{host}{parts.path.rstrip('/')}"
