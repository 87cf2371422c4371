"""A session file and the three it names, as one resolved session: the single source for `port up` and ros2 launch.

Checks what the files say together. Starts nothing, opens no device and writes nothing.
"""

from pathlib import Path
from typing import Any

from msgspec import Struct, to_builtins

from port_ros.end_order import STAGE_MARGIN_S
from port_ros.runtime_folder import runtime_root
from port_session.description.errors import DescriptionError
from port_session.description.expectations import Address, Stream, addresses, streams
from port_session.description.geometry import distance_m, inside
from port_session.description.ground import Ground
from port_session.description.load import find_beside, find_session, load
from port_session.description.measured import with_measured
from port_session.description.parts import Parts, placed
from port_session.description.process import Process
from port_session.description.processes import processes
from port_session.description.robot import Robot
from port_session.description.session import Session
from port_session.description.trial import Trial


class Resolved(Struct, frozen=True, kw_only=True):
    """Everything that is needed to start a session.

    run: its runtime folder. out: where its evidence goes. domain: its ROS domain, None for any free one.
    files: text files that must lie in `run` before the start. addresses: TCP ports that must be free.
    streams: topics that must flow once it runs. description: the four files as they were understood.
    """

    session: str
    namespace: str
    domain: int | None
    run: str
    out: str
    processes: tuple[Process, ...]
    addresses: tuple[Address, ...]
    streams: tuple[Stream, ...]
    required_diagnostics: tuple[str, ...]
    ground_file: str
    ground: dict[str, Any]
    description: dict[str, Any]
    needs_broker: bool
    dashboard_url: str

    @property
    def longest_end_s(self) -> float:
        """How long the session's end may take when every process needs all the time that it may have."""
        stages = {process.stage for process in self.processes}
        longest_s = (max(one.stop_s for one in self.processes if one.stage == stage) for stage in stages)
        return sum(stop_s + STAGE_MARGIN_S for stop_s in longest_s)

    def process(self, name: str) -> Process:
        """The process called `name`; KeyError if there is none."""
        for process in self.processes:
            if process.name == name:
                return process
        raise KeyError(name)


def resolve(name_or_path: str, out: Path | str | None = None, domain: int | None = None) -> Resolved:
    """The resolved session. Raises DescriptionError for the first thing that is wrong in its files."""
    parts = read_parts(find_session(name_or_path), out)
    check_together(parts)
    session, dashboard = parts.session, parts.session.dashboard
    return Resolved(
        session=session.session,
        namespace=parts.namespace,
        domain=session.domain if domain is None else domain,
        run=str(parts.run),
        out=str(parts.out),
        processes=tuple(processes(parts)),
        addresses=addresses(parts),
        streams=streams(parts),
        required_diagnostics=tuple(parts.required_diagnostics),
        ground_file=str(parts.ground_file),
        ground=parts.ground_tree(),
        description={key: to_builtins(getattr(parts, key)) for key in ("session", "ground", "robot", "trial")},
        needs_broker=parts.embedded_broker,
        dashboard_url=f"http://{dashboard.host}:{dashboard.port}",
    )


def read_parts(session_file: Path, out: Path | str | None = None) -> Parts:
    """The four files, each valid by itself."""
    session = load(session_file, Session)
    files = {"session": session_file}
    for key, plural in (("ground", "grounds"), ("robot", "robots"), ("trial", "trials")):
        files[key] = find_beside(session_file, plural, key, getattr(session, key))
    run = runtime_root() / session.session
    if len(str(run)) > 80:  # a unix socket below it must fit into 108 bytes
        raise DescriptionError(session_file, "session", f"the runtime folder {run} is too long; shorten the name")
    return Parts(
        session=session,
        ground=placed(load(files["ground"], Ground), run, files["ground"].parent),
        robot=with_measured(load(files["robot"], Robot), files["robot"]),
        trial=load(files["trial"], Trial),
        files=files,
        run=run,
        out=Path(out or Path("out") / session.session).absolute(),
    )


def check_together(parts: Parts) -> None:
    """What one file alone cannot know. Raises DescriptionError."""
    for key in ("ground", "robot", "trial"):
        file = parts.files[key]
        if getattr(parts, key).name != file.stem:
            raise DescriptionError(file, "name", f"expected {file.stem!r}, as the file is called")
    if parts.robot.simulated and not parts.ground.simulated:
        raise DescriptionError(
            parts.files["session"], "robot", f"{parts.robot.name} is simulated, the ground {parts.ground.name} is not"
        )
    if parts.robot.rules.ground_reaction is not None and not parts.ground.force_plates:
        problem = f"the ground {parts.ground.name} has no force plates"
        raise DescriptionError(parts.files["robot"], "rules.ground_reaction", problem)
    _check_devices(parts)
    _check_trial(parts)


def _check_devices(parts: Parts) -> None:
    file, ground = parts.files["ground"], parts.ground
    for name, camera in ground.cameras.items():
        if not Path(camera.calibration).is_file():
            raise DescriptionError(file, f"cameras.{name}.calibration", f"no such file: {camera.calibration}")
    devices = {f"force_plates.{name}.port": plate.port for name, plate in ground.force_plates.items()}
    devices |= {f"estop.{name}.port": station.port for name, station in ground.estop.items()}
    seen: dict[str, str] = {}
    for key, port in devices.items():
        other = seen.setdefault(port, key)
        if other != key:
            raise DescriptionError(file, key, f"{port} is the device of {other} already")
    taken: dict[int, str] = {}
    for address in addresses(parts):
        other = taken.setdefault(address.port, address.key)
        if other != address.key:
            problem = f"TCP port {address.port} is used by {other} too"
            raise DescriptionError(parts.files["session"], address.key, problem)


def _check_trial(parts: Parts) -> None:
    """A trial that begins or ends where the gate will not let the robot be is found before anything moves."""
    start, goal = parts.trial.start_pose[:2], parts.trial.goal_m
    radius_m = parts.robot.footprint_radius_m
    for key, point in (("start_pose", start), ("goal_m", goal)):
        for name, zone in parts.ground.zones.items():
            within, edge_m = inside(point, zone.polygon_m), distance_m(point, zone.polygon_m)
            kept_in = zone.kind == "keep_in" and (not within or edge_m < radius_m)
            kept_out = zone.kind == "keep_out" and (within or edge_m < radius_m)
            if kept_in or kept_out:
                where = "too near the edge of or outside" if kept_in else "too near or inside"
                raise DescriptionError(
                    parts.files["trial"], key, f"{list(point)} is {where} zone {name} of ground {parts.ground.name}, "
                    f"for a robot of radius {radius_m} m",
                )  # fmt: skip
