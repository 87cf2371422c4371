"""What the files of a session must not say together, and what one of them alone cannot know. Starts and opens nothing.

What a process asks of its own settings is not here: the admission check asks the process's own function.
"""

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from msgspec import to_builtins

from port_ros.file_kind import not_a_file
from port_ros.misfit import listed, nearest
from port_ros.network_address import without_login
from port_safety.rules.joint_limits import JointLimitsParameters
from port_safety.rules.registry import rule_types
from port_safety.rules.rule_type import LOWER
from port_session.description.errors import DescriptionError
from port_session.description.expectations import addresses
from port_session.description.mqtt import FILES as MQTT_FILES
from port_session.description.parts import Parts
from port_session.description.recording import SEAL_FILES
from port_session.trials.indicator import indicators

#: Topics of the ground's own nodes begin so, relative to the session's namespace; a robot's are others.
_OWN_TOPICS = ("estop", "safety", "session", "ground", "force_plates", "cameras")

#: Of a topic's whole name: rmw refuses longer ones (RMW_TOPIC_MAX_NAME_LENGTH).
_TOPIC_CHARACTERS = 247


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
    if "ground_reaction" in parts.robot.rules and not parts.ground.force_plates:
        problem = f"the ground {parts.ground.name} has no force plates"
        raise DescriptionError(parts.files["robot"], "rules.ground_reaction", problem)
    _check_files(parts)
    _check_devices(parts)
    _check_ages(parts)
    _check_topics(parts)
    _check_trial(parts)
    _check_rules(parts)


def _check_rules(parts: Parts) -> None:
    """A profile may hold its robot to more than the session holds every robot to, never to less.

    How well a robot follows is its own, and so is what `command_following` allows.
    """
    for name, rule in parts.robot.rules.items():
        common = getattr(parts.session.gate, name, None)
        if common is None or name == "command_following":
            continue
        for key in rule.__struct_fields__:
            own, every = getattr(rule, key), getattr(common, key)
            direction = rule_types()[name].stricter(key)
            if own != every and not (direction and (own < every if direction == LOWER else own > every)):
                problem = f"{own} is not stricter than {every}, to which the session holds every robot"
                remedy = f"leave it out, or change gate.{name}.{key} of the session"
                raise DescriptionError(parts.files["robot"], f"rules.{name}.{key}", f"{problem}; {remedy}")


def _check_files(parts: Parts) -> None:
    """What nobody makes at the session's start must be there before: for an external broker, and to seal to."""
    session = parts.session
    named = {f"mqtt.{key}": getattr(session.mqtt, key) for key in MQTT_FILES}
    if seal := session.recording.seal:
        named |= {f"recording.seal.{key}": getattr(seal, key) for key in SEAL_FILES}
    for key, path in named.items():
        made = key == "mqtt.signing_key_file"  # at the first start, where it is missing
        if path and (problem := not_a_file(path)) and (not made or os.path.lexists(path)):
            remedy = "a path is relative to the session's file"
            raise DescriptionError(parts.files["session"], key, f"{path}: {problem}; {remedy}")


def _check_devices(parts: Parts) -> None:
    file, ground = parts.files["ground"], parts.ground
    ports = {f"force_plates.{name}.port": plate.port for name, plate in ground.force_plates.items()}
    ports |= {f"estop.{name}.port": station.port for name, station in ground.estop.items()}
    seen: dict[str, str] = {}
    for key, where in (ports | {f"cameras.{n}.address": c.address for n, c in ground.cameras.items()}).items():
        other = seen.setdefault(where, key)
        if other != key:
            raise DescriptionError(file, key, f"{without_login(where)} is the device of {other} already")
    for key, port in ports.items():
        if ground.simulated and "://" not in port and Path(port).parent != parts.run / "dev":
            problem = f"the devices of a simulated ground are below {{run}}/dev, not {without_login(port)}"
            raise DescriptionError(file, key, f'{problem}; write "{{run}}/dev/{Path(port).name}"')
    _check_addresses(parts)


def _check_addresses(parts: Parts) -> None:
    taken: dict[int, str] = {}
    for address in addresses(parts):
        other = taken.setdefault(address.port, address.key)
        if other != address.key:
            problem = f"TCP port {address.port} is used by {other} too"
            raise DescriptionError(parts.files["session"], address.key, problem)


def _check_ages(parts: Parts) -> None:
    """Nothing may be told more seldom than the gate wants to hear it: the robot would never be let go."""
    timeout, ground, file = parts.session.gate.input_timeout, parts.ground, parts.files["ground"]
    for name, plate in ground.force_plates.items():
        block_s = plate.block_samples / plate.rate_hz
        if block_s >= timeout.force_plate_s:
            most = int(timeout.force_plate_s * plate.rate_hz / 2)
            waits = f"the gate waits {timeout.force_plate_s:g} s (gate.input_timeout.force_plate_s)"
            problem = f"a block takes {block_s:g} s, {waits}"
            raise DescriptionError(
                file, f"force_plates.{name}.block_samples", f"{problem}; write at most {max(1, most)}"
            )
    limits = {"gate.input_timeout.ground_pose_s": timeout.ground_pose_s}
    if ground.people is not None:
        limits["people.stale_s"] = ground.people.stale_s
    for name, camera in ground.cameras.items():
        for key, limit_s in limits.items():
            if 1.0 / camera.rate_hz >= limit_s:
                problem = f"a picture takes {1.0 / camera.rate_hz:g} s, the gate waits {limit_s:g} s ({key})"
                raise DescriptionError(file, f"cameras.{name}.rate_hz", f"{problem}; write at least {2.0 / limit_s:g}")


