"""The admission check judges what was seen; each fault comes with its remedy. Command and session ask alike."""

from dataclasses import replace

import pytest
from msgspec import structs

from port_ros.machine_load import MachineLoad
from port_session.admission.arrivals import Flow
from port_session.admission.changes import changes
from port_session.admission.finding import Finding, table
from port_session.admission.graph import Elsewhere, Endpoint, Graph, Unheard
from port_session.admission.judge import READY, Diagnosis, Expected, Seen, judge, not_required
from port_session.description.expectations import Stream

ODOMETRY, TWIST, STAMPED = "nav_msgs/msg/Odometry", "geometry_msgs/msg/Twist", "geometry_msgs/msg/TwistStamped"
ODOM = Stream(
    name="odometry", topic="odom", type=ODOMETRY, min_hz=10.0, remedy="start the odometry", behind_s=0.3, ahead_s=0.05
)
REQUEST = Stream(name="command", topic="cmd_vel_request", type=TWIST, min_hz=0.0, remedy="remap the stack")
EXPECTED = Expected((ODOM, REQUEST), ("gate",), "/hall", "cmd_vel")
RELIABLE, BEST_EFFORT = "reliable, volatile", "best effort, volatile"
GATE, ROBOT, STACK = "/hall/gate", "/robot/base", "/team/planner"
GRAPH = Graph(
    publishers={
        "odom": (Endpoint("/robot/base", ODOMETRY, RELIABLE),),
        "cmd_vel_request": (Endpoint(STACK, TWIST, RELIABLE),),
        "cmd_vel": (Endpoint(GATE, TWIST, RELIABLE),),
        "ground/occupancy": (Endpoint("/hall/cameras", "port_interfaces/msg/ZoneOccupancy", BEST_EFFORT),),
    },
    readers={
        "odom": (Endpoint(GATE, ODOMETRY, BEST_EFFORT),),
        "cmd_vel_request": (Endpoint(GATE, TWIST, RELIABLE, "RIHS01_aa"),),
        "cmd_vel": (Endpoint(ROBOT, TWIST, RELIABLE), Endpoint("/hall/recorder", TWIST, BEST_EFFORT)),
        "ground/occupancy": (Endpoint(GATE, "port_interfaces/msg/ZoneOccupancy", BEST_EFFORT),),
    },
    nodes=("/hall/gate", "/hall/session"),
)
GOOD = Seen(
    seconds=2.0,
    diagnostics={"gate": Diagnosis("gate", "ok", "200 Hz")},
    flows={"odom": Flow(50.0, 0.01), "cmd_vel_request": Flow(21.0)},
    graph=GRAPH,
    safety=("STANDBY", "ready to be armed", ""),
)


def published(topic: str, *endpoints: Endpoint) -> dict[str, Graph]:
    return {"graph": replace(GRAPH, publishers={**GRAPH.publishers, topic: endpoints})}


def read(topic: str, *endpoints: Endpoint) -> dict[str, Graph]:
    return {"graph": replace(GRAPH, readers={**GRAPH.readers, topic: endpoints})}


def unheard(topic: str, publisher: Endpoint, reader: Endpoint) -> dict[str, Graph]:
    return {"graph": replace(GRAPH, unheard=(Unheard(topic, publisher, reader),))}


def findings(**changes: object) -> dict[str, Finding]:
    seen = replace(GOOD, **changes)  # type: ignore[arg-type]
    return {finding.name: finding for finding in judge(seen, EXPECTED)}


def test_all_well() -> None:
    found = findings()
    assert all(finding.ok for finding in found.values())
    assert found["cmd_vel"].detail == "published by the gate alone, heard by /robot/base"


