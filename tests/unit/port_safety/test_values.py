"""What is measured, judged or told is a value: nobody changes it afterwards, in any pure room."""

import dataclasses
import pkgutil
from importlib import import_module
from inspect import getmembers, isclass

import port_safety
from port_safety.commands.joint_trajectory import JointTrajectory
from port_safety.gate.stop import Stop
from port_safety.model.geometry import Polygon
from port_safety.model.readings import Alive, Reading
from port_safety.monitoring.people_tracking import _Person

PURE_ROOMS = ("model", "commands", "rules", "gate", "monitoring", "evidence")
DOORS = ("port_safety.evidence.log", "port_safety.evidence.log_file", "port_safety.evidence.log_writer")
MODULES = [
    import_module(each.name)
    for each in pkgutil.walk_packages(port_safety.__path__, "port_safety.")
    if each.name.split(".")[1] in PURE_ROOMS and each.name not in DOORS
]
DATACLASSES = sorted(
    {each for module in MODULES for _, each in getmembers(module, isclass) if dataclasses.is_dataclass(each)},
    key=lambda each: each.__qualname__,
)
#: What grows while it lasts.
GROWING = {Stop, _Person}


def test_there_are_values_to_look_at() -> None:
    assert len(DATACLASSES) > 50


def test_a_value_stays_what_it_was() -> None:
    assert {kind for kind in DATACLASSES if not kind.__dataclass_params__.frozen} == GROWING  # type: ignore[attr-defined]


def test_a_misspelt_name_finds_no_place_in_a_value() -> None:
    assert {kind for kind in DATACLASSES if "__slots__" not in vars(kind)} == {Stop}


def test_values_are_equal_when_what_they_say_is() -> None:
    assert [kind for kind in DATACLASSES if not kind.__dataclass_params__.eq] == [JointTrajectory]  # type: ignore[attr-defined]
    assert Polygon(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))) == Polygon(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)))
    assert Reading(Alive(), 1, 2) == Reading(Alive(), 1, 2) != Reading(Alive("off"), 1, 2)


def test_what_a_value_has_worked_out_for_itself_cannot_be_given() -> None:
    worked_out = {
        (kind.__name__, each.name) for kind in DATACLASSES for each in dataclasses.fields(kind) if not each.init
    }
    assert worked_out == {
        ("JointTrajectory", "_peaks"),
        ("Polygon", "_last"),
        ("Polygon", "_sides"),
        ("Reading", "fault"),
        ("Stop", "braking"),
        ("StopResponseRule", "deadline_s"),
    }
    assert "_sides" not in repr(Polygon(((0.0, 0.0), (1.0, 0.0), (0.0, 1.0))))
