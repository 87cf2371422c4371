"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_telemetry",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_telemetry"]),
        ("share/port_telemetry", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="Telemetry over MQTT v5",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "telemetry_node = port_telemetry.ros.telemetry_node:main",
            "broker = port_telemetry.mqtt.broker:main",
            "ingest = port_telemetry.ingest.main:main",
        ],
    },
)
