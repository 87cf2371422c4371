"""The verdict over a session's evidence, and summary.json. Pure but for `write`.

A finding is ok, wrong, or neither: not known, or lost and recorded as lost. Only what is wrong makes the whole wrong.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from port_session.recorder import clock
from port_session.recorder.recorder import COMPLETE_TYPES
from port_session.report import admission, facility, identification, results, runs, trial_verdict
from port_session.report.accounts import Account, verdict
from port_session.report.evidence import Evidence, Stop
from port_session.report.finding import NOT_KNOWN, Finding
from port_session.report.stop_log import counted, plural
from port_session.report.trial_verdict import NOT_DECIDED, TrialVerdict
from port_session.trials.measure import Measured

_ENDED = ("COMPLETED", "ABORTED")
_AFTERWARDS = ("REVIEWED", "SEALED")


@dataclass(frozen=True)
class Summary:
    """The result: `document` is the content of summary.json. measured: what was measured, a line each, for people.

    trial: whether the robot passed; another thing than whether the evidence is in order.
    """

    ok: bool
    findings: tuple[Finding, ...]
    document: dict[str, Any]
    measured: tuple[str, ...] = ()
    trial: TrialVerdict = NOT_DECIDED


def judge(evidence: Evidence, found: Sequence[Measured] = ()) -> Summary:
    """Check the evidence, and what was measured. All is in order only if nothing is wrong."""
    findings = (
        _session(evidence), *runs.findings(evidence), *results.findings(found), _stops(evidence), _stop_log(evidence),
        _events(evidence), _recording(evidence), _devices(evidence), _facility(evidence), *facility.findings(evidence),
        _processes(evidence), *_clock(evidence), *_posture(evidence), *_files(evidence),
    )  # fmt: skip
    ok = all(finding.ok for finding in findings)
    verdict = trial_verdict.decide(findings)
    trial = {"decision": verdict.decision.value, "why": list(verdict.why)}
    document = {**_document(evidence, ok, findings), "indicators": results.document(found), "trial": trial}
    return Summary(ok, findings, document, trial=verdict)


def write(summary: Summary, path: Path) -> None:
    """Write summary.json."""
    text = json.dumps(summary.document, indent=2, ensure_ascii=False, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def _number(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _document(evidence: Evidence, ok: bool, findings: tuple[Finding, ...]) -> dict[str, Any]:
    return {
        "ok": ok,
        "findings": [{"name": one.name, "state": one.state, "text": one.text} for one in findings],
        "states": [change.name for change in evidence.gate_states],
        "stops": [_stop_document(stop) for stop in evidence.stops],
        "resets": [{"accepted": reset.accepted, "reason": reset.reason} for reset in evidence.resets],
        "devices": {one.name: _account(one) for one in evidence.devices},
        "mqtt": {"published": evidence.mqtt.get("published"), "received": evidence.mqtt.get("received")},
        "exit_codes": evidence.exit_codes,
        "orphans": evidence.orphans,
        "admission": admission.document(evidence),
        "report": identification.number(evidence),
        "runs": runs.document(evidence),
        **({} if evidence.ground_truth is None else {"ground_truth": evidence.ground_truth}),
    }


def _account(one: Account) -> dict[str, int | None]:
    figures = {key: value for key, value in asdict(one).items() if key != "name"}
    return {**figures, "unaccounted": one.unaccounted}


def _stop_document(stop: Stop) -> dict[str, Any]:
    causes = [
        {"rule": cause.rule, "value": _number(cause.value), "limit": _number(cause.limit), "unit": cause.unit}
        for cause in stop.causes
    ]
    return {
        "event_id": stop.event_id,
        "causes": causes,
        "latency_ms": _number(stop.latency_ms),
        "distance_m": _number(stop.distance_m),
        "travel_after_zero_m": _number(stop.travel_after_zero_m),
    }


def _session(evidence: Evidence) -> Finding:
    state = _ended_as(evidence)
    if state == "COMPLETED":
        outcome = evidence.session.get("outcome", {})
        unit = "rad" if "distance_to_goal_rad" in outcome else "m"
        ended = outcome.get(f"distance_to_goal_{unit}")
        nearest = outcome.get(f"nearest_to_goal_{unit}", ended)
        did, distance = ("ended", ended) if nearest == ended else ("stood", nearest)
        where = "" if distance is None else f"; the robot {did} {distance:.2f} {unit} from the goal"
        missed = outcome.get("reached") is False
        return Finding("Session", not missed, "completed" + where + (", outside of its tolerance" if missed else ""))
    last = next((step for step in reversed(evidence.steps) if step.after == state), None)
    why = f": {last.reason}" if last and last.reason else ""
    return Finding("Session", False, f"ended as {state.lower() or 'unknown, no session was recorded'}{why}")


def _ended_as(evidence: Evidence) -> str:
    """How the session ended; what people decided about it afterwards (reviewed, sealed) is another thing."""
    ends = [step.after for step in evidence.steps if step.accepted and step.after in _ENDED]
    state = evidence.session.get("state") or (evidence.steps[-1].after if evidence.steps else "")
    return ends[-1] if ends and state in _AFTERWARDS else str(state)


def _stops(evidence: Evidence) -> Finding:
    if not evidence.stops and not evidence.gate_states:
        return Finding("Stops", True, "nothing of the safety gate was recorded", NOT_KNOWN)
    if not evidence.stops:
        return Finding("Stops", True, "none")
    ended_s = next((evidence.seconds(step.stamp_ns) for step in evidence.steps if step.after in _ENDED), None)
    during = [stop for stop in evidence.stops if ended_s is None or evidence.seconds(stop.stamp_ns) < ended_s]
    without_cause = [stop.event_id for stop in during if not stop.causes]
    still_moving = [stop.event_id for stop in during if not stop.stands]
    text = f"{plural(len(evidence.stops), 'stop')}; each has its cause, and the robot was seen to stand"
    if without_cause:
        text = f"no cause is recorded for {', '.join(without_cause)}"
    if still_moving:
        text = f"no standstill is recorded after {', '.join(still_moving)}"
    return Finding("Stops", not (without_cause or still_moving), text)


def _stop_log(evidence: Evidence) -> Finding:
    """The gate's own log: whole, ended as the gate did, and without a stop less than was recorded."""
    log, name = evidence.stop_log, "Stop log"
    if log is None:
        text = f"the gate kept none, {plural(len(evidence.stops), 'stop')} recorded elsewhere"
        return Finding(name, not evidence.stops, text, "" if evidence.stops else NOT_KNOWN)
    if not log.verification.ok:
        return Finding(name, False, f"the chain is broken, {log.verification.problem}")
    told = log.account
    if missing := [stop.event_id for stop in evidence.stops if stop.event_id not in (*told.stops, *told.unfinished)]:
        return Finding(name, False, f"recorded elsewhere, but not in the log: {', '.join(missing)}")
    if told.not_kept:
        return Finding(name, False, f"{plural(told.not_kept, 'record')} never reached the disk")
    if not told.closed and evidence.exit_codes.get("gate") == 0:
        return Finding(name, False, f"{counted(log)}; the gate ended in order, but the end of its log is missing")
    end = "" if told.closed else "; without its end, the gate was killed"
    return Finding(name, True, f"{counted(log)}; the chain holds{end}")


