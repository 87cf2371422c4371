"""What is said about a plate that sends at another rate than it was told."""

from dataclasses import replace

import pytest

from port_ros.diagnostics import Health
from port_sensors.core.plate import Plate
from port_sensors.core.surface import Surface
from port_sensors.drivers.wrench_sensor import WrenchSensor
from port_sensors.ros.plate_health import PlateHealth
from tests.sim_ground import CORNERS
from tests.virtual_time import VirtualTime
from tests.wires import WIRES


@pytest.mark.parametrize(("sends_hz", "said"), [(500, "sends 500 Hz, not 1000 Hz"), (1000, "1000 Hz")])
def test_another_rate_than_told_is_named(monkeypatch: pytest.MonkeyPatch, sends_hz: int, said: str) -> None:
    clock, wire = VirtualTime(monkeypatch), replace(WIRES[0], rate_hz=1000.0)
    driver = WrenchSensor("left", "line", 921600, wire.protocol())
    driver.link = replace(driver.link, up=True)
    plate = Plate(1000.0, 5000.0, 20, Surface.of(CORNERS["left"]))
    health = PlateHealth("left", "line", 1000.0, driver, plate)

    def look(second: int) -> Health:
        clock.sleep(1.0)
        driver.last_data_s = clock.now_s
        return health.look(second * sends_hz, 0)

    words = [look(second) for second in range(1, 9)]
    assert not words[4].message.startswith("sends")
    assert words[-1].message == said
    assert (words[-1].remedy != "") == (sends_hz != 1000)
