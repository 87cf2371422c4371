"""Who may connect a robot to this ground: certificates for teams, valid for a while, taken back by a line in a list.

The folder holds the ground's own authority and the edge's certificate; under teams/ what each team is given. A
certificate that was taken back is known by its serial number, in `revoked`, one a line.
"""

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from port_ros.certificates import Authority

#: The name in the edge's certificate, whatever address it is reached by, and its file.
EDGE = "port-edge"
#: What a team gets, by what its file is to the robot's side.
ROBOT_FILES = {"ca": "ca.crt", "certificate": "robot.crt", "key": "robot.key"}
REVOKED = "revoked"


def certificate_folder(given: str = "") -> Path:
    """`given`, or where they are kept for this user."""
    data = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(given).expanduser() if given else Path(data) / "port" / "link"


def invite(folder: Path, team: str, lasts: timedelta) -> Path:
    """Make what `team` needs to connect, valid for so long; returns its folder. Raises OSError, KeyFileError."""
    authority = Authority(folder)
    if not (folder / f"{EDGE}.crt").exists():
        authority.server(EDGE, [EDGE])
    own = folder / "teams" / team
    if (own / "robot.crt").exists():
        revoke(folder, team)  # one certificate a team: an older one does not live on in somebody's hands
    own.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority.guest(team, own / "robot", lasts)
    shutil.copyfile(folder / "ca.crt", own / "ca.crt")
    return own


def usable(folder: Path, team: str) -> bool:
    """Whether `team` has a certificate that is good now. Raises OSError, ValueError."""
    file = folder / "teams" / team / "robot.crt"
    if not file.exists():
        return False
    der = x509.load_pem_x509_certificate(file.read_bytes()).public_bytes(Encoding.DER)
    return not refusal(folder, der, team, datetime.now(UTC))


def revoke(folder: Path, team: str) -> bool:
    """Take back what `team` was given; False if there is none. Raises OSError, ValueError."""
    file = folder / "teams" / team / "robot.crt"
    if not file.exists():
        return False
    serial = f"{x509.load_pem_x509_certificate(file.read_bytes()).serial_number:x}"
    if serial not in revoked(folder):
        with (folder / REVOKED).open("a") as listed:
            listed.write(f"{serial} {team} {datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}\n")
    return True


def revoked(folder: Path) -> set[str]:
    """Serial numbers, in hexadecimal, that do not count any more."""
    try:
        lines = (folder / REVOKED).read_text().splitlines()
    except FileNotFoundError:
        return set()
    return {line.split()[0] for line in lines if line.strip()}


def refusal(folder: Path, certificate: bytes, team: str, now: datetime) -> str:
    """Why whoever shows `certificate` (DER) may not connect a robot of `team`; empty if he may."""
    shown = x509.load_der_x509_certificate(certificate)
    names = [str(name.value) for name in shown.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)]
    if names != [team]:
        return f"the certificate is of {', '.join(names) or 'nobody'}, the session of team {team}"
    if f"{shown.serial_number:x}" in revoked(folder):
        return f"the certificate of {team} was taken back; `port robot invite {team}` makes a new one"
    if now > shown.not_valid_after_utc:
        return f"the certificate of {team} ended {shown.not_valid_after_utc:%Y-%m-%d %H:%M} UTC; invite the team again"
    return ""
