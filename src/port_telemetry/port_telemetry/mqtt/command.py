"""`port broker`: starts the embedded broker, or with `acl` makes rights and certificates for a broker of many teams.

port broker --config-dir DIR [--host 127.0.0.1] [--port 18830]
port broker acl --out DIR --site hall --edge edge-1 --team blue --team red [--host 127.0.0.1] [--port 8883]
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from port_ros.certificates import Authority
from port_ros.command_line import refuse
from port_telemetry.files import KeyFileError, make_signing_key, write_private
from port_telemetry.mqtt import broker
from port_telemetry.mqtt.tenancy import Tenants, access_list, configuration


def main(args: Sequence[str] | None = None) -> int:
    """Do what the first word says."""
    words = list(sys.argv[1:] if args is None else args)
    return _acl(words[1:]) if words[:1] == ["acl"] else broker.main(words)


def prepare(folder: Path, tenants: Tenants, host: str, port: int) -> Path:
    """Write everything into `folder`, keep the certificates that are there; returns the path of mosquitto.conf."""
    authority = Authority(folder)
    authority.server("broker", [host, "localhost"] if host != "localhost" else [host])
    for name in tenants.names:
        authority.client(name)
    make_signing_key(folder / "facility-ack.key")
    (folder / "edges").mkdir(mode=0o700, exist_ok=True)
    for edge in tenants.edges:
        make_signing_key(folder / "edges" / f"{edge}.key")
    write_private(folder / "acl", access_list(tenants).encode())
    config = folder / "mosquitto.conf"
    write_private(config, configuration(folder.absolute(), host, port, os.geteuid() == 0).encode())
    return config


def _acl(words: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="port broker acl", description="Rights and certificates for many teams.")
    parser.add_argument("--out", type=Path, required=True, help="private folder; ca.key in it vouches for everyone")
    parser.add_argument("--site", required=True)
    parser.add_argument("--edge", action="append", default=[], help="may be given again")
    parser.add_argument("--team", action="append", default=[], help="may be given again")
    parser.add_argument("--host", default="127.0.0.1", help="the name or address that clients will use")
    parser.add_argument("--port", type=int, default=8883)
    chosen = parser.parse_args(words)
    try:
        tenants = Tenants(chosen.site, chosen.edge, chosen.team)
        config = prepare(chosen.out, tenants, chosen.host, chosen.port)
    except (ValueError, OSError, KeyFileError) as error:
        return refuse(error)
    print(f"mosquitto -c {config}   starts it; give each its NAME.crt, NAME.key and ca.crt:")
    for name in tenants.names:
        print(f"  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
