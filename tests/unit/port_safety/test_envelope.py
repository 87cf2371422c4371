"""The envelope on its own: which rules it asks, what it tells the last ones, how it is named."""

import hashlib
import math
from collections.abc import Sequence

import pytest

from port_safety.commands.twist import ZERO, Motion
from port_safety.model.verdict import Severity, Verdict
from port_safety.rules.context import RuleContext
from port_safety.rules.envelope import Boundary, Envelope, LastRule, digest
from port_safety.rules.registry import make_envelope
from port_safety.rules.rule_type import Site
from tests.gate_bench import BLOCKS, ROBOT
from tests.unit.port_safety.rule_bench import NOW

VIEW = RuleContext(0, {}, ZERO, None, False)


def limit(source: str, scale: float = 1.0, scale_angular: float = 1.0) -> Verdict:
    return Verdict(Severity.LIMIT, "says", source, "why", scale=scale, scale_angular=scale_angular)


class Says:
    """A rule with one thing to say."""

    def __init__(self, source: str) -> None:
        self.source = source

    def judge(self, view: RuleContext) -> Sequence[Verdict]:
        return [limit(self.source)]


def test_every_rule_is_asked_in_order_unless_overridden() -> None:
    """Every rule is asked in order but those that are held off."""
    envelope = Envelope({"one": Says("a"), "two": Says("b"), "three": Says("c")}, "hash")
    assert [each.source for each in envelope.judge(VIEW)] == ["a", "b", "c"]
    assert [each.source for each in envelope.judge(VIEW, {"two": 1})] == ["a", "c"]


class Last:
    """Repeats which shares it was told."""

    def judge_last(self, view: RuleContext, share: float, share_angular: float) -> Sequence[Verdict]:
        return [limit("last", share, share_angular)]


def test_the_last_rules_are_told_the_least_share_left() -> None:
    """The last rules are told the least share that the others leave."""
    envelope = Envelope({}, "hash", {"one": Last(), "two": Last()})
    for said, shares in (
        ([], (1.0, 1.0)),
        ([limit("a", 0.5), limit("b", 1.0, 0.25)], (0.5, 0.25)),
        ([limit("a", 0.0, 0.75)], (0.0, 0.75)),
    ):
        told = envelope.judge_last(VIEW, said)
        assert [(each.scale, each.scale_angular) for each in told] == [shares, shares]
    assert isinstance(Last(), LastRule) and not isinstance(Says("a"), LastRule)


class Edge(Says):
    """A rule about the edge of a zone."""

    @property
    def key(self) -> tuple[str, str]:
        return "edge", self.source

    def clearance_m(self, point: tuple[float, float]) -> float:
        return 0.0


def test_edges_are_found_by_the_key_of_their_verdicts() -> None:
    edge = Edge("zone a")
    assert Envelope({"one": Says("a"), "two": edge}, "hash").boundaries == {("edge", "zone a"): edge}
    assert isinstance(edge, Boundary) and not isinstance(Says("a"), Boundary)


def test_an_envelope_is_named_by_the_hash_of_its_blocks() -> None:
    """An envelope is named by the hash of its canonical description."""
    text = '{"a":["ü",1.5],"b":{"c":1,"d":2}}'
    assert digest({"b": {"d": 2, "c": 1}, "a": ("ü", 1.5)}) == hashlib.sha256(text.encode()).hexdigest()
    with pytest.raises(ValueError, match="not JSON compliant"):
        digest({"a": math.nan})


def test_a_missing_input_is_told_once() -> None:
    """A zone that cannot judge stops by itself; beside `input_timeout`, which names the input, it adds nothing."""
    nowhere = RuleContext(NOW, {}, Motion(1.0), NOW, False)
    site = Site(ROBOT, (), ())
    blocks = {name: BLOCKS[name] for name in ("input_timeout", "lane", "desk")}
    told = make_envelope(list(blocks), blocks, site).judge(nowhere)
    assert {verdict.source for verdict in told} == {"odometry", "ground_pose"}
    alone = make_envelope(list(blocks), blocks, site).judge(nowhere, overridden=("input_timeout",))
    assert {verdict.source for verdict in alone} == {"zone lane", "zone desk"}
