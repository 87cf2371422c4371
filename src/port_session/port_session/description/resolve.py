"""A session file and the three it names, as one resolved session: the single source for `port up` and ros2 launch.

Starts nothing, opens no device and writes nothing.
"""

from pathlib import Path
from typing import Any

from msgspec import Struct, structs, to_builtins

from port_ros.end_order import STAGE_MARGIN_S
from port_ros.network_address import host_port
from port_ros.runtime_folder import runtime_root
from port_session.description.errors import DescriptionError
from port_session.description.expectations import Address, Stream, addresses, streams
from port_session.description.ground import Ground
from port_session.description.load import find_beside, find_session, load
from port_session.description.measured import with_measured
from port_session.description.parts import Parts, placed
from port_session.description.process import Process
from port_session.description.processes import processes
from port_session.description.robot import Robot
from port_session.description.session import Session
from port_session.description.together import check_together
from port_session.description.trial import Trial


class Resolved(Struct, frozen=True, kw_only=True):
    """Everything that is needed to start a session.

    run: its runtime folder. out: where its evidence goes. domain: its ROS domain, None for any free one.
    files: text files that must lie in `run` before the start. addresses: TCP ports that must be free.
    streams: topics that must flow once it runs. description: the four files as they were understood; files: which
    they are.
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
    files: dict[str, str]

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
        dashboard_url=f"http://{host_port(dashboard.host, dashboard.port)}",
        files={key: str(file) for key, file in parts.files.items()},
    )


def read_parts(session_file: Path, out: Path | str | None = None) -> Parts:
    """The four files, each valid by itself."""
    session = load(session_file, Session, others=(Ground, Robot, Trial))
    folder = session_file.parent
    session = structs.replace(session, mqtt=session.mqtt.beside(folder), recording=session.recording.beside(folder))
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
