"""A lens as the YAML that ROS's camera_info_manager reads and writes (sensor_msgs/CameraInfo on disk)."""

from port_ros.yaml_file import yaml_text
from port_sensors.core.camera_model import Array
from port_sensors.core.intrinsics import Intrinsics


def to_yaml(name: str, lens: Intrinsics) -> str:
    """The file's text; `name` is the camera's."""
    k = lens.matrix
    tree = {
        "image_width": lens.width_px,
        "image_height": lens.height_px,
        "camera_name": name,
        "camera_matrix": _matrix(k),
        "distortion_model": lens.distortion_model,
        "distortion_coefficients": _matrix(lens.distortion.reshape(1, -1)),
        "rectification_matrix": {"rows": 3, "cols": 3, "data": [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]},
        "projection_matrix": {"rows": 3, "cols": 4, "data": [n for row in k.tolist() for n in (*row, 0.0)]},
    }
    return yaml_text(tree, flow=None)


def _matrix(values: Array) -> dict[str, object]:
    rows, columns = values.shape
    return {"rows": rows, "cols": columns, "data": [float(value) for value in values.ravel()]}
