"""The page's sections about data: where the robot went, what the plates say, what was counted, which files.

It words figures; it must not work out any.
"""

from port_session.report import facility, plots
from port_session.report.accounts import Account
from port_session.report.evidence import Evidence
from port_session.report.force import Jumps
from port_session.report.jump import COVERAGE
from port_session.report.markup import UNKNOWN, Markup, element, fingerprint, join, picture, section, table
from port_session.report.stop_log import counted

_FLOOR_CAPTION = (
    "The robot's path on the plan of the ground, in the surveyed frame. Squares: where it was when the gate decided to "
    "stop it, numbered as above."
)
_SPEED_CAPTION = (
    "Speed over time: what was asked for, what the gate let through, what was measured, and the lowest speed limit in "
    "force. Dashed lines are the stops."
)


def motion(evidence: Evidence) -> Markup:
    floor = picture(plots.floor(evidence), _FLOOR_CAPTION)
    speed = picture(plots.speed(evidence), _SPEED_CAPTION)
    return section("Where the robot went", floor, speed) if floor or speed else Markup("")


def plates(evidence: Evidence, jumps: Jumps | None) -> Markup:
    if not evidence.plates:
        return Markup("")
    overview = picture(plots.forces(evidence), "Vertical force on each plate over the whole session, every peak kept. "
                       "Breaks in a line are missing samples.")  # fmt: skip
    parts: list[object] = [overview]
    parts += [element("p", f"{plate.name}: {remark}.") for plate in evidence.plates for remark in plate.remarks]
    if jumps and jumps.jumps:
        parts += [element("h3", "Jump height"), _jump_table(jumps), element("p", _JUMP_METHOD, css="quiet")]
        parts.append(picture(plots.jump(jumps, 0), _JUMP_CAPTION))
    if jumps:
        parts += [element("p", f"Not measured: {reason}.") for reason in jumps.refused]
    return section("Force plates", *parts)


_JUMP_CAPTION = (
    "The first jump: the last rest before it, the shaded impulse up to take-off, time in the air "
    "from take-off to landing."
)
_JUMP_METHOD = (
    "By impulse: the force above weight, integrated up to take-off, gives the take-off velocity v and v²/2g; weight "
    "and the velocity at the start come from all rests before and after the jump. By flight time t: g t²/8; a landing "
    "with bent legs makes it larger. ± is the expanded uncertainty, k = 2 (about 95 %): how still the rests were, "
    "noise, what a plate reads differently in another posture (0.2 %), and how high the body lands (3 cm, standard). "
    "Linthorne, Am. J. Phys. 69 (2001) 1198."
)


def _expanded_cm(height_m: float, u_m: float) -> str:
    return f"{height_m * 100:.1f} ± {COVERAGE * u_m * 100:.1f}"


def _jump_table(jumps: Jumps) -> Markup:
    rows = [
        (number, f"{jumps.time_s[0] + one.takeoff_s:.2f}", f"{one.mass_kg:.1f}", f"{one.takeoff_mps:.2f}",
         f"{one.landing_s - one.takeoff_s:.3f}", _expanded_cm(one.height_impulse_m, one.u_impulse_m),
         _expanded_cm(one.height_flight_m, one.u_flight_m) + (" – contradict" if one.contradicts else ""))
        for number, one in enumerate(jumps.jumps, 1)
    ]  # fmt: skip
    headings = ("No.", "Take-off, s", "Mass, kg", "Take-off velocity, m/s", "In the air, s", "Height by impulse, cm",
                "Height by flight time, cm")  # fmt: skip
    return table(headings, rows, numbers=range(7))


_UNHEARD = "Not listened to: sent before the reader began or after it ended, and what was on its way then."


def shown(value: int | None) -> object:
    return UNKNOWN if value is None else f"{value:,}".replace(",", "\u202f")


def _unaccounted(one: Account) -> object:
    gap = one.unaccounted
    return f"{-gap} too many" if gap is not None and gap < 0 else shown(gap)


def accounting(evidence: Evidence) -> Markup:
    devices = [
        (one.name, shown(one.sent), shown(one.received), shown(one.reported_lost), shown(one.unheard),
         shown(one.rejected), _unaccounted(one))
        for one in evidence.devices
    ]  # fmt: skip
    published, received = evidence.mqtt.get("published"), evidence.mqtt.get("received")
    headings = ("Device", "Sent", "Received", "Reported lost", "Not listened to", "Bytes rejected", "Unaccounted")
    streams = [(_topic(one.topic), shown(one.recorded), shown(one.lost)) for one in evidence.streams]
    return section(
        "Accounting",
        table(headings, devices, numbers=range(1, 7)) if devices else "",
        element("p", _UNHEARD, css="quiet") if devices else "",
        element("p", f"Facility over MQTT: {shown(published)} sent, {shown(received)} received.")
        if published is not None
        else "",
        _at_facility(evidence),
        element("h3", "Recorded streams"),
        table(("Topic", "Messages", "Lost"), streams, numbers=(1, 2)) if streams else element("p", "None."),
    )


def _at_facility(evidence: Evidence) -> Markup:
    rows = facility.rows(evidence)
    headings = ("Plate", "Samples sent", "At the facility", "Lost on the wire", "Recorded as lost", "Lost in silence")
    return table(headings, rows, numbers=(1, 2, 3, 5)) if rows else Markup("")


def _topic(name: str) -> Markup:
    return element("span", name, css="mono")


def processes(evidence: Evidence) -> Markup:
    if not evidence.exit_codes:
        return Markup("")
    wrong = {name: code for name, code in evidence.exit_codes.items() if code}
    right = ", ".join(name for name, code in sorted(evidence.exit_codes.items()) if not code)
    rows = [(name, code) for name, code in sorted(wrong.items())]
    return section(
        "Processes",
        element("p", f"Ended with 0: {right}.") if right else "",
        table(("Ended otherwise", "Exit code"), rows, numbers=(1,)) if rows else "",
        element("p", f"Left behind: {evidence.orphans}."),
    )


def data_files(evidence: Evidence) -> Markup:
    rows = [(one.name, f"{one.size_bytes:,}".replace(",", "\u202f"), fingerprint(one.sha256)) for one in evidence.files]
    words = "This report was made from these files alone. SHA-256 tells whether a copy is the same file."
    files = table(("File", "Bytes", "SHA-256"), rows, numbers=(1,))
    return section("Evidence", element("p", words), files, _stop_log(evidence))


def _stop_log(evidence: Evidence) -> Markup:
    log = evidence.stop_log
    if log is None:
        return element("p", "The gate kept no stop log.")
    whole = "each follows from the one before" if log.verification.ok else f"broken, {log.verification.problem}"
    return element("p", f"Stop log: {counted(log)}; {whole}. Hash of the last line ", fingerprint(log.head), ".")


def notes() -> Markup:
    signatures = [element("div", who) for who in ("Test operator", "Safety officer", "For the team")]
    words = (
        "The gate supervises above the hard-wired safety chain; this report claims no certified safety function. "
        "Stamps are the edge's system clock. Figures of stops are the gate's own measurements."
    )
    return join([element("div", *signatures, css="signatures"), element("footer", words)])
