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
    },
)