def _events(evidence: Evidence) -> Finding:
    if not evidence.gate_states:
        return Finding("Safety record", False, "nothing of the safety gate was recorded")
    missing = evidence.missing_events
    return Finding("Safety record", not missing, f"{plural(missing, 'event')} missing" if missing else "without a gap")


def _recording(evidence: Evidence) -> Finding:
    torn = [f"{name} {problem}" for name, problem in evidence.recordings.items() if problem]
    lost = sum(stream.lost for stream in evidence.streams if stream.type_name in COMPLETE_TYPES)
    overtaken = sum(stream.lost for stream in evidence.streams) - lost
    recorded = sum(stream.recorded for stream in evidence.streams)
    if not evidence.recordings and not evidence.locked:
        return Finding("Recording", False, "there is no recording")
    locked = [f"{name} {why}" for name, why in evidence.locked.items()]
    if torn:
        return Finding("Recording", False, "; ".join([*torn, *locked]))
    text = f"{plural(recorded, 'message')} recorded, {lost} lost; of states {overtaken} overtaken"
    if locked:
        text = "; ".join([*locked, f"of what is open, {text}" if evidence.recordings else "nothing of it is known"])
    return Finding("Recording", not lost, text, NOT_KNOWN if locked else "")


def _devices(evidence: Evidence) -> Finding:
    return verdict(evidence.devices)


def _facility(evidence: Evidence) -> Finding:
    published, received = evidence.mqtt.get("published"), evidence.mqtt.get("received")
    if published is None or received is None:
        sent = "" if published is None else f" of {plural(published, 'message')}"
        return Finding("Facility", True, f"what reached the facility{sent} is not known here", NOT_KNOWN)
    text = f"{received} of {plural(published, 'message')} reached the facility"
    return Finding("Facility", published == received, text)


def _processes(evidence: Evidence) -> Finding:
    failed = [f"{name} with {code}" for name, code in sorted(evidence.exit_codes.items()) if code != 0]
    if evidence.orphans:
        return Finding("Processes", False, f"left behind: {evidence.orphans}")
    if failed:
        return Finding("Processes", False, f"ended wrongly: {', '.join(failed)}")
    if not evidence.exit_codes:
        return Finding("Processes", True, "how they ended was not recorded", NOT_KNOWN)
    return Finding("Processes", True, f"all {len(evidence.exit_codes)} ended with 0")


def _clock(evidence: Evidence) -> tuple[Finding, ...]:
    """Where the edge's clock was set while it recorded: stamps before and after do not belong together."""
    if not (steps := evidence.clock.steps()):
        return ()
    told = clock.told(steps, evidence.clock.time_ns(evidence.origin_ns))
    return (Finding("Clock", False, f"the edge's clock was set while it recorded, {told}; times here run on"),)


def _posture(evidence: Evidence) -> tuple[Finding, ...]:
    """Of a robot with legs, where the ground knows: that it did not fall."""
    if (truth := evidence.ground_truth) is None:
        return ()
    heights = ", ".join(f"{height:.2f} m" for height in truth.get("heights_at_cut_m", ()))
    cuts = f"; its body was at {heights} when its power went" if heights else "; its power was never taken"
    fell = truth.get("fell", True)
    return (Finding("Posture", not fell, ("the robot fell" if fell else "the robot did not fall") + cuts),)


def _files(evidence: Evidence) -> tuple[Finding, ...]:
    """What of the evidence cannot be read; recordings have a finding of their own."""
    return (Finding("Files", False, "; ".join(evidence.unreadable)),) if evidence.unreadable else ()
