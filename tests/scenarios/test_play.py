"""What people and devices do while the robot drives: somebody walks in, the robot runs away, cables are pulled."""

from collections.abc import Callable, Iterator

import pytest
from geometry_msgs.msg import Twist
from port_interfaces.msg import Cause, SafetyEvent, SafetyState
from port_interfaces.srv import RequestStop

from port_ros import qos
from tests.scenarios.whole_session import Console, Watch, WholeSession

#: Between the first point where the robot would touch the crossing and the last one, m along the lane.
CROSSING_M = (3.5 - 0.4, 6.5 + 0.4)
#: The crossing itself begins here.
EDGE_M = 3.5


#: Only the zones say here how near people may come: the separation rule has its own tests.
ZONES_ALONE = {"ground.people": None, "trial.timeout_s": 3600.0}


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WholeSession]:
    with WholeSession(tmp_path_factory.mktemp("play"), "play", ZONES_ALONE) as session:
        yield session
        assert session.end() == 0


@pytest.fixture
def whole(session: WholeSession) -> Iterator[WholeSession]:
    """The module's session with every part well; whatever the test did to the ground is undone behind it."""
    session.healthy()
    yield session
    session.sim(do="person", action="leave")
    for fault in ("runaway", "deaf"):
        session.sim(do=fault, action="off")
    session.sim(do="misplace", metres=0.0)


@pytest.fixture
def driving(whole: WholeSession) -> WholeSession:
    """The robot drives."""
    whole.drive()
    return whole


def beyond(session: WholeSession, x_m: float) -> Callable[[], bool]:
    return lambda: (session.sight.x or 0.0) > x_m


class Stack:
    """Stands in for the robot's own stack: requests `speed_mps` twenty times a second while it is not None."""

    def __init__(self, console: Console) -> None:
        self.speed_mps: float | None = None
        self._publisher = console.node.create_publisher(Twist, "cmd_vel_request", qos.COMMAND)
        self._timer = console.node.create_timer(0.05, self._publish)
        self._console = console

    def _publish(self) -> None:
        if self.speed_mps is not None:
            message = Twist()
            message.linear.x = self.speed_mps
            self._publisher.publish(message)

    def close(self) -> None:
        self._console.node.destroy_timer(self._timer)
        self._console.node.destroy_publisher(self._publisher)


def test_an_approaching_robot_waits_before_an_occupied_crossing(whole: WholeSession) -> None:
    """Held back, or stopped at the last moment: either way it stands outside, and goes on when the person has left."""
    whole.sim(do="person", action="enter")
    whole.drive()
    assert (whole.sight.x or 0.0) < 1.5
    watch = Watch(whole.console)
    whole.until(lambda: waits(watch), lambda: "the robot waits for the person")
    assert CROSSING_M[0] - 0.5 < (whole.sight.x or 0.0) < EDGE_M
    assert not any("crossing" not in event.reason for event in watch.events if event.kind == SafetyEvent.STOP)
    whole.sim(do="person", action="leave")
    whole.until(beyond(whole, EDGE_M), lambda: "the robot goes on")
    assert whole.sight.session == "RUNNING"
    assert not watch.first(SafetyEvent.RESET_ACCEPTED) and not watch.first(SafetyEvent.ARMED)


def waits(watch: Watch) -> bool:
    """The newest state: a robot that stands, because of somebody in the crossing."""
    if not watch.states:
        return False
    state = watch.states[-1]
    stands = state.speed_mps < 0.02 and state.passed.linear.x < 0.02
    kept = state.state in (SafetyState.REDUCED, SafetyState.STOPPED)
    return kept and stands and "crossing" in state.reason and "occupied" in state.reason


def test_a_robot_in_the_crossing_stops_and_goes_on_after_a_zero(driving: WholeSession) -> None:
    """No reset is needed, but a stack that still asks for motion gets none."""
    driving.until(beyond(driving, CROSSING_M[0] + 0.3), lambda: "the robot is in the crossing")
    assert (driving.sight.x or 9.9) < CROSSING_M[1] - 1.0
    watch, stack = Watch(driving.console), Stack(driving.console)
    with driving.frozen(driving.pid("driver"), driving.process.pid):  # the supervisor would replace a stopped driver
        stack.speed_mps = 0.3
        driving.sim(do="person", action="enter")
        stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
        assert (stop.causes[0].rule, stop.causes[0].source) == ("speed", "zone crossing")
        assert stop.causes[0].severity == Cause.PROTECTIVE_STOP and "occupied" in stop.reason
        watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands")
        driving.sim(do="person", action="leave")
        driving.until(lambda: waits_for_zero(watch), lambda: "the gate waits for a zero request")
        assert_nothing_passes(driving)
        stack.speed_mps = 0.0
        driving.until(lambda: "request no motion" not in driving.sight.reason, lambda: "the zero is taken")
        stack.speed_mps = 0.3
        driving.until(lambda: driving.console.states[-1].passed.linear.x > 0.25, lambda: "the robot goes on")
    stack.close()
    assert not watch.first(SafetyEvent.RESET_ACCEPTED) and not watch.first(SafetyEvent.ARMED)


