"""Which types of rules there are, and how an envelope is made from blocks of parameters.

Types come from the entry points `port.rules`, so that a ground adds its own from its own package. A rule that cannot
judge this robot, or that needs an input which nobody watches, makes no envelope: it would be silent.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

from port_safety.model.installed import installed
from port_safety.rules.envelope import Envelope, LastRule, Rule, digest
from port_safety.rules.estop import EstopRule
from port_safety.rules.rule_type import RuleType, Site

GROUP = "port.rules"


class EnvelopeError(ValueError):
    """The description of a rule does not fit; the message names the rule and the key."""


@cache
def rule_types() -> Mapping[str, RuleType]:
    """Every type of rule by its name. Raises EnvelopeError for an entry that cannot be used."""
    try:
        return installed(GROUP, RuleType)
    except ValueError as error:
        raise EnvelopeError(str(error)) from error


def type_of(name: str, description: Any) -> RuleType:
    """The type that a block names; EnvelopeError for none, an unknown or an old one."""
    kind = description.get("type") if isinstance(description, Mapping) else None
    types = rule_types()
    if isinstance(kind, str) and kind in types:
        return types[kind]
    for new in types.values():
        if kind in new.old_names:
            raise EnvelopeError(f"{name}.type: {kind!r} is called {new.name!r} now; write that")
    raise EnvelopeError(f"{name}.type: {kind!r} is none of {', '.join(sorted(types))}")


def parameters_of(name: str, description: Mapping[str, Any]) -> Any:
    """The parameters of one block; EnvelopeError names the key that does not fit."""
    values = {key: value for key, value in description.items() if key != "type"}
    try:
        return msgspec.convert(values, type_of(name, description).parameters)
    except (msgspec.ValidationError, ValueError) as error:
        raise EnvelopeError(f"{name}: {_in_words(str(error), values)}") from error


def _in_words(error: str, values: Mapping[str, Any]) -> str:
    """`key: value: what was expected`, where msgspec says "Expected `float` > 0.0 - at `$.key`"."""
    expected, _, at = error.partition(" - at `$.")
    key = at.rstrip("`")
    value = values.get(key.partition("[")[0], "")
    return f"{key}: {value}: {expected[:1].lower()}{expected[1:]}" if key else error


def make_rule(name: str, description: Any, site: Site) -> Rule | LastRule:
    """One rule from its block; EnvelopeError names what does not fit."""
    rule_type = type_of(name, description)
    if refusal := rule_type.refusal(site):
        raise EnvelopeError(f"{name}: {refusal}")
    try:
        return rule_type.make(name, parameters_of(name, description), site)
    except EnvelopeError:
        raise
    except ValueError as error:
        raise EnvelopeError(f"{name}: {error}") from error


def make_envelope(names: Sequence[str], blocks: Mapping[str, Any], site: Site) -> Envelope:
    """The rules named, in order, behind `estop`, which cannot be left out. `input_timeout` must be among them."""
    if not any(type_of(name, blocks.get(name)).name == "input_timeout" for name in names):
        raise EnvelopeError("rules: none of type input_timeout: without it a lost sensor would go unnoticed")
    rules: dict[str, Rule] = {"estop": EstopRule(site.estops)}
    last_rules: dict[str, LastRule] = {}
    for name in names:
        if name in rules or name in last_rules:
            raise EnvelopeError(f"rules: {name!r} is named twice")
        rule = make_rule(name, blocks.get(name), site)
        if isinstance(rule, LastRule):
            last_rules[name] = rule
        else:
            rules[name] = rule
    watched, judged = _inputs(names, blocks, site)
    overridable = frozenset(name for name in names if type_of(name, blocks[name]).overridable)
    return Envelope(rules, digest(_described(names, blocks, site)), last_rules, overridable, watched, judged)


def _inputs(names: Sequence[str], blocks: Mapping[str, Any], site: Site) -> tuple[dict[str, float], frozenset[str]]:
    """Every input that a rule holds to a greatest age, with the least of them (s), and those whose values are judged.

    Raises EnvelopeError for a rule that needs an input which none of them watches.
    """
    watched: dict[str, float] = {}
    judged: set[str] = set()
    for name in names:
        rule_type = type_of(name, blocks[name])
        inputs = rule_type.watches(parameters_of(name, blocks[name]), site)
        for each, limit_s in inputs.items():
            watched[each] = min(limit_s, watched.get(each, limit_s))
        judged.update(inputs if rule_type.reads_values else ())
    for name in names:
        for each in type_of(name, blocks[name]).needs(site):
            if each not in watched:
                raise EnvelopeError(f"{name}: it looks at {each}, and no rule watches how old that is")
    return watched, frozenset(judged)


def _described(names: Sequence[str], blocks: Mapping[str, Any], site: Site) -> dict[str, Any]:
    """What the envelope's hash stands for."""
    return {
        "rules": list(names),
        "blocks": {name: blocks[name] for name in names},
        "site": msgspec.to_builtins(site),
    }
