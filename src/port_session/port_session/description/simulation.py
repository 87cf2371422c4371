"""What the simulated ground and its robot are given beside what a real one has."""

from typing import Any

from msgspec import to_builtins

from port_session.description.parts import Parts

#: How long it takes until a simulated robot lies still, from when the hard-wired chain has taken its power.
COMES_TO_REST_S = 3.0


def ground_arguments(parts: Parts) -> tuple[str, ...]:
    """Of the simulated ground: with a robot that can fall it keeps an eye on that."""
    truth = ("--truth", f"{parts.out}/ground_truth.json") if parts.robot.legged else ()
    return ("--socket", f"{parts.run}/sim.sock", "--dev", f"{parts.run}/dev", "--ground", str(parts.ground_file),
            "--account", f"{parts.out}/devices/ground.json", *truth)  # fmt: skip


def robot_parameters(parts: Parts) -> dict[str, Any]:
    """Of the simulated robot."""
    robot = parts.robot
    return {
        "kind": robot.kind,
        "socket": f"{parts.run}/sim.sock",
        "command": robot.topics.command_out,
        "odometry": robot.topics.odometry,
        **to_builtins(robot.limits),
        "start_pose": list(parts.trial.start_pose),
        "comes_to_rest_s": robot.delayed_contact_s + COMES_TO_REST_S,
    }


def arm_parameters(parts: Parts) -> dict[str, Any]:
    """Of a simulated arm."""
    robot, trial = parts.robot, parts.trial
    assert robot.joints is not None
    return {
        "socket": f"{parts.run}/sim.sock",
        "command": robot.topics.command_out,
        "joint_states": robot.topics.joint_states,
        "joints": list(robot.joints.names),
        "reach_m": robot.joints.reach_m,
        "deceleration_radps2": robot.joints.deceleration_radps2,
        "latency_s": robot.limits.latency_s,
        "base_pose": list(robot.base_pose or ()),
        **({"start_rad": list(trial.start_rad)} if trial.start_rad else {}),
        "comes_to_rest_s": robot.delayed_contact_s + COMES_TO_REST_S,
    }


def arm_driver_parameters(parts: Parts) -> dict[str, Any]:
    """Of the stand-in for an arm's stack."""
    robot = parts.robot
    assert robot.joints is not None
    return {
        "command": robot.topics.command_in, "joint_states": robot.topics.joint_states,
        "joints": list(robot.joints.names), "reach_m": robot.joints.reach_m, "goal_rad": list(parts.trial.goal_rad),
        "speed_mps": robot.limits.speed_mps,
    }  # fmt: skip


def driver_parameters(parts: Parts) -> dict[str, Any]:
    """Of the stand-in for the team's stack. What takes a robot so long to settle, takes it as long to get up."""
    robot = parts.robot
    return {
        "command": robot.topics.command_in, "odometry": robot.topics.odometry, "goal_m": list(parts.trial.goal_m or ()),
        "speed_mps": robot.limits.speed_mps, "get_up_s": robot.stop.settle_s or 0.0,
        **({"latency_s": robot.limits.latency_s} if robot.legged else {}),
    }  # fmt: skip
