"""When each e-stop station of a ground was last pressed and released, as tests of a day begin with. No ROS.

Kept for this user beyond a session: whoever starts the next one must not press again. A station that is silent reports
open contacts, too; that is no press.
"""

import datetime
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from port_session.admission.finding import Finding
from port_session.session.log import write_json

_FILE = "estop_tests.json"
_NS = 1_000_000_000

Presses = Mapping[str, int]


def state_file() -> Path:
    """Where it is kept."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "port" / _FILE


class PressWatch:
    """Follows the contacts of stations by name."""

    def __init__(self) -> None:
        self._opened: dict[str, set[str]] = {}

    def look(self, station: str, channel_a_closed: bool, channel_b_closed: bool) -> bool:
        """Whether this reading ends a press: each channel has opened since both were closed, and both are again."""
        opened = self._opened.setdefault(station, set())
        opened |= {name for name, closed in (("a", channel_a_closed), ("b", channel_b_closed)) if not closed}
        if not (channel_a_closed and channel_b_closed):
            return False
        whole = opened == {"a", "b"}
        opened.clear()
        return whole


def presses(site: str, file: Path) -> Presses:
    """Of each station of `site` when it was pressed last, ns since 1970. What cannot be read was never pressed."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))[site]
        return {str(station): int(stamp_ns) for station, stamp_ns in kept.items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}


def keep(site: str, station: str, stamp_ns: int, file: Path) -> None:
    """Raises OSError where it cannot be written."""
    try:
        kept = json.loads(file.read_text(encoding="utf-8"))
        others = {name: of for name, of in kept.items() if isinstance(of, dict)}
    except (OSError, ValueError, AttributeError):
        others = {}
    write_json(file, {**others, site: {**others.get(site, {}), station: stamp_ns}})


def untested(stations: Iterable[str], pressed: Presses, now_ns: int) -> list[Finding]:
    """One finding a station: whether it was pressed on the day of now_ns, by this machine's calendar."""
    return [_station(f"estop {station}", pressed.get(station), now_ns) for station in stations]


def _station(name: str, pressed_ns: int | None, now_ns: int) -> Finding:
    name = f"{name} tested"
    if pressed_ns is not None and _moment(pressed_ns).date() == _moment(now_ns).date():
        return Finding(name, True, detail=f"pressed and released today at {_moment(pressed_ns):%H:%M}")
    last = "never here" if pressed_ns is None else f"last {_moment(pressed_ns):%Y-%m-%d %H:%M}"
    remedy = "press its button, see the robot's power go, release it and reset"
    return Finding(name, True, remedy=remedy, detail=f"not pressed today ({last})", odd=True)


def _moment(stamp_ns: int) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(stamp_ns // _NS).astimezone()
