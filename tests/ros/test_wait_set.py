"""The loop over rclpy's wait set serves what the executors of rclpy serve: messages, services, clients and timers."""

import time
from collections.abc import Callable, Iterator

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from std_msgs.msg import Int32
from std_srvs.srv import Trigger

from port_ros.wait_set import BURST, WaitSetLoop
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = Node("loop", context=context)
    yield node
    node.destroy_node()
    rclpy.try_shutdown(context=context)


def spin_until(loop: WaitSetLoop, condition: Callable[[], object]) -> None:
    def turn() -> object:
        loop.spin_once(0.01)
        return condition()

    wait_until(turn, PATIENCE_S)


@pytest.mark.parametrize("raw", [False, True], ids=["typed", "raw"])
def test_every_message_comes_once_and_in_order(node: Node, raw: bool) -> None:
    seen: list[bytes | Int32] = []
    node.create_subscription(Int32, "numbers", seen.append, 100, raw=raw)
    publisher = node.create_publisher(Int32, "numbers", 100)
    loop = WaitSetLoop(node)
    spin_until(loop, publisher.get_subscription_count)
    count = 3 * BURST + 1
    for number in range(count):
        publisher.publish(Int32(data=number))
    spin_until(loop, lambda: len(seen) == count)
    values = [int.from_bytes(each[4:8], "little") if isinstance(each, bytes) else each.data for each in seen]
    assert values == list(range(count))


def test_a_service_answers_and_a_client_gets_the_answer(node: Node) -> None:
    def answer(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success, response.message = True, "done"
        return response

    node.create_service(Trigger, "do", answer)
    client = node.create_client(Trigger, "do")
    loop = WaitSetLoop(node)
    spin_until(loop, client.service_is_ready)
    future = client.call_async(Trigger.Request())
    spin_until(loop, future.done)
    assert future.result().message == "done"


def test_timers_fire_and_what_is_made_or_destroyed_later_counts(node: Node) -> None:
    loop = WaitSetLoop(node)
    loop.spin_once(0.0)  # nothing but what a node has of its own
    fired: list[float] = []
    timer = node.create_timer(0.01, lambda: fired.append(time.monotonic()))
    spin_until(loop, lambda: len(fired) >= 3)
    node.destroy_timer(timer)
    before = len(fired)
    for _ in range(5):
        loop.spin_once(0.02)
    assert len(fired) == before


def test_a_sampled_subscription_wakes_nobody_and_loses_nothing(node: Node) -> None:
    urgent: list[int] = []
    sampled: list[int] = []
    node.create_subscription(Int32, "urgent", lambda message: urgent.append(message.data), 10)
    quiet = node.create_subscription(Int32, "sampled", lambda message: sampled.append(message.data), 10)
    publishers = [node.create_publisher(Int32, topic, 10) for topic in ("sampled", "urgent")]
    loop = WaitSetLoop(node, [quiet])
    spin_until(loop, lambda: all(each.get_subscription_count() for each in publishers))
    for number in range(5):
        for publisher in publishers:
            publisher.publish(Int32(data=number))
    spin_until(loop, lambda: len(urgent) == 5)
    assert not sampled

    def all_drained() -> bool:
        loop.drain()
        return len(sampled) == 5

    wait_until(all_drained, PATIENCE_S)
    assert sampled == list(range(5))


def test_a_callback_that_fails_is_not_swallowed(node: Node) -> None:
    def fail() -> None:
        raise RuntimeError("the callback's own")

    node.create_timer(0.01, fail)
    loop = WaitSetLoop(node)
    with pytest.raises(RuntimeError, match="the callback's own"):
        spin_until(loop, lambda: False)


def test_a_callback_that_fails_is_told_and_the_loop_goes_on(node: Node) -> None:
    """Whoever called a service gets the empty answer."""
    failures: list[tuple[str, str]] = []

    def fail(*_: object) -> None:
        raise RuntimeError("its own")

    def fail_late(_: Trigger.Request, response: Trigger.Response) -> Trigger.Response:
        response.success = True
        raise RuntimeError("its own")

    node.create_timer(0.01, fail)
    node.create_subscription(Int32, "numbers", fail, 10)
    node.create_service(Trigger, "do", fail_late)
    publisher, client = node.create_publisher(Int32, "numbers", 10), node.create_client(Trigger, "do")
    loop = WaitSetLoop(node, (), lambda what, error: failures.append((what, str(error))))
    spin_until(loop, lambda: client.service_is_ready() and publisher.get_subscription_count())
    publisher.publish(Int32(data=1))
    future = client.call_async(Trigger.Request())
    spin_until(loop, lambda: future.done() and len({what for what, _ in failures}) == 3)
    assert {what for what, _ in failures} == {"timer", "/numbers", "do"}
    assert {error for _, error in failures} == {"its own"} and not future.result().success
