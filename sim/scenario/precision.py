"""Whether a precision that is asked for can be judged at all. Works on plain data, so on bad files too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sim.scenario.names import section
from sim.scenario.source import KeyPath

PLACE: KeyPath = ("replications", "precision")


def unusable_precision(data: Mapping[str, Any]) -> Iterator[tuple[KeyPath, str]]:
    """Key path and message if `replications.precision` has nothing to be about."""
    asked = section(data, "replications").get("precision")
    arms = data.get("arms")
    if asked is not None and isinstance(arms, Mapping) and len(arms) == 1:
        yield PLACE, "needs a second arm, it is about differences between arms"
    if not isinstance(asked, int | float):
        return
    margins = [section(data, "compare", role).get("margin") for role in ("goal", "guardrail")]
    if margins == [None, None]:
        yield PLACE, "is a share of the margins, so compare.goal is needed; or write {metric: half-width}"
    if 0 in margins:
        yield PLACE, "is a share of the margins, and one of them is 0; write {metric: half-width}"
