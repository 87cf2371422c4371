"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_session",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_session"]),
        ("share/port_session", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="Session description, start-up, admission check, recorder, report",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "session_node = port_session.ros.session_node:main",
            "recorder_node = port_session.ros.recorder_node:main",
            "border_node = port_session.ros.border_node:main",
            "robot_side = port_session.ros.robot_side_here:main",
            "port = port_session.cli:main",
        ],
    },
)