def _check_topics(parts: Parts) -> None:
    """Two meanings of one topic: the gate would take one for the other."""
    seen: dict[str, str] = {}
    for key, name in to_builtins(parts.robot.topics).items():
        if name is None or key == "command_type":
            continue
        topic = name if name.startswith("/") else f"{parts.namespace}/{name}"
        if len(topic) > _TOPIC_CHARACTERS:
            problem = f"with its namespace it has {len(topic)} characters, ROS 2 takes {_TOPIC_CHARACTERS}; shorten it"
            raise DescriptionError(parts.files["robot"], f"topics.{key}", problem)
        other = seen.setdefault(topic, key)
        if other != key:
            problem = f"{topic} is topics.{other} already; give it a topic of its own"
            raise DescriptionError(parts.files["robot"], f"topics.{key}", problem)
        first, _, rest = topic.removeprefix(f"{parts.namespace}/").partition("/")
        if topic.startswith(f"{parts.namespace}/") and rest and first in _OWN_TOPICS:
            problem = f"what begins with {first}/ is the ground's own; choose another name"
            raise DescriptionError(parts.files["robot"], f"topics.{key}", problem)


def _check_indicators(parts: Parts) -> None:
    """A trial asks for what is installed, and for what this ground can see."""
    trial, file = parts.trial, parts.files["trial"]
    if not trial.indicators and not trial.require:
        return
    known = indicators()
    there: dict[str, object] = {
        "gate": True, "poses": parts.ground.cameras, "plates": parts.ground.force_plates,
    }  # fmt: skip
    asked = [(f"indicators[{index}]", name) for index, name in enumerate(trial.indicators)]
    for key, name in [*asked, *((f"require.{name}", name) for name in trial.require)]:
        if name not in known:
            hint = nearest(name, known) or f"; there are: {listed(known)}"
            raise DescriptionError(file, key, f"no indicator is called {name!r}{hint}")
        if lacking := [need for need in known[name].needs if not there[need]]:
            problem = f"{name} looks at {lacking[0]}, and ground {parts.ground.name} has none"
            raise DescriptionError(file, key, f"{problem}; take another ground, or leave it out")
    if left := sorted(set(trial.require) - set(trial.indicators or trial.require)):
        raise DescriptionError(file, f"require.{left[0]}", "it is not among the trial's indicators; name it there, too")


def _check_trial(parts: Parts) -> None:
    """A trial that no robot can end in time is found before anything moves."""
    trial, file = parts.trial, parts.files["trial"]
    _check_indicators(parts)
    if parts.robot.kind == "arm":
        _check_goal_of_joints(parts)
        return
    if trial.goal_m is None:
        problem = f"missing: {parts.robot.name} is of kind {parts.robot.kind} and goes to a place; write x and y in m"
        raise DescriptionError(file, "goal_m", problem)
    way_m = math.dist(trial.start_pose[:2], trial.goal_m)
    if way_m <= trial.tolerance_m:
        problem = f"it is {way_m:.2f} m from start_pose, within tolerance_m: the trial would be over before it begins"
        raise DescriptionError(file, "goal_m", f"{problem}; move one of them")
    least_s = way_m / parts.robot.limits.speed_mps
    if least_s > trial.timeout_s:
        problem = f"{parts.robot.name} needs {least_s:.0f} s for the way at its limits.speed_mps; write more"
        raise DescriptionError(file, "timeout_s", problem)


def _check_goal_of_joints(parts: Parts) -> None:
    trial, joints, file = parts.trial, parts.robot.joints, parts.files["trial"]
    if not trial.goal_rad:
        problem = f"the base of {parts.robot.name} stays where it is, and an arm's goal is in its joints"
        raise DescriptionError(file, "goal_m", f"{problem}; write goal_rad, a number in rad for each")
    if joints is not None and len(trial.goal_rad) != len(joints.names):
        problem = f"expected {len(joints.names)} numbers, one for each joint of {parts.robot.name}"
        raise DescriptionError(file, "goal_rad", f"{problem}, got {len(trial.goal_rad)}")
    start_rad = trial.start_rad or (0.0,) * len(trial.goal_rad)
    _check_ranges(parts, {"start_rad": start_rad, "goal_rad": trial.goal_rad})
    way_rad = max(abs(goal - start) for goal, start in zip(trial.goal_rad, start_rad, strict=True))
    if parts.robot.simulated and way_rad <= trial.tolerance_rad:
        problem = f"it is {way_rad:.2f} rad from start_rad, within tolerance_rad: the trial would be over at once"
        raise DescriptionError(file, "goal_rad", f"{problem}; move one of them")


def _check_ranges(parts: Parts, places: Mapping[str, Sequence[float]]) -> None:
    """A trial begins and ends where the robot's joints can be."""
    limits = parts.robot.rules.get("joint_limits")
    if not isinstance(limits, JointLimitsParameters):
        return
    for key, values in places.items():
        rows = zip(values, limits.lower_rad, limits.upper_rad, strict=False)
        for index, (value, least, most) in enumerate(rows):
            if not least <= value <= most:
                problem = f"expected {least:g} to {most:g} rad, as rules.joint_limits of the robot says, got {value:g}"
                raise DescriptionError(parts.files["trial"], f"{key}[{index}]", problem)
