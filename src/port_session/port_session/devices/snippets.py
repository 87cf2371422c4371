"""Blocks of a ground's file for a device that no entry names yet, ready to be pasted and filled in."""

from port_sensors.transport.plugged import VIDEO, Plugged

_PLATE = """\
force_plates:
  new_plate:
    driver: sri_m8128             # docs/force_plates.md lists the others
    port: {path}
    baud: 921600
    rate_hz: 1000.0
    full_scale_n: 5000.0
    # measured in the ground's frame, C3D's order: the plate's quadrant +x +y, -x +y, -x -y, +x -y
    corners_m: [[0.3, 0.2, 0.0], [-0.3, 0.2, 0.0], [-0.3, -0.2, 0.0], [0.3, -0.2, 0.0]]
"""

_ESTOP = """\
estop:
  new_station:
    driver: waveshare_8ch         # or estop_link: docs/estop_link.md
    port: {path}
    baud: 115200
    unit_id: 1
    inputs: {{channel_a: 0, channel_b: 1, reset: 2, relay: 3}}
    watchdog_output: 0
    watchdog_s: 0.5
    poll_hz: 200.0
"""

_CAMERA = """\
cameras:
  new_camera:
    driver: v4l2
    address: {path}?size=1280x720
    calibration: cameras/new_camera.yaml          # port calibrate intrinsics
    pose: [0.0, 0.0, 3.0, 3.141592653589793, 0.0, 0.0]   # port calibrate extrinsics
    rate_hz: 30.0
"""


def snippets(device: Plugged) -> tuple[str, ...]:
    """What the device may be, one block each: the name and the measured numbers are to be filled in."""
    blocks = (_CAMERA,) if device.kind == VIDEO else (_PLATE, _ESTOP)
    return tuple(block.format(path=device.path) for block in blocks)
