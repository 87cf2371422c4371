"""What a client answers to a server that asks for a login: HTTP Digest (RFC 7616; RFC 2069 without qop) and Basic.

Pure: header texts in, a header text out. The strongest scheme and algorithm that both know is taken; a server that asks
for what is not known here is told apart from one that does not like the password. Sends nothing, draws no lots.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

_WORD = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
#: The next thing in a WWW-Authenticate text: `name="quoted"`, `name=token`, or a scheme's name.
_PIECE = re.compile(rf'\s*,?\s*(?:({_WORD})\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*))|({_WORD}))')
_HASHES: dict[str, Callable[[bytes], str]] = {
    "MD5": lambda data: hashlib.md5(data, usedforsecurity=False).hexdigest(),
    "SHA-256": lambda data: hashlib.sha256(data).hexdigest(),
}
#: The strongest first.
_ALGORITHMS = ("SHA-256", "MD5")


class LoginUnsupported(Exception):
    """The server wants a login of a kind that is not known here: which."""


@dataclass(frozen=True)
class Challenge:
    """One scheme that a server offers. scheme, and the names of the parameters, in lower case."""

    scheme: str
    parameters: dict[str, str] = field(default_factory=dict)

    @property
    def algorithm(self) -> str:
        """In upper case, without `-sess`."""
        return self.parameters.get("algorithm", "MD5").upper().removesuffix("-SESS")

    @property
    def stale(self) -> bool:
        """Whether only the nonce was too old, the password right."""
        return self.parameters.get("stale", "").lower() == "true"


@dataclass(frozen=True)
class Request:
    """What is asked for. target: path and query, as on the request line. client_nonce: of random letters."""

    method: str
    target: str
    client_nonce: str
    count: int = 1


def challenges(headers: Sequence[str]) -> list[Challenge]:
    """All challenges of the WWW-Authenticate headers, several in one header or each in its own."""
    found: list[Challenge] = []
    for header in headers:
        for name, quoted, token, scheme in _PIECE.findall(header):
            if scheme:
                found.append(Challenge(scheme.lower()))
            elif found:
                found[-1].parameters.setdefault(name.lower(), re.sub(r"\\(.)", r"\1", quoted) or token)
    return found


def authorization(offered: Sequence[Challenge], request: Request, user: str, password: str) -> str:
    """The Authorization header. A server that names no scheme gets Basic. Raises LoginUnsupported."""
    digests = [one for one in offered if one.scheme == "digest" and one.algorithm in _ALGORITHMS and _plain(one)]
    if digests:
        return _digest(min(digests, key=lambda one: _ALGORITHMS.index(one.algorithm)), request, user, password)
    if not offered or any(one.scheme == "basic" for one in offered):
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    raise LoginUnsupported(", ".join(_described(one) for one in offered))


def _plain(challenge: Challenge) -> bool:
    """Whether it can be answered without a hash of the body, which nothing but qop=auth-int wants."""
    return "nonce" in challenge.parameters and ("qop" not in challenge.parameters or "auth" in _qops(challenge))


def _qops(challenge: Challenge) -> list[str]:
    return [word.strip().lower() for word in challenge.parameters["qop"].split(",")]


def _described(challenge: Challenge) -> str:
    details = [f"{key}={challenge.parameters[key]}" for key in ("algorithm", "qop") if key in challenge.parameters]
    return " ".join([challenge.scheme, *details])


def _digest(challenge: Challenge, request: Request, user: str, password: str) -> str:
    """RFC 7616, 3.4."""
    given, hashed = challenge.parameters, _HASHES[challenge.algorithm]

    def of(*parts: str) -> str:
        return hashed(":".join(parts).encode())

    realm, nonce = given.get("realm", ""), given["nonce"]
    secret = of(user, realm, password)
    if given.get("algorithm", "").upper().endswith("-SESS"):
        secret = of(secret, nonce, request.client_nonce)
    count, what = f"{request.count:08x}", of(request.method, request.target)
    between = (count, request.client_nonce, "auth") if "qop" in given else ()
    fields = {
        "username": _quoted(user), "realm": _quoted(realm), "nonce": _quoted(nonce),
        "uri": _quoted(request.target), "response": _quoted(of(secret, nonce, *between, what)),
    }  # fmt: skip
    fields |= {key: given[key] for key in ("algorithm",) if key in given}
    fields |= {"opaque": _quoted(given["opaque"])} if "opaque" in given else {}
    if "qop" in given or given.get("algorithm", "").upper().endswith("-SESS"):
        fields |= {"cnonce": _quoted(request.client_nonce)}
    fields |= {"qop": "auth", "nc": count} if "qop" in given else {}
    return "Digest " + ", ".join(f"{key}={value}" for key, value in fields.items())


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