@pytest.mark.parametrize(
    ("changes", "name", "problem", "remedy"),
    [
        ({"diagnostics": {}}, "gate", "says nothing in /diagnostics", "log"),
        ({"diagnostics": {"gate": Diagnosis("gate", "error", "hung", "restart")}}, "gate", "hung", "restart"),
        ({"flows": {"odom": Flow(2.0)}}, "odom", "2.0 Hz, expected 10 Hz or more", "raise its rate"),
        (published("odom"), "odom", "nobody publishes it", "start the odometry"),
        (
            published("odom", Endpoint("/r", "x/msg/Y")),
            "odom", "/r publishes x/msg/Y, expected nav_msgs/msg/Odometry", "profile",
        ),
        (
            {"flows": {"odom": Flow(50.0, 3.2)}},
            "odom", "stamps are 3.20 s behind this machine's clock", "set the clocks of both machines",
        ),
        (
            {"flows": {"odom": Flow(50.0, -0.06)}},
            "odom", "stamps are 0.06 s ahead of this machine's clock", "set the clocks of both machines",
        ),
        (
            published("odom", Endpoint("/a", ODOMETRY), Endpoint("/b", ODOMETRY)),
            "odom", "2 publishers: /a, /b; expected 1", "end or remap the others",
        ),
        (
            published("cmd_vel", Endpoint(GATE, TWIST), Endpoint("/team/teleop", TWIST)),
            "cmd_vel", "published by /team/teleop past the gate", "remap",
        ),
        (published("cmd_vel"), "cmd_vel", "nobody publishes it, not even the gate", "gate.log"),
        ({"safety": None}, "safety", "the gate says nothing", "log"),
        ({"safety": ("STOPPED", "estop pressed", "release it")}, "safety", "STOPPED: estop pressed", "release it"),
    ],
)  # fmt: skip
def test_each_fault_has_its_remedy(changes: dict[str, object], name: str, problem: str, remedy: str) -> None:
    finding = findings(**changes)[name]
    assert not finding.ok and problem in finding.problem and remedy in finding.remedy


BUSY = MachineLoad(13.0, 2, 0.97)


@pytest.mark.parametrize(
    ("changes", "name", "remedy"),
    [
        ({"flows": {"odom": Flow(2.0)}}, "odom", "end other work on it; if it stays, raise its rate (publish_rate of "
         "its driver): the gate stops when none came for 0.3 s"),
        ({"flows": {}}, "odom", "end other work on it; if it stays, see the log of who publishes it: it is there, and "
         "sends nothing that arrives"),
        ({"flows": {"odom": Flow(50.0, 3.2)}}, "odom", "end other work on it; if it stays, set the clocks of both "
         "machines by one source (chrony, PTP), and stamp when the value was measured"),
        ({"graph": Graph()}, "odom", "end other work on it; if it stays, start the odometry"),
        ({"graph": Graph()}, "cmd_vel", "end other work on it; if it stays, see log/gate.log"),
        ({"diagnostics": {}}, "gate", "end other work on it; if it stays, see its log, and `port session state`"),
        ({"safety": None}, "safety", "end other work on it; if it stays, see log/gate.log"),
    ],
)  # fmt: skip
def test_a_machine_that_is_too_busy_is_named_before_the_robot_is_blamed(
    changes: dict[str, object], name: str, remedy: str
) -> None:
    finding = findings(**changes, load=BUSY)[name]
    assert not finding.ok and finding.remedy == f"this machine is too busy (load 13 on 2 cores), {remedy}"


PLATE = Stream(name="force_plate left", topic="left/samples", type="x", min_hz=35.0, remedy="see its log", behind_s=0.3)
ESTOP = Stream(name="estop", topic="estop/state", type="x", min_hz=35.0, remedy="see its cable", behind_s=0.3)


@pytest.mark.parametrize(("stream", "device", "flow"), [
    (PLATE, "force_plate left", Flow(0.0)), (PLATE, "force_plate left", Flow(50.0, 9.97)),
    (ESTOP, "estop station_1", Flow(100.0, 36.0)),
])  # fmt: skip
def test_what_a_device_in_error_does_to_its_stream_is_laid_on_the_device(
    stream: Stream, device: str, flow: Flow
) -> None:
    ends = Graph({stream.topic: (Endpoint("/node", "x"),)}, {stream.topic: (Endpoint("/hall/gate", "x"),)})
    ill = Diagnosis(device, "error", "/dev/ttyUSB0: no such port", "plug it in")
    seen = Seen(2.0, {device: ill}, {stream.topic: flow}, ends, load=BUSY)
    found = {one.name: one for one in judge(seen, Expected((stream,), (device,), "/hall", "cmd_vel"))}[stream.topic]
    assert (found.ok, found.problem) == (False, f"{device}: /dev/ttyUSB0: no such port")
    assert found.remedy == f"see {device} in this table"


