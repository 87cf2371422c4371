"""What a SCADA host sees of a ground: the one table of devices and metrics to extend.

Units are SI and travel with the births. Slow figures and noise are thinned; what a person must see at once is not.
"""

from port_telemetry.core.sparkplug.edge_node import DeviceKind, MetricKind
from port_telemetry.core.sparkplug.payload import DataType

_BOOL, _COUNT, _TEXT, _NUMBER = DataType.BOOLEAN, DataType.UINT64, DataType.STRING, DataType.DOUBLE


def _force(axis: str) -> MetricKind:
    return MetricKind(f"Force/{axis}", _NUMBER, "N", deadband=1.0, period_s=0.1)


#: The node itself: the session, and how its telemetry fares.
OWN = (
    MetricKind("Session/Id", _TEXT),
    MetricKind("Session/State", _TEXT),
    MetricKind("Session/Reason", _TEXT),
    MetricKind("Session/Robot", _TEXT),
    MetricKind("Session/Team", _TEXT),
    MetricKind("Session/Trial", _TEXT),
    MetricKind("Session/Run", _COUNT),
    MetricKind("Telemetry/Connected", _BOOL),
    MetricKind("Telemetry/Waiting Records", _COUNT, period_s=1.0),
    MetricKind("Telemetry/Lost Records", _COUNT, period_s=1.0),
    MetricKind("Telemetry/Silence", _NUMBER, "s", deadband=0.5, period_s=1.0),
    MetricKind("Refused Commands", _COUNT, period_s=1.0),
)

#: The gate says what it does 20 times a second; half a second without a word is none any more.
GATE = DeviceKind(
    (
        MetricKind("State", _TEXT),
        MetricKind("Severity", _TEXT),
        MetricKind("Why", _TEXT),
        MetricKind("Remedy", _TEXT),
        MetricKind("Enable", _BOOL),
        MetricKind("Epoch", _COUNT),
        MetricKind("Event", _TEXT),
        MetricKind("Since", DataType.DATETIME),
        MetricKind("Requested Speed", _NUMBER, "m/s", deadband=0.01, period_s=0.2),
        MetricKind("Passed Speed", _NUMBER, "m/s", deadband=0.01, period_s=0.2),
        MetricKind("Worst Input", _TEXT, period_s=1.0),
        MetricKind("Worst Input Age", _NUMBER, "s", deadband=0.005, period_s=1.0),
        MetricKind("Tick Rate", _NUMBER, "Hz"),
        MetricKind("Tick Jitter p99", _NUMBER, "ms", deadband=0.05, period_s=1.0),
        MetricKind("Missed Deadlines", _COUNT, period_s=1.0),
    ),
    silent_s=0.5,
)
ROBOT = DeviceKind(
    (
        MetricKind("Speed", _NUMBER, "m/s", deadband=0.01, period_s=0.1),
        MetricKind("Position/X", _NUMBER, "m", deadband=0.01, period_s=0.2),
        MetricKind("Position/Y", _NUMBER, "m", deadband=0.01, period_s=0.2),
    ),
    silent_s=0.5,
)
ESTOP = DeviceKind(
    (
        MetricKind("Channel A Closed", _BOOL),
        MetricKind("Channel B Closed", _BOOL),
        MetricKind("Reset Pressed", _BOOL),
        MetricKind("Relay Closed", _BOOL),
    ),
    silent_s=0.5,
)
PLATE = DeviceKind(
    (
        _force("X"),
        _force("Y"),
        _force("Z"),
        MetricKind("Valid", _BOOL),
        MetricKind("Age", _NUMBER, "s", deadband=0.01, period_s=1.0),
        MetricKind("Rate", _NUMBER, "Hz", deadband=1.0, period_s=1.0),
        MetricKind("Lost Samples", _COUNT, period_s=1.0),
    ),
    silent_s=1.0,
)
#: Cameras are heard of in the diagnostics, once a second.
CAMERA = DeviceKind(
    (
        MetricKind("Health", _TEXT),
        MetricKind("Why", _TEXT),
        MetricKind("Remedy", _TEXT),
        MetricKind("Rate", _NUMBER, "Hz", deadband=0.5),
        MetricKind("Delay", _NUMBER, "ms", deadband=5.0),
    ),
    silent_s=3.5,
)
