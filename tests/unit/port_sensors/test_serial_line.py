"""What can be no device's serial port is refused by its key, before anything is opened."""

import pytest

from port_sensors.core.serial_line import check_serial
from port_sensors.drivers.estop_controller import ControllerSettings
from port_sensors.settings.force_plates import PlateParameters
from tests.sim_ground import CORNERS

OTHERS = ["/dev/tty", "/dev/null", "/dev/stdin", "udp://10.0.0.9:49152"]


@pytest.mark.parametrize("port", OTHERS)
def test_a_path_that_is_nobodys_port_is_refused(port: str) -> None:
    with pytest.raises(ValueError, match=r"^port: .*/dev/serial/by-id") as refused:
        check_serial(port, "sri_m8128")
    assert port in str(refused.value)


@pytest.mark.parametrize("port", OTHERS)
def test_every_driver_on_a_serial_line_asks(port: str) -> None:
    with pytest.raises(ValueError, match=r"^port: "):
        ControllerSettings(port, 115200, 3, 0.4)
    with pytest.raises(ValueError, match=r"^port: "):
        PlateParameters("sri_m8128", port, 921600, 1000.0, 5000.0, CORNERS["left"])


def test_a_port_of_a_device_is_taken() -> None:
    for port in ("/dev/ttyUSB0", "/dev/serial/by-id/usb-FTDI_A1", "/run/port/demo/dev/left_plate"):
        check_serial(port, "sri_m8128")
