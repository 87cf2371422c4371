"""How an envelope is made of blocks: defaults, which rules it cannot be without, and the hash that names it."""

from typing import Any

import pytest

from port_safety.rules.registry import EnvelopeError, make_envelope, make_rule, rule_types
from port_safety.rules.rule_type import Site
from tests.gate_bench import BLOCKS, ROBOT

LEFT_OUT: dict[str, dict[str, Any]] = {
    "keep_in": {"margin_m": 0.05},
    "keep_out": {"margin_m": 0.05},
    "speed": {"polygon_m": (), "occupied_limit_mps": None, "stale_s": 0.5},
    "pose_agreement": {"window_s": 2.0, "distance_m": 0.3, "heading_rad": 0.35, "fresh_s": 0.5},
    "stop_response": {"rest_mps": 0.05, "rest_radps": 0.15},
    "bypass": {"stale_s": 1.0},
    "clock": {"ahead_s": 0.05, "behind_s": 0.4, "step_s": 0.1, "readings": 5, "stale_s": 1.0},
    "tilt": {"stale_s": 0.1},
    "body_height": {"stale_s": 0.3},
    "joint_runaway": {"readings": 5, "stale_s": 0.1},
    "ground_reaction": {"peak_bodyweights": 6.0, "pull_n": 50.0, "friction": 1.5, "stale_s": 0.5},
    "joint_limits": {"margin_rad": 0.02, "stale_s": 0.1},
    "tool_workspace": {"stale_s": 0.1},
    "contact_force": {"readings": 10, "stale_s": 0.1},
    "stuck_input": {"after_s": 1.0, "readings": 8},
}
PLATE_SITE = Site(ROBOT, ("one",), ("left",), ("camera",))


def test_the_hash_of_the_envelope_follows_every_value() -> None:
    site = Site(ROBOT, ("station_1",), ())
    one = make_envelope(list(BLOCKS), BLOCKS, site)
    changed = {**BLOCKS, "speed_robot": {"type": "speed", "limit_mps": 1.4}}
    assert one.digest == make_envelope(list(BLOCKS), BLOCKS, site).digest
    assert one.digest != make_envelope(list(changed), changed, site).digest


def _plain(fields: Any) -> dict[str, Any]:
    """msgspec keeps a factory for a list that is empty by default."""
    return {name: getattr(default, "factory", default) for name, default in fields}


def test_defaults_of_rules_are_those_of_the_documents() -> None:
    """A figure that a block leaves out is that of the documents."""
    for name, promised in LEFT_OUT.items():
        kind = rule_types()[name].parameters
        fields = zip(reversed(kind.__struct_fields__), reversed(kind.__struct_defaults__), strict=False)
        assert {name: has() if callable(has) else has for name, has in _plain(fields).items()} == promised, kind


def test_a_misspelt_key_is_told_and_a_site_never_changes() -> None:
    """A misspelt key is told and what rules are made for stays what it is."""
    with pytest.raises(EnvelopeError, match="`stale`"):
        make_rule("bypass", {"type": "bypass", "stale": 1.0}, PLATE_SITE)
    with pytest.raises(AttributeError, match="immutable"):
        PLATE_SITE.plates = ()  # type: ignore[misc]


def test_an_envelope_has_input_timeout_and_nothing_twice() -> None:
    """An envelope has input timeout whatever else it has and nothing twice."""
    timeout = {**BLOCKS["input_timeout"], "type": "".join(["input_", "timeout"])}
    last = {"type": "acceleration", "acceleration_mps2": 1.0, "yaw_acceleration_radps2": 1.0}
    blocks = {"input_timeout": timeout, "speed": {"type": "speed", "limit_mps": 1.0}, "acceleration": last, "odd": 1}
    for names in (["acceleration"], ["speed"], [], ["odd"], ["nobody"]):
        with pytest.raises(EnvelopeError, match=r"none of type input_timeout|(odd|nobody)\.type: None is none of"):
            make_envelope(names, blocks, PLATE_SITE)
    for twice in ("speed", "acceleration", "estop"):
        with pytest.raises(EnvelopeError, match=f"'{twice}' is named twice"):
            make_envelope(["input_timeout", "speed", "acceleration", twice], blocks, PLATE_SITE)
    made = make_envelope(["input_timeout", "speed", "acceleration"], blocks, PLATE_SITE)
    assert (list(made.rules), list(made.last_rules)) == (["estop", "input_timeout", "speed"], ["acceleration"])
