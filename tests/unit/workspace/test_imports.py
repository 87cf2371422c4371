"""Who imports whom, beyond the contracts in pyproject.toml: no circle of modules, and ROS in its own rooms only.

Every import counts, those inside functions and under TYPE_CHECKING too: what hides a circle from Python hides it from
no reader.
"""

from collections.abc import Mapping, Set
from functools import cache
from itertools import chain

import grimp
import pytest

from tests.packages import ROOT

PACKAGES = sorted(file.parent.name for file in (ROOT / "src").glob("*/*/__init__.py"))
#: Messages and services, and what only works with rclpy.
ROS = {"rclpy", "rcl_interfaces", "builtin_interfaces", "rosidl_runtime_py", "ament_index_python", "port_interfaces"}
MESSAGES = ("_msgs", "_srvs", "_interfaces")
#: The rooms of port_safety that run without ROS.
PURE = ("model", "commands", "rules", "gate", "monitoring", "evidence")

Imports = Mapping[str, Set[str]]


@cache
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, include_external_packages=True, cache_dir=None)


@cache
def imports() -> Imports:
    return {each: graph().find_modules_directly_imported_by(each) for each in graph().modules}


def circles(imported: Imports) -> list[list[str]]:
    """Modules that import each other, in a circle or several that share one; each list sorted."""
    reached = {module: _reached(imported, module) for module in imported}
    found = {
        frozenset(other for other in reached[module] if module in reached.get(other, ()))
        for module in imported
        if module in reached[module]
    }
    return sorted(sorted(each) for each in found)


def _reached(imported: Imports, module: str) -> set[str]:
    """All that `module` imports, directly or through others."""
    found: set[str] = set()
    waiting = [*imported[module]]
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += imported.get(each, ())
    return found


def is_ros(module: str) -> bool:
    first = module.partition(".")[0]
    return first in ROS or (first.endswith(MESSAGES) and first not in PACKAGES)


def may_import_ros(module: str) -> bool:
    """`port_ros`, and a folder or file `ros` at the top of a package."""
    parts = module.split(".")
    return parts[0] == "port_ros" or parts[1:2] == ["ros"]


@pytest.mark.parametrize(
    ("imported", "found"),
    [
        ({"a": {"b"}, "b": {"c"}, "c": set()}, []),
        ({"a": {"b"}, "b": {"a"}, "c": {"a"}}, [["a", "b"]]),
        ({"a": {"b"}, "b": {"c"}, "c": {"a"}, "d": {"e"}, "e": {"d"}}, [["a", "b", "c"], ["d", "e"]]),
    ],
)
def test_a_circle_is_found_by_its_modules(imported: Imports, found: list[list[str]]) -> None:
    assert circles(imported) == found


def test_imports_for_types_alone_are_counted() -> None:
    without = grimp.build_graph(
        "port_session", include_external_packages=True, exclude_type_checking_imports=True, cache_dir=None
    )
    assert any(imports()[each] - without.find_modules_directly_imported_by(each) for each in without.modules)


def test_no_modules_import_each_other() -> None:
    ours = {each: imports()[each] for each in imports() if each.partition(".")[0] in PACKAGES}
    assert circles(ours) == []


def test_only_the_ros_rooms_import_ros() -> None:
    wrong = {f"{module} imports {each}" for module, all_ in imports().items() for each in all_
             if is_ros(each) and not may_import_ros(module)}  # fmt: skip
    assert wrong == set()
    assert is_ros("geometry_msgs.msg") and {each for all_ in imports().values() for each in all_ if is_ros(each)}


@pytest.mark.parametrize("room", PURE)
def test_a_pure_room_of_the_gate_reaches_no_ros(room: str) -> None:
    inside = {each for each in imports() if f"{each}.".startswith(f"port_safety.{room}.")}
    assert len(inside) > 1
    reached = set(chain.from_iterable(_reached(imports(), each) for each in inside))
    assert {each for each in reached if is_ros(each) or each.startswith("port_ros")} == set()
