"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_sensors",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_sensors"]),
        ("share/port_sensors", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="Cameras, force plates and e-stop hardware",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "force_plate_node = port_sensors.ros.force_plate_node:main",
            "estop_node = port_sensors.ros.estop_node:main",
            "camera_node = port_sensors.ros.camera_node:main",
        ],
    },
)
