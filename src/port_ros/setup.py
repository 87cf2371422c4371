"""Package description for colcon."""

from setuptools import find_packages, setup

setup(
    name="port_ros",
    version="0.1.0",
    packages=find_packages(),
    package_data={"": ["static/*", "data/*", "py.typed"]},
    data_files=[
        ("share/ament_index/resource_index/packages", ["resource/port_ros"]),
        ("share/port_ros", ["package.xml"]),
    ],
    zip_safe=False,
    author="port developers",
    author_email="port@example.org",
    description="ROS craft shared by the nodes",
    license="Apache-2.0",
    extras_require={"test": ["pytest", "hypothesis"]},
)
