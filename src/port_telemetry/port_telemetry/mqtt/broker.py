"""The embedded broker: writes mosquitto's configuration and logins, then becomes mosquitto in the foreground.

    port_telemetry broker --config-dir DIR [--host 127.0.0.1] [--port 18830]

On loopback anyone may read port/v1/#; writing takes the login `edge`. It carries records, it stores nothing.
"""

import argparse
import errno
import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Sequence
from ipaddress import ip_address
from pathlib import Path

from port_ros.network_address import host_port
from port_telemetry.files import make_signing_key, write_private

_EXIT_CANNOT_START = 2
_READERS, _WRITERS = ("facility",), ("edge",)
_TOPICS, _ACKS = "port/v1/#", "port/v1/+/+/ack"
#: What a SCADA host reads, and all that it may say: that it is there, and that it wants everything anew.
_SPARKPLUG, _HOST_STATES, _REBIRTHS = "spBv1.0/#", "spBv1.0/STATE/+", "spBv1.0/+/NCMD/+"
#: Announced to the clients, which keep to it: mosquitto disconnects who sends more.
_MAX_PACKET_BYTES = 1024 * 1024


class CannotStart(Exception):
    """One line for people: what is wrong and how to mend it."""


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def one_line(path: Path) -> str:
    """`path` as mosquitto.conf can hold it: it knows no quotes. Raises ValueError."""
    if not str(path).isprintable():
        raise ValueError(f"{str(path)!r}: mosquitto cannot be told of such a folder; choose another name")
    return str(path)


def one_word(host: str) -> str:
    """`host` as mosquitto.conf can hold it: what stands behind a blank means something else. Raises ValueError."""
    if not host or host != "".join(host.split()):
        raise ValueError(f"{host!r} is no host; write a name or an address")
    return host


def configuration(folder: Path, host: str, port: int, as_root: bool) -> str:
    """The text of mosquitto.conf."""
    lines = [
        f"listener {port} {one_word(host)}",
        f"allow_anonymous {'true' if is_loopback(host) else 'false'}",
        f"password_file {one_line(folder)}/passwords",
        f"acl_file {one_line(folder)}/acl",
        "persistence false",
        f"max_packet_size {_MAX_PACKET_BYTES}",
        "max_inflight_messages 100",
        # What a slow reader may lag behind, in messages, before it loses some.
        "max_queued_messages 100000",
        "set_tcp_nodelay true",
        "log_dest stderr",
        "log_type error",
        "log_type warning",
        # Otherwise mosquitto started by root becomes the user `mosquitto`, who may not read its files.
        *(["user root"] if as_root else []),
    ]
    return "\n".join(lines) + "\n"


def access_list() -> str:
    """The text of the ACL; its first lines are for those without a login."""
    reads = [f"topic read {_TOPICS}", f"topic read {_SPARKPLUG}"]
    says = [f"topic write {topic}" for topic in (_ACKS, _HOST_STATES, _REBIRTHS)]
    blocks = [reads]
    blocks += [[f"user {user}", f"topic readwrite {_TOPICS}", f"topic readwrite {_SPARKPLUG}"] for user in _WRITERS]
    blocks += [[f"user {user}", *reads, *says] for user in _READERS]
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def prepare(folder: Path, host: str, port: int, find: str = "mosquitto_passwd") -> Path:
    """Write all files into `folder` and return the path of mosquitto.conf; passwords that exist are kept."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    logins = {user: _password(folder / f"{user}.password") for user in (*_WRITERS, *_READERS)}
    make_signing_key(folder / "facility.key")
    _write_private(folder / "acl", access_list())
    # mosquitto_passwd hashes the file in place; on its command line a password would be seen by everyone.
    _write_private(folder / "passwords", "".join(f"{user}:{word}\n" for user, word in logins.items()))
    subprocess.run([program(find), "-U", folder / "passwords"], check=True)
    config = folder / "mosquitto.conf"
    _write_private(config, configuration(folder, host, port, os.geteuid() == 0))
    return config


def _password(path: Path) -> str:
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24) + "\n")
    return path.read_text().strip()


def _write_private(path: Path, text: str) -> None:
    write_private(path, text.encode())


def program(name: str) -> str:
    """The path of one of mosquitto's programs. Raises CannotStart."""
    # Debian puts the broker where an ordinary user's PATH does not look.
    path = shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/local/sbin")
    if path is None:
        raise CannotStart(f"{name} is not installed; install it: apt-get install mosquitto")
    return path


def check_address(host: str, port: int) -> None:
    """Raises CannotStart if nobody could listen at host:port now."""
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except (OSError, OverflowError) as error:
        raise CannotStart(_address_remedy(host, port, error)) from error


def _address_remedy(host: str, port: int, error: Exception) -> str:
    if getattr(error, "errno", None) == errno.EADDRINUSE:
        what, remedy = "is in use", "end the program that listens there, or set another mqtt.port in the session file"
        return f"{host_port(host, port)} {what}; {remedy}"
    return f"cannot listen at {host_port(host, port)} ({error}); mend mqtt.host or mqtt.port in the session file"


def main(args: Sequence[str] | None = None) -> int:
    """Become mosquitto, or return 2 with one line on stderr."""
    parser = argparse.ArgumentParser(prog="port_telemetry broker", description="The embedded MQTT v5 broker.")
    parser.add_argument("--config-dir", type=Path, required=True, help="private folder for configuration and passwords")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=18830)
    # Started like a node it is given --ros-args too, which mean nothing to it.
    options, _ = parser.parse_known_args(args)
    try:
        mosquitto = program("mosquitto")
        check_address(options.host, options.port)
        config = prepare(options.config_dir.absolute(), options.host, options.port)
    except CannotStart as error:
        print(f"error: {error}", file=sys.stderr)
        return _EXIT_CANNOT_START
    except (OSError, ValueError, subprocess.CalledProcessError) as error:
        print(f"error: cannot prepare {options.config_dir}: {error}; choose a folder you own", file=sys.stderr)
        return _EXIT_CANNOT_START
    if not is_loopback(options.host):
        print("warning: logins and data cross the network in clear text; see docs/mqtt.md", file=sys.stderr)
    os.execv(mosquitto, [mosquitto, "-c", str(config)])


if __name__ == "__main__":
    sys.exit(main())
