"""What is plugged in beside what a ground's file names: each entry has its device, or what mends its absence."""

from dataclasses import replace
from typing import Any

import pytest
import yaml

from port_ros.decode import decode
from port_sensors.transport.holders import Holder
from port_sensors.transport.plugged import SERIAL, VIDEO, Plugged
from port_session.admission.finding import Finding
from port_session.description.ground import Camera, ForcePlate, ModbusEstop
from port_session.devices.entries import Entry, entries
from port_session.devices.fit import Reached, Seen, Situation, fit, unnamed
from port_session.devices.show import devices, offers
from port_session.devices.snippets import snippets

BY_ID = "/dev/serial/by-id/usb-FTDI_A1-if00"
BOX = Plugged(SERIAL, BY_ID, "/dev/ttyUSB0", "FTDI FT232R", "0403:6001", "A1")
OTHER = Plugged(SERIAL, "/dev/serial/by-id/usb-WCH_B2-if00", "/dev/ttyUSB1", "WCH CH340", "1a86:7523")
WEBCAM = Plugged(VIDEO, "/dev/v4l/by-id/usb-Cam-video-index0", "/dev/video0", "HD Camera")
PLATE = Entry("force_plate left", "force_plates.left.port", BY_ID, "sri_m8128")


def judged(*named: Entry, situation: Situation | None = None, **at: Plugged) -> dict[str, Finding]:
    """Each entry's finding; `at` by the entries' places among `named`: a0, a1, …"""
    behind = {named[int(key[1:])].path: device for key, device in at.items()}
    plugged = tuple({device.node: device for device in (BOX, OTHER, WEBCAM, *at.values())}.values())
    reached = {one.address: Reached("answers") for one in named}
    return {one.name: one for one in fit(named, Seen(plugged, behind, reached), situation or Situation())}


def test_an_entry_finds_its_device() -> None:
    found = judged(PLATE, a0=BOX)["force_plate left"]
    assert found.ok and not found.remedy
    assert all(word in found.detail for word in (BY_ID, "FTDI FT232R", "free"))


def test_an_entry_without_a_device_says_what_is_plugged_in_instead() -> None:
    found = judged(PLATE)["force_plate left"]
    assert "not plugged in" in found.problem
    assert "force_plates.left.port" in found.remedy and OTHER.path in found.remedy
    assert WEBCAM.path not in found.remedy, "a camera is no force plate"


@pytest.mark.parametrize(
    ("change", "problem", "remedy"),
    [
        ({"allowed": False}, "permission denied", "usermod -aG dialout"),
        ({"holders": (Holder(7, "minicom"),)}, "in use by minicom (process 7)", "end that process"),
        ({"kind": "neither"}, "is no serial port", "correct force_plates.left.port"),
        ({"kind": VIDEO}, "is no serial port", "correct force_plates.left.port"),
    ],
)
def test_busy_denied_and_wrong_are_told_apart(change: dict[str, Any], problem: str, remedy: str) -> None:
    found = judged(PLATE, a0=replace(BOX, **change))["force_plate left"]
    assert not found.ok and problem in found.problem and remedy in found.remedy


def test_a_port_that_the_session_itself_uses_is_well() -> None:
    used = replace(BOX, holders=(Holder(7, "python3"),))
    found = judged(PLATE, a0=used, situation=Situation({7: "force_plates"}))["force_plate left"]
    assert found.ok and "used by force_plates" in found.detail
    both = replace(BOX, holders=(Holder(7, "python3"), Holder(8, "cat")))
    found = judged(PLATE, a0=both, situation=Situation({7: "force_plates"}))["force_plate left"]
    assert "in use by cat (process 8)" in found.problem and "process 7" not in found.problem


def test_two_names_of_one_device_are_noticed() -> None:
    right = Entry("force_plate right", "force_plates.right.port", "/dev/ttyUSB0", "sri_m8128")
    found = judged(PLATE, right, a0=BOX, a1=BOX)
    assert "is the device of force_plate right too" in found["force_plate left"].problem
    assert "is the device of force_plate left too" in found["force_plate right"].problem


