"""The thread that takes raw messages: each once and in order, whatever the rest of the process does."""

import time
from collections.abc import Iterator

import pytest
import rclpy
from rclpy.context import Context
from rclpy.node import Node
from std_msgs.msg import Int32

from port_ros import qos
from port_ros.taker import Taker
from port_ros.wait_set import WaitSetLoop
from tests.waiting import PATIENCE_S, wait_until


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    context = Context()
    rclpy.init(context=context, domain_id=ros_domain)
    node = Node("taking", context=context)
    yield node
    node.destroy_node()
    rclpy.try_shutdown(context=context)


class Taken:
    """What was handed over: values, and the numbers that the publisher gave them."""

    def __init__(self) -> None:
        self.values: list[int] = []
        self.numbers: list[int | None] = []
        self.lost = 0

    def take(self, data: bytes, number: int | None) -> None:
        self.values.append(int.from_bytes(data[4:8], "little"))
        self.numbers.append(number)

    def lose(self, messages: int) -> None:
        self.lost += messages


def subscribed(taker: Taker, topic: str = "numbers", depth: int = 1000) -> Taken:
    taken = Taken()
    taker.subscribe(Int32, topic, qos.deep(qos.MEASUREMENT) if depth == 1000 else depth, taken.take, taken.lose)
    return taken


def test_every_message_comes_once_in_order_and_with_its_publishers_number(node: Node) -> None:
    taker = Taker(node)
    taken = subscribed(taker)
    taker.start()
    publisher = node.create_publisher(Int32, "numbers", 1000)
    wait_until(publisher.get_subscription_count)
    for number in range(500):
        publisher.publish(Int32(data=number))
    wait_until(lambda: len(taken.values) == 500)
    taker.close()
    assert taken.values == list(range(500)) and taken.numbers == list(range(1, 501))


def test_a_subscription_that_comes_later_is_served_too(node: Node) -> None:
    taker = Taker(node)
    taker.start()
    taken = subscribed(taker, "late")
    publisher = node.create_publisher(Int32, "late", 10)
    wait_until(publisher.get_subscription_count)
    publisher.publish(Int32(data=7))
    wait_until(lambda: taken.values == [7])
    taker.close()


def test_what_nobody_took_in_time_shows_as_a_jump_of_the_numbers(node: Node) -> None:
    """The middleware overwrites it and says nothing, not even by its event for lost messages."""
    taker = Taker(node)
    taken = subscribed(taker, depth=10)
    publisher = node.create_publisher(Int32, "numbers", 1000)
    wait_until(publisher.get_subscription_count)
    for number in range(100):
        publisher.publish(Int32(data=number))
    assert publisher.wait_for_all_acked()
    taker.start()
    wait_until(lambda: len(taken.values) == 10)
    taker.close()
    assert taken.numbers == list(range(91, 101)) and taken.lost == 0


def test_the_end_takes_what_is_there(node: Node) -> None:
    taker = Taker(node)
    taken = subscribed(taker)
    publisher = node.create_publisher(Int32, "numbers", 1000)
    wait_until(publisher.get_subscription_count)
    taker.start()
    for number in range(300):
        publisher.publish(Int32(data=number))
    assert publisher.wait_for_all_acked()
    taker.close()
    assert taken.values == list(range(300))


def test_the_nodes_loop_leaves_its_subscriptions_alone_and_serves_the_others(node: Node) -> None:
    taker, heard = Taker(node), []
    taken = subscribed(taker)
    node.create_subscription(Int32, "numbers", lambda message: heard.append(message.data), 10)
    loop = WaitSetLoop(node, taker.subscriptions)
    publisher = node.create_publisher(Int32, "numbers", 1000)
    wait_until(lambda: publisher.get_subscription_count() == 2)
    later = subscribed(taker, "later")
    taker.start()
    publisher.publish(Int32(data=3))

    def turn() -> bool:
        loop.spin_once(0.01)
        return heard == [3] and taken.values == [3]

    wait_until(turn, PATIENCE_S)
    taker.close()
    assert later.values == []


def test_an_error_in_its_thread_is_told_to_whoever_spins_the_node(node: Node) -> None:
    taker = Taker(node)

    def fail(data: bytes, number: int | None) -> None:
        raise OSError("nobody expects this")

    taker.subscribe(Int32, "numbers", qos.MEASUREMENT, fail, lambda _: None)
    taker.start()
    taker.check()
    publisher = node.create_publisher(Int32, "numbers", 10)
    wait_until(publisher.get_subscription_count)
    publisher.publish(Int32(data=1))

    def raised() -> bool:
        try:
            taker.check()
        except OSError:
            return True
        time.sleep(0.01)
        return False

    wait_until(raised)
    taker.close()
