"""A service of the gate that raises an error: the gate's own fault, and an answer."""

from collections.abc import Iterator
from typing import Any

import pytest
import rclpy
from port_interfaces.srv import Arm, OverrideRule, Recover, RequestStop, Reset
from rclpy.context import Context
from rclpy.node import Node
from std_srvs.srv import Trigger

from port_ros.request_signing import sign_request
from port_ros.signed_request import RequestCheck
from port_ros.wait_set import WaitSetLoop
from port_safety.gate import operator_commands
from port_safety.gate.envelope_update import EnvelopeUpdates
from port_safety.gate.gate import Output
from port_safety.gate.state_machine import State
from port_safety.ros.services import Services
from tests.gate_bench import make_gate
from tests.ros.test_wait_set import spin_until

KEY = bytes(range(32))


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = Node("gate", context=context)
    yield node
    node.destroy_node()
    rclpy.try_shutdown(context=context)


@pytest.mark.parametrize(
    ("kind", "name", "module", "call"),
    [
        (Arm, "safety/arm", operator_commands, "arm"),
        (Trigger, "safety/disarm", operator_commands, "disarm"),
        (Reset, "safety/reset", operator_commands, "reset"),
        (RequestStop, "safety/request_stop", operator_commands, "stop"),
        (Recover, "safety/recover", operator_commands, "recover"),
        (OverrideRule, "safety/override", operator_commands, "override_rule"),
    ],
)
def test_a_service_that_raises_is_a_fault_and_answers(
    node: Node, monkeypatch: pytest.MonkeyPatch, kind: Any, name: str, module: Any, call: str
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("nobody expects this")

    monkeypatch.setattr(module, call, fail)
    gate, said = make_gate(), list[Output]()
    updates = EnvelopeUpdates(gate, {}, lambda blocks: gate.envelope)
    Services(node, gate, RequestCheck("t", KEY), updates, said.append, lambda: None)
    loop, client = WaitSetLoop(node), node.create_client(kind, name)
    spin_until(loop, client.service_is_ready)
    request = kind.Request()
    future = client.call_async(sign_request(request, name, "t", KEY) if hasattr(request, "mac") else request)
    spin_until(loop, future.done)
    answer = future.result()
    assert not (answer.success if kind is Trigger else answer.accepted)
    assert "nobody expects this" in (answer.message if kind is Trigger else answer.reason)
    assert gate.state is State.FAULT and said == [gate.output] and not gate.output.enable