def test_what_is_wrong_for_another_reason_is_not_laid_on_the_machine() -> None:
    others = published("cmd_vel", Endpoint(GATE, TWIST), Endpoint("/team/teleop", TWIST))
    finding = findings(**others, load=BUSY)["cmd_vel"]
    assert not finding.ok and "busy" not in finding.remedy


def test_what_is_slow_on_a_busy_machine_alone_is_told_but_well_while_the_gate_has_enough() -> None:
    enough = findings(flows={"odom": Flow(6.7)}, load=BUSY)["odom"]
    assert enough.ok and enough.detail == "6.7 Hz, expected 10 Hz or more" and "too busy" in enough.remedy
    assert not findings(flows={"odom": Flow(6.6)}, load=BUSY)["odom"].ok, "two within the 0.3 s of the gate"
    assert not findings(flows={"odom": Flow(6.7)})["odom"].ok, "on a machine that has time it is the device"


def test_a_device_of_the_ground_that_is_slow_is_not_told_to_publish_faster() -> None:
    plate = structs.replace(ODOM, name="force_plate left", topic="plate", remedy="see its log")
    ends = Graph({"plate": (Endpoint("/node", ODOMETRY),)}, {"plate": (Endpoint(GATE, ODOMETRY),)})
    seen = Seen(2.0, {}, {"plate": Flow(2.0)}, ends)
    found = {one.name: one for one in judge(seen, Expected((plate,), (), "/hall", "cmd_vel"))}
    assert found["plate"].remedy == "see its log"


def test_a_flood_and_a_message_that_is_too_large_are_named_before_anything_else() -> None:
    flood = findings(flows={"odom": Flow(9000.0, 3.2, 1.8e9)})["odom"]
    assert flood.problem.startswith("9000 Hz, expected 1000 Hz at most") and "by a timer" in flood.remedy
    large = findings(flows={"odom": Flow(20.0, 0.0, 1.8e9, bytes=10_000_000, most_bytes=1500)})["odom"]
    assert large.problem == "messages of 10000000 bytes, the gate reads none of more than 1500"


def elsewhere(topic: str, *others: Elsewhere, **ends: tuple[Endpoint, ...]) -> dict[str, Graph]:
    changed = {key: {**getattr(GRAPH, key), topic: value} for key, value in ends.items()}
    graph = replace(GRAPH, namespace="/hall", elsewhere=others)
    return {"graph": replace(graph, **changed)}  # type: ignore[arg-type]


def test_a_robot_that_speaks_under_another_name_is_named_with_the_remap_that_mends_it() -> None:
    noise = Elsewhere("/other/scan", "sensor_msgs/msg/LaserScan", (ROBOT,))
    graph = elsewhere("odom", noise, Elsewhere("/robot1/odom", ODOMETRY, (ROBOT,)), publishers=())
    finding = findings(**graph)["odom"]
    assert finding.problem == f"nobody publishes it; {ROBOT} publishes {ODOMETRY} on /robot1/odom"
    assert finding.remedy == "remap it there: --ros-args -r /robot1/odom:=/hall/odom"
    graph = elsewhere("cmd_vel_request", Elsewhere("/cmd_vel", STAMPED, (STACK,)), publishers=())
    finding = findings(**graph)["cmd_vel_request"]
    assert f"{STACK} publishes {STAMPED} on /cmd_vel" in finding.problem and f", and publish {TWIST}" in finding.remedy
    assert findings(**elsewhere("odom", noise, publishers=()))["odom"].remedy == "start the odometry"


def test_a_base_that_listens_under_another_name_is_named_with_the_remap_that_mends_it() -> None:
    graph = elsewhere("cmd_vel", Elsewhere("/robot1/cmd_vel", TWIST, (), (ROBOT,)), readers=())
    finding = findings(**graph)["cmd_vel"]
    assert f"{ROBOT} listens to {TWIST} on /robot1/cmd_vel" in finding.problem
    assert finding.remedy == "remap it there: --ros-args -r /robot1/cmd_vel:=/hall/cmd_vel"


