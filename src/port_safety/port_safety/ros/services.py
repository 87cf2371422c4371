"""What people and programs ask of a gate: its services and parameters, each one a call of the core and its answer.

A request that makes the gate raise an error is the gate's own fault: it stops the robot, and whoever asked is told so.
"""

import time
from collections.abc import Callable, Sequence
from typing import Any

from port_interfaces.srv import Arm, OverrideRule, Recover, RequestStop, Reset
from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter
from std_srvs.srv import Trigger

from port_ros import signed_request, stamps
from port_ros.free_text import TEXT_BYTES, at_most, one_line
from port_ros.request_signing import signed
from port_ros.signed_request import RequestCheck
from port_safety.gate import operator_commands
from port_safety.gate.envelope_update import EnvelopeUpdates
from port_safety.gate.gate import Gate, Output
from port_safety.ros import messages


class Services:
    """The services of `node` by which `gate` is asked. said: told what leaves the gate after a stop.

    check: says whether a request that lets the robot move is the session's. updates: of the envelope, by setting the
    node's parameters; updated: called after one.
    """

    def __init__(
        self, node: Node, gate: Gate, check: RequestCheck, updates: EnvelopeUpdates, said: Callable[[Output], None],
        updated: Callable[[], None],
    ) -> None:  # fmt: skip
        self._gate = gate
        self._check = check
        self._updates = updates
        self._said = said
        self._updated = updated
        for kind, name, answer in (
            (Arm, "safety/arm", self._on_arm),
            (Trigger, "safety/disarm", self._on_disarm),
            (Reset, "safety/reset", self._on_reset),
            (RequestStop, "safety/request_stop", self._on_request_stop),
            (Recover, "safety/recover", self._on_recover),
            (OverrideRule, "safety/override", self._on_override),
        ):
            node.create_service(kind, name, self._guarded(kind, name, answer))
        node.add_on_set_parameters_callback(self._on_set)

    def _guarded(self, kind: Any, name: str, answer: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
        def answered(request: Any, response: Any) -> Any:
            try:
                return answer(request, response)
            except Exception as error:
                refused = kind.Response()
                setattr(refused, "message" if kind is Trigger else "reason", self._fail(name, error))
                return refused

        return answered

    def _fail(self, name: str, error: Exception) -> str:
        """Fault: nothing moves any more. Why, in words."""
        self._said(self._gate.fail(f"{name}: {error!r}", time.monotonic_ns()))
        return at_most(self._gate.reason)

    def _on_set(self, parameters: Sequence[Parameter]) -> SetParametersResult:
        """The envelope becomes stricter, or the reason why not comes back."""
        try:
            changes: dict[str, Any] = {parameter.name: parameter.value for parameter in parameters}
            answer = self._updates.amend(changes, time.monotonic_ns())
        except Exception as error:
            return SetParametersResult(successful=False, reason=self._fail("set_parameters", error))
        if answer.accepted:
            self._updated()
        return SetParametersResult(successful=answer.accepted, reason=at_most(answer.reason))

    def _unproven(self, service: str, request: Any) -> str:
        """Why a request is not known to be the session's; empty if it is."""
        texts = [name for name, kind in request.get_fields_and_field_types().items() if kind == "string"]
        if long := [name for name in texts if len(getattr(request, name)) > TEXT_BYTES]:
            return f"{', '.join(long)}: at most {TEXT_BYTES} bytes"
        return self._check.refusal(signed(request, service), time.time_ns())

    def _on_arm(self, request: Arm.Request, response: Arm.Response) -> Arm.Response:
        unproven, epoch = self._unproven(signed_request.ARM, request), self._gate.tracker.epoch
        if not unproven and request.epoch != epoch:
            unproven = f"a stop came between the request and now (epoch {request.epoch}, now {epoch})"
            unproven += f"; {signed_request.REMEDIES[signed_request.ARM]}"
        answer = operator_commands.arm(self._gate, one_line(request.by), time.monotonic_ns(), unproven)
        response.accepted, response.reason = answer.accepted, at_most(answer.reason)
        response.epoch = self._gate.tracker.epoch
        return response

    def _on_disarm(self, request: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        answer = operator_commands.disarm(self._gate, "operator", time.monotonic_ns())
        response.success, response.message = answer.accepted, at_most(answer.reason)
        return response

    def _on_reset(self, request: Reset.Request, response: Reset.Response) -> Reset.Response:
        event_id, by = one_line(request.event_id), one_line(request.by)
        unproven = self._unproven(signed_request.RESET, request)
        answer = operator_commands.reset(self._gate, event_id, by, time.monotonic_ns(), unproven)
        response.accepted, response.reason = answer.accepted, at_most(answer.reason)
        return response

    def _on_request_stop(self, request: RequestStop.Request, response: RequestStop.Response) -> RequestStop.Response:
        by, reason = one_line(request.by), one_line(request.reason)
        answer = operator_commands.stop(self._gate, by, reason, request.emergency, time.monotonic_ns())
        response.accepted, response.reason, response.event_id = (
            answer.accepted,
            answer.reason,
            self._gate.tracker.event_id,
        )
        self._said(self._gate.output)
        return response

    def _on_recover(self, request: Recover.Request, response: Recover.Response) -> Recover.Response:
        if unproven := self._unproven(signed_request.RECOVER, request):
            response.reason = at_most(unproven)
            return response
        now_ns, stamp_ns = time.monotonic_ns(), stamps.to_ns(request.stamp) - stamps.to_system_ns()
        motion = messages.motion(request.motion)
        event_id, by = one_line(request.event_id), one_line(request.by)
        answer = operator_commands.recover(self._gate, event_id, by, motion, stamp_ns, now_ns)
        response.accepted, response.reason = answer.accepted, at_most(answer.reason)
        return response

    def _on_override(self, request: OverrideRule.Request, response: OverrideRule.Response) -> OverrideRule.Response:
        if unproven := self._unproven(signed_request.OVERRIDE, request):
            response.reason = at_most(unproven)
            return response
        now_ns, stamp_ns = time.monotonic_ns(), stamps.to_ns(request.stamp) - stamps.to_system_ns()
        rule, by, why = one_line(request.rule), one_line(request.by), one_line(request.why)
        answer = operator_commands.override_rule(self._gate, rule, by, why, stamp_ns, now_ns)
        response.accepted, response.reason = answer.accepted, at_most(answer.reason)
        response.left_s = max(0, self._gate.overrides.left_ns(request.rule, now_ns)) / 1e9
        return response
