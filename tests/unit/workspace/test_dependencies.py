"""What packages import is what package.xml and requirements/ name: no node dies of an import, nothing dead is named."""

from importlib.metadata import packages_distributions
from typing import Any

import pytest
import yaml

from tests.packages import ROOT, Package, packages, pins, uses

TABLE: dict[str, Any] = yaml.safe_load((ROOT / "requirements" / "imports.yaml").read_text())
KNOWN: dict[str, dict[str, Any]] = TABLE["imports"]
CIRCLES: dict[str, list[str]] = TABLE["circles"]
PACKAGES = packages()
#: Those that bring executables in; none of them is imported.
GATHERING = "port_bringup"

each_package = pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)


def needed(package: Package) -> set[str]:
    """What its package.xml must name at run time: keys of rosdep, names of ROS packages."""
    names = package.uses() - set(CIRCLES.get(package.name, ()))
    keys = {KNOWN[name]["rosdep"] if name in KNOWN else name for name in names}
    return {key for key in keys if key is not None}


def unnamed(package: Package) -> set[str]:
    """Distributions that it needs and rosdep has no key for."""
    names = package.uses() & set(KNOWN) - set(TABLE["optional"])
    return {KNOWN[name]["pypi"] for name in names if KNOWN[name]["rosdep"] is None}


@each_package
def test_what_is_imported_stands_in_package_xml(package: Package) -> None:
    assert needed(package) - package.declares() == set()


@each_package
def test_what_stands_in_package_xml_is_used(package: Package) -> None:
    unused = package.declares() - needed(package) - set(TABLE["unseen"])
    if package.name == GATHERING:
        unused -= {other.name for other in PACKAGES}
    assert unused == set()


@each_package
def test_what_rosdep_does_not_know_stands_in_a_comment(package: Package) -> None:
    assert package.notes() == unnamed(package)


@each_package
def test_what_unit_tests_import_is_declared_for_tests(package: Package) -> None:
    """Other packages of the workspace may be used too: it is tested as a whole, and colcon orders no circle."""
    used = package.tests_use() - {other.name for other in PACKAGES}
    keys = {KNOWN[name]["rosdep"] if name in KNOWN else name for name in used} - {None}
    assert keys - package.declares() == package.declares("test_depend") - package.declares()


def test_every_import_from_pypi_is_pinned() -> None:
    used = {name for package in PACKAGES for name in package.uses() if name in KNOWN} - set(TABLE["optional"])
    missing = {KNOWN[name]["pypi"] for name in used} - set(pins("run"))
    assert missing == set()


def test_every_pin_of_the_nodes_is_used() -> None:
    used = {KNOWN[name]["pypi"] for package in PACKAGES for name in package.uses() if name in KNOWN}
    assert set(pins("run")) - used - set(TABLE["unseen"]) == set()


def test_the_table_holds_nothing_that_nobody_uses() -> None:
    used = {name for package in PACKAGES for name in package.uses() | package.tests_use()}
    assert set(KNOWN) - used == set()
    declared = {key for package in PACKAGES for key in package.declares()} | set(pins("run"))
    assert set(TABLE["unseen"]) - declared == set()


def test_the_table_calls_each_distribution_by_its_name() -> None:
    brought = {name: {one.lower().replace("_", "-") for one in all_} for name, all_ in packages_distributions().items()}
    wrong = {name: entry["pypi"] for name, entry in KNOWN.items() if entry["pypi"] not in brought.get(name, ())}
    assert wrong == {}


def test_an_import_inside_a_function_counts() -> None:
    source = (
        'def f():\n    import zstandard.backend\n    from paho.mqtt import client\nKIND = "nav_msgs/msg/Odometry"\n'
    )
    assert set(uses(source)) == {"zstandard", "paho", "nav_msgs"}


@pytest.mark.parametrize("file", ["README.md", "ros2_ws/README.md", "docker/Dockerfile"])
def test_what_only_pip_would_bring_is_left_out_of_rosdep(file: str) -> None:
    """A system's Python refuses pip, and rosdep fails with it."""
    by_pip = sorted(entry["rosdep"] for entry in KNOWN.values() if entry.get("apt") is False)
    assert f'--skip-keys="{" ".join(by_pip)}"' in (ROOT / file).read_text()
