"""The four files of one session together, and what follows from them alone. Reads and starts nothing."""

from pathlib import Path
from typing import Any

from msgspec import Struct, structs, to_builtins

from port_ros.session_key import SESSION_KEY_FILE
from port_session.description.ground import Ground
from port_session.description.robot import Robot
from port_session.description.session import Session
from port_session.description.trial import Trial


class Parts(Struct, frozen=True, kw_only=True):
    """A session with its ground, robot and trial, and the folders it works in.

    files: which file each part came from, for messages. run: its runtime folder. out: where its evidence goes.
    """

    session: Session
    ground: Ground
    robot: Robot
    trial: Trial
    files: dict[str, Path]
    run: Path
    out: Path

    @property
    def namespace(self) -> str:
        """The ROS namespace of all topics of the session."""
        return f"/{self.session.session}"

    @property
    def embedded_broker(self) -> bool:
        return self.session.mqtt.broker == "embedded"

    @property
    def ground_file(self) -> Path:
        """Where the resolved ground lies for the simulated devices."""
        return self.run / "ground.json"

    @property
    def session_key_file(self) -> str:
        """By whose key the session's own nodes know each other."""
        return f"{self.run}/{SESSION_KEY_FILE}"

    @property
    def mqtt_user(self) -> str:
        return "edge" if self.embedded_broker else self.session.mqtt.user

    @property
    def mqtt_password_file(self) -> str:
        return f"{self.run}/broker/edge.password" if self.embedded_broker else self.session.mqtt.password_file

    @property
    def facility_key_file(self) -> str:
        """Public key of who may acknowledge telemetry; empty if the broker's word must do."""
        return f"{self.run}/broker/facility.pub" if self.embedded_broker else self.session.mqtt.facility_key_file

    @property
    def edge_keys(self) -> str:
        """Where the embedded ingest finds the public key by which this edge signs its safety messages."""
        return f"{self.run}/broker/edges"

    @property
    def signing_key_file(self) -> str:
        """The key itself; it is made where it is missing. Empty: safety messages go unsigned."""
        mqtt = self.session.mqtt
        return f"{self.edge_keys}/{self.session.edge}.key" if self.embedded_broker else mqtt.signing_key_file

    @property
    def required_diagnostics(self) -> list[str]:
        """Names in /diagnostics that must be ok before the robot may be admitted."""
        ground = self.ground
        names = [f"estop {name}" for name in ground.estop]
        names += [f"force_plate {name}" for name in ground.force_plates]
        names += [f"camera {name}" for name in ground.cameras]
        names += ["gate", "recorder", "dashboard", "mqtt"]
        if self.session.network is not None:  # what plays the robot is in another domain then
            return [*names, "border"]
        return [*names, "robot"] if self.robot.simulated else names

    def ground_tree(self) -> dict[str, Any]:
        """The ground as the simulated devices need it: with the robot that will stand on it."""
        robot: dict[str, Any] = {
            "kind": self.robot.kind,
            "footprint_radius_m": self.robot.radius_m,
            "marker_height_m": self.robot.marker_height_m,
            "start_pose": list(self.robot.base_pose or self.trial.start_pose),
        }
        if self.robot.legged:
            robot["delayed_contact_s"] = self.robot.delayed_contact_s
        tree: dict[str, Any] = {**to_builtins(self.ground), "robot": robot}
        return tree


def placed(ground: Ground, run: Path, folder: Path) -> Ground:
    """`ground` with `{run}` filled in, and the paths of its files absolute, as they stand beside the ground's file."""
    return structs.replace(
        ground,
        cameras={
            name: structs.replace(
                camera,
                address=_filled(camera.address, run),
                calibration=str((folder / _filled(camera.calibration, run)).absolute()),
                password_file=_beside(camera.password_file, run, folder),
            )
            for name, camera in ground.cameras.items()
        },
        force_plates={n: structs.replace(p, port=_filled(p.port, run)) for n, p in ground.force_plates.items()},
        estop={n: structs.replace(e, port=_filled(e.port, run)) for n, e in ground.estop.items()},
    )


def _beside(path: str, run: Path, folder: Path) -> str:
    return str((folder / _filled(path, run)).absolute()) if path else ""


def _filled(text: str, run: Path) -> str:
    return text.replace("{run}", str(run))
