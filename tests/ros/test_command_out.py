"""Which commands on its own topic the gate knows again."""

from port_safety.ros.bypass import REMEMBERED, SaidLately


def test_what_was_said_is_heard_once() -> None:
    said = SaidLately()
    said.say(b"a")
    said.say(b"a")
    assert [said.hear(b"a") for _ in range(3)] == [True, True, False]
    assert not said.hear(b"b")


def test_the_oldest_is_forgotten_and_memory_is_bounded() -> None:
    said = SaidLately()
    for number in range(3 * REMEMBERED):
        said.say(b"%d" % number)
    assert len(said._numbers) == len(said._said) == REMEMBERED
    assert not said.hear(b"%d" % (2 * REMEMBERED - 1)) and said.hear(b"%d" % (2 * REMEMBERED))


def test_the_same_command_for_ever_is_known_each_time() -> None:
    """Whatever was heard already is not forgotten a second time."""
    said = SaidLately()
    for _ in range(3 * REMEMBERED):
        said.say(b"stop")
        assert said.hear(b"stop")
    assert not said.hear(b"stop") and not said._numbers


def test_what_the_middleware_lost_is_forgotten_in_time() -> None:
    said = SaidLately()
    said.say(b"lost")
    for _ in range(REMEMBERED):
        said.say(b"stop")
        assert said.hear(b"stop")
    assert not said.hear(b"lost")
