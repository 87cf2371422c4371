"""Which port this is: its version, the commit of its source where that is known, and the Python that runs it."""

import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_GIT_S = 5.0


def software() -> dict[str, str]:
    """By name, for the evidence."""
    told = {"port": port_version(), "python": platform.python_version()}
    return {**told, "commit": found} if (found := commit()) else told


def port_version() -> str:
    try:
        return version("port_session")
    except PackageNotFoundError:
        return "unknown"


def commit() -> str:
    """Of the source that runs, `-dirty` if that was changed since; empty where it lies in no checkout of git."""
    folder = Path(__file__).resolve().parent
    command = ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=12", "--match=v*"]
    try:
        told = subprocess.run(command, capture_output=True, text=True, timeout=_GIT_S, check=True)
    except (OSError, subprocess.SubprocessError):
        return ""
    return told.stdout.strip()
