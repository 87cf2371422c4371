"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_sim",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_sim"]),
        ("share/port_sim", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="The ground and robots, simulated at the wire",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "ground = port_sim.ground:main",
            "robot_node = port_sim.ros.robot_node:main",
            "arm_node = port_sim.ros.arm_node:main",
            "arm_driver_node = port_sim.ros.arm_driver_node:main",
            "lane_driver_node = port_sim.ros.lane_driver_node:main",
        ],
    },
)
