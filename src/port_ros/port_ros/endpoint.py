"""A host and a port as people and browsers read them."""


def endpoint(host: str, port: int) -> str:
    """host:port, an IPv6 address in brackets: as it stands in a URL."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