def test_a_base_that_listens_to_its_stack_beside_the_gate_is_named() -> None:
    finding = findings(graph=replace(GRAPH, asked_of=(GATE, ROBOT, "/team/bag")))["cmd_vel"]
    assert finding.problem.startswith(f"{ROBOT} listens to the request, too")
    assert finding.remedy == "let the base listen to cmd_vel alone"
    assert findings(graph=replace(GRAPH, asked_of=(GATE, "/team/bag", "/hall/recorder")))["cmd_vel"].ok


def test_what_is_wrong_with_the_robot_comes_before_the_reset_that_would_be_refused() -> None:
    stopped = ("STOPPED", "odometry: no data", "press reset")
    assert findings(safety=stopped)["safety"].remedy == "press reset"
    wrong = findings(safety=stopped, flows={"odom": Flow(2.0), "cmd_vel_request": Flow(20.0)})["safety"]
    assert wrong.remedy == "first mend odom (in this table); then press reset"


@pytest.mark.parametrize(("cause", "mend"), [
    (("command_following", "vx"), "listens to the gate alone"), (("pose_agreement", "displacement"), "units, signs"),
    (("stuck_input", "odometry"), "hears the gate"), (("stop_response", "robot"), "takes every command"),
    (("speed", "odometry"), "fill twist"),
])  # fmt: skip
def test_a_stop_that_the_robot_itself_causes_says_what_to_mend_before_the_reset(
    cause: tuple[str, str], mend: str
) -> None:
    stopped = findings(safety=("STOPPED", "x", "press reset"), causes=(("estop", "station_1"), cause))["safety"]
    assert mend in stopped.remedy and stopped.remedy.endswith("; then press reset")
    other = findings(safety=("STOPPED", "x", "press reset"), causes=(("speed", "zone crossing"),))["safety"]
    assert other.remedy == "press reset"


def test_a_stamped_request_is_named_where_the_gate_wants_an_unstamped_one() -> None:
    finding = findings(**published("cmd_vel_request", Endpoint(STACK, STAMPED)))["cmd_vel_request"]
    assert finding.problem == f"{STACK} publishes {STAMPED}, expected {TWIST}"


def test_best_effort_requests_that_the_gate_never_hears_are_named_with_both_qos_and_the_remedy() -> None:
    pair = Endpoint(STACK, TWIST, BEST_EFFORT), Endpoint(GATE, TWIST, RELIABLE)
    finding = findings(**unheard("cmd_vel_request", *pair))["cmd_vel_request"]
    said = f"{STACK} offers it {BEST_EFFORT}, {GATE} asks for {RELIABLE}: nothing arrives"
    assert (finding.problem, finding.remedy) == (said, f"set the QoS of that publisher to {RELIABLE}")


def test_a_stream_that_the_gate_does_not_listen_to_is_told() -> None:
    assert findings(**read("odom", Endpoint("/hall/recorder", ODOMETRY)))["odom"].problem.startswith(
        "the gate does not"
    )


def test_a_topic_that_is_no_stream_is_told_where_somebody_listens_to_it_in_vain() -> None:
    pair = Endpoint("/robot/imu", "x/msg/Y", BEST_EFFORT), Endpoint(GATE, "x/msg/Y", RELIABLE)
    graph = replace(GRAPH, publishers={**GRAPH.publishers, "imu": (pair[0],)}, unheard=(Unheard("imu", *pair),))
    assert "nothing arrives" in findings(graph=graph)["imu"].problem
    graph = replace(GRAPH, readers={**GRAPH.readers, "ground/occupancy": (Endpoint(GATE, "x/msg/Y"),)})
    assert "/hall/gate listens to x/msg/Y" in findings(graph=graph)["ground/occupancy"].problem


def test_another_definition_of_the_same_type_is_told() -> None:
    changed = Endpoint(STACK, TWIST, RELIABLE, "RIHS01_bb")
    said = findings(**published("cmd_vel_request", changed))["cmd_vel_request"].problem
    assert said == f"{STACK} has another definition of {TWIST} than {GATE}"
    for same in (replace(changed, type_hash="RIHS01_aa"), replace(changed, type_hash="")):
        assert findings(**published("cmd_vel_request", same))["cmd_vel_request"].ok


