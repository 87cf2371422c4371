"""Network addresses as people write and read them: "host:port", and URLs with or without a login.

A URL is taken apart here and nowhere else; what is wrong with it is said with what mends it. Nothing that is shown of
an address has a password in it. Opens no connection and knows no ROS.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://(.*)", re.DOTALL)
_BLANK = re.compile(r"[\x00-\x20\x7f]")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST = re.compile(rb"[A-Za-z0-9_](?:[A-Za-z0-9._-]*[A-Za-z0-9_.])?")
#: RFC 3986: what may stand in a path or a query as it is, and `%`, which begins what is encoded already.
_AS_IT_IS = "/?%:@!$&'()*+,;=~-._"
_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+")
#: Cameras take logins in their paths and queries, too: `?user=a&pwd=b`, `/user=a_password=b_channel=1`.
_SECRET_VALUE = re.compile(r"(?i)((?:pas|pwd|token|secret|key|auth|sid)\w*=)[^&\s/]+")
#: A login in what is no URL: `admin:pw@cam/x`, `http:/admin:pw@cam/x`.
_BARE_LOGIN = re.compile(r"[^/@\s:]+:[^/@\s]+@")
_ENCODE = "in a user or password write / as %2F, ? as %3F, # as %23, @ as %40 and % as %25, or name a password_file"


class AddressError(ValueError):
    """The address cannot be one: what is wrong with it, and what mends it. Never with a password."""


@dataclass(frozen=True)
class NetworkAddress:
    """A URL, taken apart. host: without brackets. target: path and query as they go over the wire.

    user, password: decoded; empty if there are none.
    """

    scheme: str
    host: str
    port: int
    target: str
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def place(self) -> str:
        """host:port."""
        return host_port(self.host, self.port)

    @property
    def shown(self) -> str:
        """For people."""
        return without_login(f"{self.scheme}://{self.place}{self.target}")

    def with_login(self, user: str, password: str) -> str:
        """The whole URL for a program that takes its login from there. Never to be shown."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}@" if user else ""
        return f"{self.scheme}://{login}{self.place}{self.target}"


def parse_url(text: str, ports: Mapping[str, int]) -> NetworkAddress:
    """The parts of `text`. ports: the schemes that are understood, each with its usual port (0: it has none).

    Raises AddressError.
    """
    found = _SCHEME.fullmatch(text)
    schemes = " or ".join(f"{scheme}://" for scheme in ports)
    if found is None or found[1].lower() not in ports:
        raise AddressError(f"{without_login(text)!r} is no {schemes} address")
    scheme, rest = found[1].lower(), found[2]
    if _BLANK.search(rest):
        raise AddressError(f"{without_login(text)!r} has a space or a control character in it; write a space as %20")
    if "#" in rest:
        raise AddressError(f"the {scheme}:// address has a # in it, behind which nothing counts; {_ENCODE}")
    authority, target = _split(rest)
    login, _, place = authority.rpartition("@")
    user, password = _login(login, scheme)
    try:
        host, port = _place(place)
    except AddressError as error:
        if "@" in target:  # what looks like the host is the beginning of a login
            raise AddressError(f"the login of the {scheme}:// address ends too early; {_ENCODE}") from None
        raise AddressError(f"{without_login(text)!r}: {error}") from None
    if not (port := port or ports[scheme]):
        raise AddressError(f"{without_login(text)!r} has no port; write {scheme}://host:port")
    return NetworkAddress(scheme, host, port, quote(target or "/", safe=_AS_IT_IS), user, password)


def host_port(host: str, port: int) -> str:
    """`host:port`, with the brackets that an IPv6 address needs."""
    return f"[{host}]:{port}" if ":" in host and not host.startswith("[") else f"{host}:{port}"


def without_login(address: str) -> str:
    """One address for people, however odd it is: without user, password and what looks like a secret in its query."""
    scheme, mark, rest = address.partition("://")
    shown = scheme + mark + rest.rpartition("@")[2] if mark else _BARE_LOGIN.sub("", address)
    return _SECRET_VALUE.sub(r"\1***", shown)


def without_logins(text: str) -> str:
    """`text` with each URL in it as `without_login` has it."""
    return _URL.sub(lambda url: without_login(url[0]), text)


def tree_without_logins(tree: Any) -> Any:
    """The same lists, mappings and values, each text as `without_logins` has it."""
    if isinstance(tree, Mapping):
        return {key: tree_without_logins(value) for key, value in tree.items()}
    if isinstance(tree, list | tuple):
        return [tree_without_logins(value) for value in tree]
    return without_logins(tree) if isinstance(tree, str) else tree


def _split(rest: str) -> tuple[str, str]:
    """Authority and target, which begins with / or is empty."""
    end = min((at for mark in "/?" if (at := rest.find(mark)) >= 0), default=len(rest))
    target = rest[end:]
    return rest[:end], f"/{target}" if target.startswith("?") else target


def _login(text: str, scheme: str) -> tuple[str, str]:
    if _BAD_ESCAPE.search(text):
        raise AddressError(f"the login of the {scheme}:// address has a % that begins no code; {_ENCODE}")
    user, _, password = text.partition(":")
    return unquote(user), unquote(password)


def _place(text: str) -> tuple[str, int]:
    """Host and port (0 if it is left out). Raises AddressError."""
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket:
            raise AddressError("the bracket of the IPv6 address is not closed; write [address]:port")
        return _ipv6(host), _port(rest)
    if text.count(":") > 1:
        raise AddressError("an IPv6 address stands in brackets; write [address]:port")
    host, colon, rest = text.partition(":")
    return _name(host), _port(colon + rest)


def _ipv6(text: str) -> str:
    host = text.replace("%25", "%", 1)  # RFC 6874: how a zone (fe80::1%eth0) is written in a URL
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        raise AddressError(f"[{text}] is no IPv6 address") from None
    return host


def _name(text: str) -> str:
    try:
        sound = _HOST.fullmatch(text.encode("idna"))
    except UnicodeError:
        sound = None
    if not sound:
        raise AddressError(f"{text!r} is no host name" if text else "the host is missing")
    return text


def _port(text: str) -> int:
    if text in ("", ":"):
        return 0
    number = text[1:]
    if not (text[0] == ":" and number.isascii() and number.isdigit() and len(number) < 6 and 0 < int(number) < 65536):
        raise AddressError(f"{text.lstrip(':')!r} is no port; a port is a number of 1…65535")
    return int(number)
