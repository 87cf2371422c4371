"""The figures that the documents promise: times, speeds, ways and counts of the gate, in one table.

They are held against what the gate does in the other tests; here, against being changed by accident.
"""

from port_safety.commands import joint_trajectory
from port_safety.commands import joint_velocity as joint_velocities
from port_safety.commands import twist as motion
from port_safety.gate import active_limits as limits
from port_safety.gate import hold_to_run as hold
from port_safety.gate import observations, recovery, requests, stop
from port_safety.gate import rule_override as overrides
from port_safety.model import braking_model as barrier
from port_safety.model import history, standstill, track
from port_safety.model import readings as reading
from port_safety.model import stop_profiles as humanoid
from port_safety.model import stop_profiles as quadruped
from port_safety.monitoring import people_tracking as lookouts
from port_safety.monitoring import publisher_watch as publishers
from port_safety.monitoring import system_clock
from port_safety.rules import acceleration, bypass, separation, speed
from port_safety.rules import stop_start as stop_profile

S = 10**9

FIGURES = {
    "every cause must be gone for half a second before a reset": (stop.HEALTHY_FOR_NS, S // 2),
    "a stop that may end by itself does so after a second": (stop.CLEAR_AFTER_NS, S),
    "a stop keeps as many causes as its message has room for": (stop.MAX_CAUSES, 16),
    "a stack that is silent for half a second asks for nothing": (requests.SILENT_NS, S // 2),
    "a hand that is not felt for a fifth of a second is gone": (hold.ALIVE_NS, S // 5),
    "a rule is overridden for a minute at a stretch": (overrides.STRETCH_NS, 60 * S),
    "a rule is overridden for ten minutes in all": (overrides.TOTAL_NS, 600 * S),
    "a limit has ended when it is not seen for a fifth of a second": (limits.HOLD_NS, S // 5),
    "a robot stands when it was still for a fifth of a second": (standstill.STILL_FOR_NS, S // 5),
    "odometry older than 0.3 s measures nothing": (standstill.FRESH_NS, 3 * S // 10),
    "slower than 2 cm/s is still": (standstill.STILL_MPS, 0.02),
    "slower than 0.05 rad/s is still": (standstill.STILL_RADPS, 0.05),
    "body and gantry are known for half a second": (observations.FRESH_NS, S // 2),
    "a robot complies when it brakes half as hard as it can": (stop_profile.COMPLIANCE_SHARE, 0.5),
    "a robot that obeys may be 0.2 m/s faster than its ramp": (stop_profile.COMPLIANCE_MPS, 0.2),
    "a robot is granted 0.15 s beyond its own latency": (stop_profile.COMPLIANCE_GRACE_S, 0.15),
    "the last way to a line is closed in fifths of a second": (barrier.SETTLE_S, 0.2),
    "a stamp may run 0.1 s ahead": (reading.FUTURE_TOLERANCE_NS, S // 10),
    "a quaternion is of length one within two in a hundred": (reading.UNIT_OFF, 0.02),
    "32 readings of each input are kept": (history.KEPT, 32),
    "who is seen in the first two seconds may have been there before": (publishers.BEGAN_NS, 2 * S),
    "no dead publisher is known for longer than half a minute": (publishers.LEASE_NS, 30 * S),
    "somebody who was seen stays for a quarter of a second": (lookouts.HELD_NS, S // 4),
    "somebody who is lost may be there for a second": (lookouts.LOST_NS, S),
    "nobody on the ground goes faster than 2 m/s": (lookouts.WALK_MPS, 2.0),
    "two lookouts differ by 0.3 m at most": (lookouts.OFF_M, 0.3),
    "sixteen lookouts at most": (lookouts.MAX_SOURCES, 16),
    "a track goes back twelve seconds": (track.KEPT_NS, 12 * S),
    "places of a track are 8 ms apart": (track.APART_NS, 8 * S // 1000),
    "a clock was set back when a stamp is 0.2 s behind": (track.SET_BACK_NS, S // 5),
    "an edge is left behind 5 cm from it": (recovery.FREE_M, 0.05),
    "a robot that slips 10 cm further in is stopped": (recovery.SLIP_M, 0.1),
    "a request below 5 cm/s asks for no motion": (motion.NEAR_ZERO_MPS, 0.05),
    "a request below 0.1 rad/s asks for no motion": (motion.NEAR_ZERO_RADPS, 0.1),
    "a step makes up for 0.1 s at most": (acceleration.STEP_S, 0.1),
    "a controller overshoots a tenth": (speed.OVERSPEED_SHARE, 0.1),
    "a controller overshoots 0.1 m/s": (speed.OVERSPEED_MPS, 0.1),
    "a robot is held 0.2 m before an occupied zone": (speed.HOLD_M, 0.2),
    "four strange publishers are named": (bypass.NAMES, 4),
    "somebody 0.5 m from an occupied zone occupies it": (separation.EXPLAINS_M, 0.5),
    "somebody who was lost within 1 m of the robot may hide beside it": (separation.LOST_NEAR_M, 1.0),
    "no joint has a figure beyond a million": (reading.GREATEST, 1e6),
    "a trajectory has a thousand points at most": (joint_trajectory.MAX_POINTS, 1000),
    "a joint that turns less than 0.02 rad asks for no motion": (joint_trajectory.NEAR_ZERO_RAD, 0.02),
    "a joint slower than 0.02 rad/s asks for no motion": (joint_trajectory.NEAR_ZERO_RADPS, 0.02),
    "so does one that is told its velocity": (joint_velocities.NEAR_ZERO_RADPS, 0.02),
    "a trajectory begins within 0.1 rad of the robot": (joint_trajectory.START_RAD, 0.1),
    "a pace changes in steps of a twentieth": (joint_trajectory.PACE_STEP, 0.05),
    "a ramp has eight points": (joint_trajectory.RAMP_POINTS, 8),
    "a robot is held with a point 0.1 s ahead": (joint_trajectory.HOLD_S, 0.1),
    "a robot has moved when a joint has turned by 0.02 rad": (joint_trajectory.MOVED_RAD, 0.02),
    "a clock that was set is told for two seconds": (system_clock.SEEN_FOR_NS, 2 * S),
    "a quadruped lies within four seconds": (quadruped.LONGEST_S, 4.0),
    "joints that turned soft get half of their time": (humanoid.DAMP_SHARE, 0.5),
}


def test_every_figure_is_what_the_documents_say() -> None:
    assert {promise: has for promise, (has, promised) in FIGURES.items() if has != promised} == {}