def test_a_robot_that_nobody_would_stop_is_told() -> None:
    observers = (Endpoint("/hall/recorder", TWIST), Endpoint("/hall/telemetry", TWIST))
    assert "nobody listens to it" in findings(**read("cmd_vel", *observers))["cmd_vel"].problem
    wrong = findings(**read("cmd_vel", Endpoint(ROBOT, STAMPED)))["cmd_vel"]
    assert wrong.problem == f"{ROBOT} listens to {STAMPED}, the gate sends {TWIST}"
    pair = Endpoint(GATE, TWIST, RELIABLE), Endpoint(ROBOT, TWIST, "reliable, transient local")
    deaf = findings(**unheard("cmd_vel", *pair))["cmd_vel"]
    assert deaf.problem == f"{ROBOT} asks for reliable, transient local, the gate sends {RELIABLE}: it hears nothing"


def test_who_has_not_told_its_name_is_no_bypass_by_name_but_no_admission_either() -> None:
    graph = published("cmd_vel", Endpoint(GATE, TWIST), Endpoint("", TWIST))
    finding = findings(**graph)["cmd_vel"]
    assert "a node without a name is on it" in finding.problem and "past the gate" not in finding.problem
    assert "it was killed (gone within 20 s)" in finding.remedy
    assert graph["graph"].nameless and not GRAPH.nameless


def test_two_gates_are_told_as_two() -> None:
    twice = Endpoint(GATE, TWIST)
    graph = replace(GRAPH, publishers={**GRAPH.publishers, "cmd_vel": (twice, twice)}, nodes=(GATE, GATE, "/hall/x"))
    found = findings(graph=graph)
    assert found[GATE].problem == "2 nodes are called /hall/gate"
    assert found["cmd_vel"].problem == "published by 2 nodes called /hall/gate"


def test_a_session_is_admitted_in_standby_alone_and_checked_while_it_runs() -> None:
    running = replace(GOOD, safety=("RUN", "commands pass", ""))
    assert all(finding.ok for finding in judge(running, EXPECTED))
    wrong = [finding for finding in judge(running, EXPECTED, READY) if not finding.ok]
    assert [finding.problem for finding in wrong] == ["RUN: commands pass"]


def test_what_is_not_required_may_warn_but_not_fail() -> None:
    seen = replace(GOOD, diagnostics={
        "gate": Diagnosis("gate", "error", "x"), "a": Diagnosis("a", "warn", "w"), "b": Diagnosis("b", "error", "e"),
    })  # fmt: skip
    assert [(one.name, one.ok) for one in not_required(seen, ("gate",))] == [("a", True), ("b", False)]


def test_table_for_people() -> None:
    text = table([Finding("a", True, detail="fine"), Finding("long name", False, "broken", "mend it")])
    assert text.splitlines() == [
        "a          ok  fine",
        "long name  !!  broken",
        "               -> mend it",
        "1 of 2 not ok",
    ]


def test_of_a_second_look_only_what_is_new_is_told() -> None:
    well, slow = Finding("odom", True, detail="49.9 Hz"), Finding("odom", False, "5.0 Hz, expected 10 Hz", "faster")
    assert changes([well], [Finding("odom", True, detail="50.1 Hz")]) == []
    assert changes([well], [slow]) == ["odom  !!  5.0 Hz, expected 10 Hz", "          -> faster"]
    assert changes([slow], [Finding("odom", False, "5.1 Hz, expected 10 Hz", "faster")]) == [], (
        "the same in other figures"
    )
    assert changes([slow], [well]) == ["odom  ok  49.9 Hz"]
    assert changes([well], [Finding("new", True, detail="fine")]) == []
    odd = Finding("odom", True, remedy="look", detail="exact", odd=True)
    assert changes([well], [odd]) == ["odom  ?   exact", "          -> look"]


def test_what_is_odd_is_counted_and_keeps_nobody_from_starting() -> None:
    odd = Finding("odom", True, detail="exact", odd=True)
    assert odd.unlikely and table([odd]).splitlines()[-1] == "all 1 ok, 1 unlikely (?)"
