"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_dashboard",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_dashboard"]),
        ("share/port_dashboard", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="The e-stop dashboard",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
    entry_points={
        "console_scripts": [
            "dashboard_node = port_dashboard.ros.dashboard_node:main",
        ],
    },
)
