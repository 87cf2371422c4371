"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_safety",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_safety"]),
        ("share/port_safety", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="Safety envelope, gate and latch",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "gate_node = port_safety.ros.gate_node:main",
        ],
        "port.commands": [
            "joint_trajectory = port_safety.commands.joint_trajectory:JOINT_TRAJECTORY",
            "joint_velocities = port_safety.commands.joint_velocity:JOINT_VELOCITIES",
            "twist = port_safety.commands.planar:TWIST",
            "twist_stamped = port_safety.commands.planar:TWIST_STAMPED",
        ],
        "port.rules": [
            "acceleration = port_safety.rules.acceleration:RULE",
            "body_height = port_safety.rules.body_height:RULE",
            "border = port_safety.rules.border:RULE",
            "bypass = port_safety.rules.bypass:RULE",
            "clock = port_safety.rules.clock:RULE",
            "command_following = port_safety.rules.command_following:RULE",
            "contact_force = port_safety.rules.contact_force:RULE",
            "ground_publishers = port_safety.rules.ground_publishers:RULE",
            "ground_reaction = port_safety.rules.ground_reaction:RULE",
            "input_timeout = port_safety.rules.input_timeout:RULE",
            "joint_limits = port_safety.rules.joint_limits:RULE",
            "joint_runaway = port_safety.rules.joint_runaway:RULE",
            "keep_in = port_safety.rules.keep_in:RULE",
            "keep_out = port_safety.rules.keep_out:RULE",
            "pose_agreement = port_safety.rules.pose_agreement:RULE",
            "separation = port_safety.rules.separation:RULE",
            "speed = port_safety.rules.speed:RULE",
            "stop_response = port_safety.rules.stop_response:RULE",
            "stuck_input = port_safety.rules.stuck_input:RULE",
            "tilt = port_safety.rules.tilt:RULE",
            "tool_workspace = port_safety.rules.tool_workspace:RULE",
        ],
    },
)
