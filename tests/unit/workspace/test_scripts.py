"""What the scripts say to somebody who is new."""

import shutil
import subprocess
from pathlib import Path

from tests.packages import ROOT


def test_env_before_setup_names_setup(tmp_path: Path) -> None:
    (tmp_path / "scripts").mkdir()
    shutil.copy(ROOT / "scripts" / "env", tmp_path / "scripts")
    line = "unset ROS_DISTRO; source scripts/env; echo $?; echo ${VIRTUAL_ENV:-none} ${_port_root:-none}"
    said = subprocess.run(
        ["env", "-u", "VIRTUAL_ENV", "bash", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert said.stderr == f"scripts/env: nothing is built here yet; run {tmp_path}/scripts/setup first\n"
    assert said.stdout.split() == ["1", "none", "none"]


def test_setup_ends_with_what_comes_next() -> None:
    """Here everything is made already, so that it ends at once."""
    said = subprocess.run([ROOT / "scripts" / "setup"], capture_output=True, text=True, check=True)
    assert said.stderr.startswith("setup: done; next: source scripts/env, then port demo")
    quiet = subprocess.run(
        ["env", "PORT_SETUP_NEXT=", ROOT / "scripts" / "setup"], capture_output=True, text=True, check=True
    )
    assert quiet.stderr == ""
