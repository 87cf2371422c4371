"""bag-info.txt: what archives show of a bag without opening it (RFC 8493, 2.2.2). Pure."""

from collections.abc import Iterable, Sequence

from port_session.bag.facts import Facts, date_of, exact

#: Which form a bag of port has; another number is another form.
FORMAT = "1"
SEALED_BY = "Port-Sealed-By"


def elements(facts: Facts, payload_bytes: int, payload_files: int, sealed_by: Sequence[str]) -> list[tuple[str, str]]:
    """Label and value, in the order of the file. sealed_by: names of those whose signatures the bag is sealed with."""
    return [
        ("Source-Organization", facts.site),
        ("External-Description", facts.line()),
        ("Bagging-Date", date_of(facts.ended_ns)),
        ("External-Identifier", facts.session),
        ("Payload-Oxum", f"{payload_bytes}.{payload_files}"),
        ("Port-Bag-Format", FORMAT),
        ("Port-Session-Ended", exact(facts.ended_ns)),
        *((SEALED_BY, name) for name in sealed_by),
    ]


def text(pairs: Iterable[tuple[str, str]]) -> bytes:
    """The file. What is empty is left out."""
    return "".join(f"{label}: {value}\n" for label, value in pairs if value).encode()


def values(data: bytes, label: str) -> list[str]:
    """Every value of `label`; of a damaged file those that can be read."""
    lines = data.decode("utf-8", "replace").split("\n")
    return [line.removeprefix(f"{label}: ") for line in lines if line.startswith(f"{label}: ")]


def value(data: bytes, label: str) -> str:
    """The first value of `label`; empty if there is none."""
    return next(iter(values(data, label)), "")
