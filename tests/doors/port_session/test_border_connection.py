"""One connection of a border over a real socket, plain and by TLS: newest only, silence, floods, certificates."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from port_session.border import certificates
from port_session.border.channels import OUT, Channel
from port_session.border.connection import Connection
from port_session.border.frames import DATA, GRAPH, Frame, encode
from port_session.border.listener import Listener
from port_session.ros.robot_side import connect, reason_of
from tests.waiting import wait_until

COMMAND = Channel(1, "/cmd_vel", "geometry_msgs/msg/Twist", OUT, 1e9, 100_000)
TEAM = "blue"


class Pair:
    """Both ends of one connection; each keeps what it took."""

    def __init__(self, sockets: tuple[socket.socket, socket.socket], silence_s: float = 20.0) -> None:
        self.taken: tuple[list[Frame], list[Frame]] = ([], [])
        self.ends = tuple(
            Connection(sock, lambda _, frame, __, to=to: to.append(frame), silence_s, 100_000)  # type: ignore[misc]
            for sock, to in zip(sockets, self.taken, strict=True)
        )
        for end in self.ends:
            end.start()

    def close(self) -> None:
        for end in self.ends:
            end.end("the test is over")
            end.join()


@pytest.fixture
def pair() -> Iterator[Pair]:
    made = Pair(socket.socketpair())
    yield made
    made.close()


def test_messages_and_words_arrive_in_both_directions(pair: Pair) -> None:
    edge, robot = pair.ends
    for number in range(100):
        edge.send(COMMAND, b"%d" % number)
        wait_until(lambda n=number: pair.taken[1] and pair.taken[1][-1].payload == b"%d" % n, what="the command")  # type: ignore[misc]
    robot.say(GRAPH, b"{}")
    wait_until(lambda: [frame.kind for frame in pair.taken[0]] == [GRAPH], what="the report")
    assert [frame.sequence for frame in pair.taken[1]] == sorted({frame.sequence for frame in pair.taken[1]})


def test_echoes_tell_the_clock_of_the_other_side(pair: Pair) -> None:
    offset = wait_until(pair.ends[0].offset, what="an echo")
    assert abs(offset.ahead_ns) <= offset.uncertainty_ns + 1 and abs(offset.system_ahead_ns) < 1_000_000_000


def test_who_takes_slowly_gets_the_newest() -> None:
    """The other end takes nothing for a while: what was said meanwhile is not told afterwards, but for what left."""
    ours, theirs = socket.socketpair()
    theirs.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    edge = Connection(ours, lambda *_: None, 20.0)
    edge.start()
    for number in range(5000):
        edge.send(COMMAND, b"%06d" % number + b"x" * 1000)
    assert edge.outbox.thinned["/cmd_vel"] > 1000
    received: list[Frame] = []
    robot = Connection(theirs, lambda _, frame, __: received.append(frame), 20.0, 100_000)
    robot.start()
    wait_until(lambda: received and received[-1].payload[:6] == b"004999", what="the newest")
    assert len(received) == 5000 - edge.outbox.thinned["/cmd_vel"] < 500
    for end in (edge, robot):
        end.end("over")
        end.join()


def test_silence_is_the_end() -> None:
    ours, theirs = socket.socketpair()  # theirs is held open, and says nothing
    edge = Connection(ours, lambda *_: None, 0.2)
    edge.start()
    wait_until(lambda: edge.ended, what="the end")
    assert edge.ended == "silent for 0.2 s"
    edge.join()
    theirs.close()


@pytest.mark.parametrize(
    ("bytes_", "why"),
    [
        (b"GET / HTTP/1.1\r\nHost: edge\r\n\r\n........", "version"),
        (encode(Frame(DATA, 1, 1, 0, b"x" * 200_000))[:4096], "at most 100,000 are taken"),
        (encode(Frame(DATA, 1, 1, 0, b"stop"))[:-1] + b"!", "a checksum does not fit"),
        (encode(Frame(4, 0, 0, 0, b"short")), "an echo that is none"),
    ],
)
def test_what_is_no_frame_is_the_end_by_name(bytes_: bytes, why: str) -> None:
    ours, theirs = socket.socketpair()
    edge = Connection(ours, lambda *_: None, 20.0, 100_000)
    edge.start()
    theirs.sendall(bytes_)
    wait_until(lambda: edge.ended, what="the end")
    assert why in edge.ended
    edge.join()
    theirs.close()


def test_the_other_side_is_told_why_it_ends(pair: Pair) -> None:
    pair.ends[0].end("the session has ended", tell=True)
    wait_until(lambda: pair.ends[1].ended, what="the end")
    assert pair.ends[1].ended == "the other side says: the session has ended"


# --- who may come in --------------------------------------------------------------------------------------------------


class Door:
    """A listener of this ground, who came in and who was turned away."""

    def __init__(self, folder: Path, team: str = TEAM) -> None:
        self.came: list[socket.socket] = []
        self.refused: list[str] = []
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.where = folder, f"127.0.0.1:{port}"
        self._listener = Listener(self.where, folder, team, self.came.append, lambda _, why: self.refused.append(why))
        self._listener.start()

    def knock(self, shown: Path) -> socket.socket:
        files = {key: str(shown / name) for key, name in certificates.ROBOT_FILES.items()}
        return connect({"connect": self.where, "server": certificates.EDGE, **files})

    def close(self) -> None:
        self._listener.close()
        for sock in self.came:
            sock.close()


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    certificates.invite(tmp_path / "ground", TEAM, timedelta(days=1))
    made = Door(tmp_path / "ground")
    yield made
    made.close()


def refused(door: Door, shown: Path) -> str:
    """Why whoever shows this is turned away; TLS 1.3 tells a client only when it reads."""
    with contextlib.suppress(OSError), door.knock(shown) as sock:
        sock.recv(1)
    wait_until(lambda: door.refused, what="a refusal")
    return door.refused[-1]


def test_an_invited_team_comes_in_and_speaks(door: Door) -> None:
    theirs = door.knock(door.folder / "teams" / TEAM)
    ours = wait_until(lambda: door.came and door.came[0], what="the team")
    assert isinstance(ours, ssl.SSLSocket) and ours.version() == "TLSv1.3"
    pair = Pair((ours, theirs))
    for number in range(50):
        pair.ends[0].send(COMMAND, b"x" * 2000 * number)
    pair.ends[1].say(GRAPH, b"{}")
    wait_until(lambda: pair.taken[1] and pair.taken[0], what="both directions")
    wait_until(lambda: pair.taken[1][-1].payload == b"x" * 2000 * 49, what="the newest")
    assert pair.ends[0].certificate
    pair.close()


def test_another_teams_certificate_is_turned_away(door: Door) -> None:
    shown = certificates.invite(door.folder, "red", timedelta(days=1))
    assert refused(door, shown) == "the certificate is of red, the session of team blue"


def test_a_certificate_that_was_taken_back_is_turned_away(door: Door) -> None:
    assert certificates.revoke(door.folder, TEAM) and not certificates.revoke(door.folder, "nobody")
    why = refused(door, door.folder / "teams" / TEAM)
    assert why == "the certificate of blue was taken back; `port robot invite blue` makes a new one"
    certificates.invite(door.folder, TEAM, timedelta(days=1))
    door.knock(door.folder / "teams" / TEAM).close()
    wait_until(lambda: door.came, what="the new one")


def test_a_new_invitation_ends_the_one_before(door: Door, tmp_path: Path) -> None:
    old = tmp_path / "old"
    (door.folder / "teams" / TEAM).rename(old)
    (door.folder / "teams" / TEAM).mkdir()
    for name in certificates.ROBOT_FILES.values():
        (door.folder / "teams" / TEAM / name).write_bytes((old / name).read_bytes())
    certificates.invite(door.folder, TEAM, timedelta(days=1))
    assert "was taken back" in refused(door, old)


def test_an_expired_certificate_is_turned_away(door: Door) -> None:
    shown = certificates.invite(door.folder, TEAM, timedelta(seconds=-60))
    assert "expired" in refused(door, shown)


def test_a_certificate_of_another_ground_is_turned_away(door: Door, tmp_path: Path) -> None:
    shown = certificates.invite(tmp_path / "elsewhere", TEAM, timedelta(days=1))
    (shown / "ca.crt").write_bytes((door.folder / "ca.crt").read_bytes())
    assert "its certificate is not good here" in refused(door, shown)


def test_nobody_comes_in_without_a_certificate(door: Door) -> None:
    context = ssl.create_default_context(cafile=door.folder / "ca.crt")
    host, _, port = door.where.rpartition(":")
    with contextlib.suppress(OSError), socket.create_connection((host, int(port))) as plain:
        context.wrap_socket(plain, server_hostname=certificates.EDGE).recv(1)
    assert wait_until(lambda: door.refused, what="a refusal") == ["it showed no certificate"]


def test_a_robot_knows_a_ground_that_is_not_its_own(door: Door, tmp_path: Path) -> None:
    shown = certificates.invite(tmp_path / "elsewhere", TEAM, timedelta(days=1))
    with pytest.raises(ssl.SSLError) as caught:
        door.knock(shown)
    assert "the ground's certificate is not the one that was given to this team" in reason_of(caught.value)


def test_who_only_knocks_keeps_nobody_waiting(door: Door) -> None:
    host, _, port = door.where.rpartition(":")
    with socket.create_connection((host, int(port))), socket.create_connection((host, int(port))):
        door.knock(door.folder / "teams" / TEAM).close()
        wait_until(lambda: door.came, what="the team")


def test_its_threads_end(door: Door) -> None:
    door.close()
    ended: Callable[[], bool] = lambda: all("listener" not in thread.name for thread in threading.enumerate())  # noqa: E731
    wait_until(ended, what="the end of its thread")