def test_a_name_that_changes_with_the_order_of_plugging_is_pointed_out() -> None:
    found = judged(replace(PLATE, address="/dev/ttyUSB0"), a0=BOX)["force_plate left"]
    assert found.ok and found.remedy.startswith(f"write {BY_ID}")


def test_simulated_devices_wait_for_their_session() -> None:
    assert "while the session runs" in judged(PLATE, situation=Situation(simulated=True))["force_plate left"].detail
    running = Situation({1: "ground"}, simulated=True)
    assert not judged(PLATE, situation=running)["force_plate left"].ok, "then it must be there"


def test_a_camera_that_does_not_answer_and_one_that_does() -> None:
    camera = Entry("camera north", "cameras.north.address", "http://10.0.0.9/mjpg", "mjpeg_http")
    assert judged(camera)["camera north"].ok
    seen = Seen(reached={camera.address: Reached("", "http://10.0.0.9: timed out", "check its power")})
    (found,) = fit([camera], seen, Situation())
    assert (found.problem, found.remedy) == ("http://10.0.0.9: timed out", "check its power")


def test_what_nobody_names_is_offered() -> None:
    seen = Seen((BOX, OTHER, WEBCAM), {PLATE.path: BOX})
    assert unnamed([PLATE], seen) == (OTHER, WEBCAM)
    text = offers(unnamed([PLATE], seen), described=True)
    assert text.count("# named by no entry: ") == 2 and BY_ID not in text


def test_every_offered_block_is_one_that_a_ground_takes() -> None:
    kinds: dict[str, type[ForcePlate | ModbusEstop | Camera]]
    kinds = {"force_plates": ForcePlate, "estop": ModbusEstop, "cameras": Camera}
    found = []
    for device in (BOX, WEBCAM):
        for block in snippets(device):
            ((group, named),) = yaml.safe_load(block).items()
            ((name, tree),) = named.items()
            tree.pop("driver") if group == "estop" else None
            found.append((group, name))
            read = decode(tree, kinds[group])
            assert device.path in (getattr(read, "port", ""), getattr(read, "address", "").partition("?")[0])
    assert found == [("force_plates", "new_plate"), ("estop", "new_station"), ("cameras", "new_camera")]


def test_entries_of_a_ground_and_how_each_is_found() -> None:
    ground = {
        "estop": {"s": {"driver": "estop_link", "port": "/dev/a"}},
        "force_plates": {"p": {"driver": "ati_rdt", "port": "udp://10.0.0.7:49152"}},
        "cameras": {
            "usb": {"driver": "v4l2", "address": "/dev/v4l/by-id/x?size=640x480"},
            "film": {"driver": "video_file", "address": "lane.avi"},
            "net": {"driver": "rtsp", "address": "rtsp://10.0.0.8/s"},
        },
    }
    found = {entry.name: (entry.key, entry.kind, entry.path) for entry in entries(ground)}
    assert found == {
        "estop s": ("estop.s.port", "serial", "/dev/a"),
        "force_plate p": ("force_plates.p.port", "network", "udp://10.0.0.7:49152"),
        "camera usb": ("cameras.usb.address", "video", "/dev/v4l/by-id/x"),
        "camera film": ("cameras.film.address", "file", "lane.avi"),
        "camera net": ("cameras.net.address", "network", "rtsp://10.0.0.8/s"),
    }


def test_the_list_for_people() -> None:
    text = devices([BOX, replace(OTHER, holders=(Holder(7, "cat"),)), replace(WEBCAM, allowed=False)])
    lines = text.splitlines()
    assert lines[0].endswith("FTDI FT232R (0403:6001) no. A1  /dev/ttyUSB0, free")
    assert lines[1].endswith("/dev/ttyUSB1, in use by cat (process 7)")
    assert lines[2].endswith("/dev/video0, not open to this user")
    assert "nothing is plugged in" in devices([])
