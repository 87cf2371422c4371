"""`port robot new`: every answer is held to what the file is held to, at once; nothing is written before the end."""

from collections.abc import Callable
from pathlib import Path

import pytest

from port_ros.yaml_file import parse_yaml
from port_session.cli import main
from port_session.description.load import load
from port_session.description.robot import Robot
from port_session.robots.profile_draft import FIGURES, text
from port_session.robots.questions import interview


class Desk:
    """Answers questions by key, else with an empty line; keeps what was said."""

    def __init__(self, **answers: str | list[str]) -> None:
        self._answers = {key.replace("__", "."): [a] if isinstance(a, str) else list(a) for key, a in answers.items()}
        self.said: list[str] = []

    def ask(self, question: str, default: str) -> str:
        left = self._answers.get(question.partition(":")[0])
        return left.pop(0) if left else ""

    def profile(self, kind: str, folder: Path) -> Path:
        file = folder / "rover.yaml"
        file.write_text(text(["a comment"], interview("rover", kind, self.ask, self.said.append)))
        return file


@pytest.mark.parametrize("kind", [kind for kind in FIGURES if kind != "arm"])
def test_empty_lines_alone_make_a_profile(kind: str, tmp_path: Path) -> None:
    desk = Desk()
    robot = load(desk.profile(kind, tmp_path), Robot)
    assert robot.kind == kind and robot.topics.command_in == "/cmd_vel_request" and desk.said == []


def test_an_arm_needs_its_joints_and_its_place(tmp_path: Path) -> None:
    desk = Desk(joints__names="a, b", joints__reach_m="0.9", base_pose="1, 2, 0.5")
    robot = load(desk.profile("arm", tmp_path), Robot)
    assert robot.joints is not None and robot.joints.names == ("a", "b") and robot.base_pose == (1.0, 2.0, 0.5)


@pytest.mark.parametrize(
    ("key", "wrong", "words"),
    [
        ("limits__speed_mps", "fast", "expected a number"),
        ("limits__speed_mps", "-1", "limits.speed_mps"),
        ("limits__speed_mps", "1500", "<= 20"),
        ("limits__latency_s", "0", "no robot answers at once"),
        ("footprint_radius_m", "0.01", "the circle around the whole robot"),
        ("topics__command_out", "my topic", "the name of a ROS topic"),
        ("topics__command_type", "geometry_msgs/Twist", "expected one of"),
        ("limits__speed_mps", "[1", "cannot be read"),
    ],
)
def test_a_wrong_answer_is_named_at_once_and_asked_again(key: str, wrong: str, words: str, tmp_path: Path) -> None:
    desk = Desk(**{key: [wrong]})
    load(desk.profile("wheeled", tmp_path), Robot)
    assert len(desk.said) == 1 and words in desk.said[0]


def test_what_does_not_fit_together_is_asked_again(tmp_path: Path) -> None:
    desk = Desk(stop__ramp_s=["0.2", "3.0"])
    assert load(desk.profile("wheeled", tmp_path), Robot).stop.ramp_s == 3.0
    assert "stop.ramp_s: from limits.speed_mps it stands after" in desk.said[0]


def test_the_time_to_stand_is_offered_by_the_other_answers(tmp_path: Path) -> None:
    robot = load(Desk(limits__speed_mps="1.0", limits__deceleration_mps2="0.5").profile("wheeled", tmp_path), Robot)
    assert robot.stop.ramp_s == pytest.approx(2.8)


def test_a_question_mark_leaves_a_value_open(tmp_path: Path) -> None:
    written = Desk(limits__latency_s="?").profile("wheeled", tmp_path).read_text()
    assert parse_yaml(written)["limits"]["latency_s"] is None and "latency_s:" in written and "# FILL IN: s" in written


def typed(monkeypatch: pytest.MonkeyPatch, *lines: str | type[BaseException]) -> None:
    """What comes from the keyboard; at the end of it EOF."""
    left = list(lines)

    def read(_: str = "") -> str:
        line = left.pop(0) if left else EOFError
        if isinstance(line, str):
            return line
        raise line

    monkeypatch.setattr("builtins.input", read)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    monkeypatch.chdir(tmp_path)
    return lambda: [file.name for file in tmp_path.iterdir()]


def test_the_command_writes_what_was_answered(
    here: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed(monkeypatch, "boat", "quadruped", *[""] * 40)
    assert main(["robot", "new", "rover"]) == 0
    said = capsys.readouterr().out
    assert "expected one of wheeled, quadruped, humanoid, arm, got 'boat'" in said and "written to rover.yaml" in said
    assert load(Path("rover.yaml"), Robot).kind == "quadruped"


@pytest.mark.parametrize(("end", "code"), [(EOFError, 1), (KeyboardInterrupt, 130)])
def test_answers_that_end_early_write_nothing(
    end: type[BaseException], code: int, here: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    typed(monkeypatch, "wheeled", "", end)
    assert main(["robot", "new", "rover"]) == code
    assert here() == [] and "nothing was written" in capsys.readouterr().err


def test_a_file_that_is_there_is_kept_without_force(
    here: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rover.yaml").write_text("mine")
    assert main(["robot", "new", "rover"]) == 2
    assert "is there already" in capsys.readouterr().err and Path("rover.yaml").read_text() == "mine"
    typed(monkeypatch, *[""] * 40)
    assert main(["robot", "new", "rover", "--force"]) == 0 and load(Path("rover.yaml"), Robot)


@pytest.mark.parametrize("name", ["Rover", "my-rover", "1st", "a/b"])
def test_a_name_that_no_profile_can_have(
    name: str, here: Callable[[], list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["robot", "new", name]) == 2
    assert here() == [] and "expected a name of at most 64 small letters" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ["probe"], ["probe", "--domain", "233"], ["probe", "--domain", "1", "--peer", "robot.local"],
        ["probe", "--domain", "1", "--interface", "192.0.2.1"],
        ["probe", "--domain", "1", "--seconds", "nan"], ["new"], ["fly"],
    ],
)  # fmt: skip
def test_wrong_words(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["robot", *words])
    assert ended.value.code == 2 and "Traceback" not in capsys.readouterr().err


def test_measure_needs_a_running_session(runtime_root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["robot", "measure", "--yes"]) == 2
    assert "no session runs on this machine" in capsys.readouterr().err
