"""Whether a robot's stack asks as the gate needs it. Pure."""

from port_session.admission.finding import Finding
from port_session.admission.heard import Heard
from port_session.admission.profile import RobotProfile

#: More than next to nothing: m/s of the fastest point, rad/s.
_MOTION_MPS, _MOTION_RADPS = 0.02, 0.05
#: How many looks at a closed gate in a row make "again and again".
_AGAIN = 5


def request_claims(rate_hz: float, heard: Heard, profile: RobotProfile) -> list[Finding]:
    """What is wrong, the first thing alone. A stack that asks for nothing at all may do so while the robot stands."""
    topic = profile.command_in
    if heard.request_faults:
        remedy = "send no request while a number is not known: the gate stops the robot for one that is none"
        return [Finding(topic, False, f"asks for what cannot be done: {heard.request_faults[0]}", remedy)]
    enough_hz = 1.0 / profile.command_s
    if profile.repeated and 0.0 < rate_hz < enough_hz:
        problem = f"{rate_hz:.1f} Hz: the gate takes motion away {profile.command_s:g} s after the last request"
        remedy = "publish requests by a timer, 10 Hz or more, zeros among them, as long as the stack runs"
        return [Finding(topic, False, problem, remedy)]
    return _restless(topic, heard)


def _restless(topic: str, heard: Heard) -> list[Finding]:
    """A gate that is closed opens for nobody who asks for motion already."""
    looks = [each for each in heard.gate if not each.open]
    asked = [each for each in looks if each.asked_mps > _MOTION_MPS or abs(each.asked[2]) > _MOTION_RADPS]
    if len(looks) < _AGAIN or len(asked) < len(looks):
        return []
    most = max(asked, key=lambda each: each.asked_mps)
    what = f"{most.asked_mps:.2f} m/s" if most.asked_mps > _MOTION_MPS else f"{most.asked[2]:.2f} rad/s"
    problem = f"asks for {what} all the time, though the robot may not move: no reset and no arming lets that through"
    return [
        Finding(topic, False, problem, "have the stack ask for rest (zero) until safety/state says RUN, then ramp up")
    ]
