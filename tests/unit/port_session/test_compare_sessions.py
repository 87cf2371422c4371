"""`port compare` and `port trial` on what reports leave: differences are found, told with doubt, and blind if asked."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from port_session.cli import main


def summary(folder: Path, values: list[float], void: tuple[int, ...] = (), **changes: Any) -> Path:
    """A session of as many runs, each with one stop."""
    folder.mkdir()
    runs = [{"number": number, "counts": number not in void} for number in range(1, len(values) + 1)]
    results = {str(number): [{"value": value, "u": 0.01, "remark": ""}] for number, value in enumerate(values, 1)}
    indicator = {"name": "stopping_distance", "unit": "m", "better": "lower", "runs": results, **changes}
    (folder / "summary.json").write_text(json.dumps({"runs": runs, "indicators": [indicator]}))
    return folder


@pytest.fixture
def sides(tmp_path: Path) -> tuple[str, str]:
    generator = np.random.default_rng(2)
    good, worse = (list(generator.normal(mean, 0.03, 6)) for mean in (0.5, 0.7))
    return str(summary(tmp_path / "a", good)), str(summary(tmp_path / "b", worse))


def test_a_robot_that_brakes_worse_is_found(sides: tuple[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", *sides]) == 1
    said = capsys.readouterr().out
    assert f"A: {sides[0]}  6 runs that count" in said
    assert "stopping_distance: B − A = 0.2" in said and "p = 0.002: A is better" in said
    assert main(["compare", sides[1], sides[0]]) == 1
    assert "B is better" in capsys.readouterr().out
    assert main(["compare", sides[0], sides[0]]) == 0
    assert "no difference shown" in capsys.readouterr().out


def test_void_runs_are_left_out_and_groups_are_joined(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a1 = summary(tmp_path / "a1", [0.50, 9.9], void=(2,))
    a2 = summary(tmp_path / "a2", [0.51, 0.49])
    b = summary(tmp_path / "b", [0.50, 0.52, 0.48])
    assert main(["compare", f"{a1},{a2}", str(b), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["n_a"], row["n_b"], row["a_mean"]) == (3, 3, pytest.approx(0.5)) and not row["can_differ"]
    main(["compare", f"{a1},{a2}", str(b)])
    assert "so few runs cannot show a difference (at best p = 0.10)" in capsys.readouterr().out


def test_who_judges_blind_learns_from_a_file_only_which_is_which(
    sides: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key = tmp_path / "key.json"
    assert main(["compare", *sides, "--blind", str(key)]) == 1
    said = capsys.readouterr().out
    assert sides[0] not in said and sides[1] not in said and "X  6 runs" in said and f"stands in {key}" in said
    which = json.loads(key.read_text())
    assert sorted(which) == ["X", "Y"] and sorted([*which["X"], *which["Y"]]) == sorted(sides)
    better = "X" if which["X"] == [sides[0]] else "Y"
    assert f"{better} is better" in said
    assert main(["compare", *sides, "--blind", str(key)]) == 2, "an old key is not overwritten"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "summary.json is not there; make it: port report"),
        ("{", "summary.json is no whole JSON"),
        ('{"ok": true}', "summary.json tells of no indicators; make it anew: port report"),
        (
            '{"runs": [], "indicators": [{"name": "x", "unit": "m", "better": "", "runs": {"1": [{}]}}]}',
            "no indicators",
        ),
        ('{"runs": [], "indicators": []}', "no run that counts has a result on either side"),
    ],
)
def test_what_cannot_be_compared_is_named(
    tmp_path: Path, text: str | None, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a"
    folder.mkdir()
    if text is not None:
        (folder / "summary.json").write_text(text)
    assert main(["compare", str(folder), str(folder)]) == 2
    assert said in capsys.readouterr().err


def test_one_run_and_other_units_are_not_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a, b = summary(tmp_path / "a", [0.5]), summary(tmp_path / "b", [0.5, 0.6], unit="cm")
    assert main(["compare", str(a), str(b)]) == 0
    assert "not compared: one side tells it in cm and the other in m" in capsys.readouterr().out
    assert main(["compare", str(a), str(a)]) == 0
    assert "two runs of each are needed to compare them; there are 1 and 1" in capsys.readouterr().out


def test_indicators_and_repetitions_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trial", "list"]) == 0
    assert "stopping_distance  [m]  Stopping distance\n    from the place" in capsys.readouterr().out
    assert main(["trial", "list", "--json"]) == 0
    assert {"name", "unit", "method", "source"} <= json.loads(capsys.readouterr().out)[0].keys()
    assert main(["trial", "plan", "--reliability", "0.95", "--confidence", "0.9", "--failures", "1"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == ["  45 with 0 failed", "  77 with 1 failed"]
    assert main(["trial", "plan", "--passed", "22", "22"]) == 0
    assert "22 of 22 passed: reliability 90.1% or more at 90%" in capsys.readouterr().out
    assert main(["trial", "plan", "--passed", "3", "2"]) == 2
    with pytest.raises(SystemExit):
        main(["trial", "plan", "--reliability", "95"])