def waits_for_zero(watch: Watch) -> bool:
    state = watch.states[-1]
    return state.state == SafetyState.REDUCED and "request no motion once" in state.reason


def assert_nothing_passes(session: WholeSession) -> None:
    """Over the next twenty states: the stack asks, the gate lets nothing through."""
    watch = Watch(session.console)
    session.until(lambda: len(watch.states) >= 20, lambda: "the gate tells its state")
    assert all(state.requested.linear.x == 0.3 and state.passed.linear.x == 0.0 for state in watch.states)


def test_the_session_goes_on_by_itself_too(driving: WholeSession) -> None:
    """With the robot's own stack: halted while the crossing is occupied, running again afterwards, nobody asked."""
    assert CROSSING_M[0] < (driving.sight.x or 0.0) < CROSSING_M[1] - 1.5
    watch = Watch(driving.console)
    driving.sim(do="person", action="enter")
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands")
    driving.until(lambda: driving.sight.session == "HALTED", lambda: "the session is halted")
    start_m = driving.sight.x or 0.0
    driving.sim(do="person", action="leave")
    driving.until(beyond(driving, start_m + 0.3), lambda: "the robot goes on")
    assert driving.sight.session == "RUNNING"
    assert not watch.first(SafetyEvent.RESET_ACCEPTED) and not watch.first(SafetyEvent.ARMED)


def test_a_robot_that_runs_away_loses_its_power(driving: WholeSession) -> None:
    """It ignores zero: the enable drops although the stop is only a protective one."""
    watch = Watch(driving.console)
    driving.sim(do="runaway", action="on")
    watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    cause = watch.cause("speed", "command_following")  # too fast for its limit, or for what it was told
    assert (cause.severity, cause.unit) == (Cause.PROTECTIVE_STOP, "m/s")
    assert cause.value > cause.limit
    driving.until(driving.stands_without_power, lambda: "the relay opens and the robot stands")
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot is measured to stand")
    assert driving.sim(do="status")["runaway"], "it would still run"
    driving.sim(do="runaway", action="off")
    driving.healthy()
    driving.reset()


def test_a_robot_that_ignores_its_stop_loses_its_power(driving: WholeSession) -> None:
    """It goes on with what it heard last: the profile sees that it does not slow down, and the relay opens."""
    driving.until(lambda: driving.sight.speed_mps > 0.5, lambda: "the robot is fast")
    driving.sim(do="deaf", action="on")
    watch = Watch(driving.console)
    ask_for_stop(driving, "somebody shouts")
    watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    assert watch.cause("request_stop").reason == "somebody shouts"
    driving.until(driving.stands_without_power, lambda: "the relay opens and the robot stands")
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot is measured to stand")
    assert "stop_response" in {cause.rule for state in watch.states for cause in state.causes}
    assert driving.sim(do="status")["deaf"], "it would still drive"
    driving.sim(do="deaf", action="off")
    driving.reset()


def ask_for_stop(session: WholeSession, reason: str) -> None:
    client = session.console.node.create_client(RequestStop, "safety/request_stop")
    session.until(client.service_is_ready, lambda: "the gate takes requests to stop")
    client.call_async(RequestStop.Request(by="a person", reason=reason, emergency=False))


@pytest.mark.parametrize("metres", [1.0, -1.0])
def test_a_robot_that_believes_to_be_elsewhere_is_stopped(driving: WholeSession, metres: float) -> None:
    """Its claim jumps, the ground's cameras see no jump."""
    watch = Watch(driving.console)
    driving.sim(do="misplace", metres=metres)
    watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    assert watch.cause("pose_agreement").value > watch.cause("pose_agreement").limit > 0.0
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands")
    driving.sim(do="misplace", metres=0.0)
    driving.healthy()
    driving.reset()


#: By what is unplugged: the rules that may notice first with the source that they name, and how bad it is.
DEVICES = {
    "left_plate": ({"input_timeout": "force_plate left"}, Cause.PROTECTIVE_STOP),
    "right_plate": ({"input_timeout": "force_plate right"}, Cause.PROTECTIVE_STOP),
    "overhead": ({"input_timeout": "ground_pose", "separation": "people"}, Cause.PROTECTIVE_STOP),
    "station_1": ({"estop": "estop station_1", "input_timeout": "estop station_1"}, Cause.EMERGENCY_STOP),
}


@pytest.mark.parametrize("device", DEVICES)
def test_a_pulled_cable_stops_the_robot_until_it_is_back(driving: WholeSession, device: str) -> None:
    sources, severity = DEVICES[device]
    watch = Watch(driving.console)
    driving.sim(do="unplug", device=device)
    stop = watch.wait_for(SafetyEvent.STOP, "the robot is stopped")
    first = stop.causes[0]
    assert (first.source, first.severity) == (sources[first.rule], severity)
    watch.wait_for(SafetyEvent.STANDSTILL, "the robot stands")
    driving.until(driving.stands_without_power, lambda: "the relay opens")
    assert driving.sight.safety == "STOPPED", "a reset without the device"
    driving.sim(do="replug", device=device)
    driving.healthy()
    driving.reset()
    accepted = watch.wait_for(SafetyEvent.RESET_ACCEPTED, "the reset is told")
    assert accepted.event_id == stop.event_id
