"""Several scenarios as plain text for a terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace

from sim.comparison import Check
from sim.measures import MEASURES
from sim.studies.across import Across
from sim.studies.across_words import LUCK, RULES, headline
from sim.summary import WIDTH, problems, spread, table


def across_text(found: Across) -> str:
    """The headline, arms against scenarios in the goal, and regret. No line break at the end."""
    told = [textwrap.fill(headline(found), WIDTH, subsequent_indent="  ", break_on_hyphens=False), _goals(found)]
    told += [_regret(found), _out(found), problems(_health(found))]
    return "\n\n".join(filter(None, told))


def _goals(found: Across) -> str:
    """A row for each arm, a column for each scenario: the difference in the goal, and the verdict on the arm."""
    measure = MEASURES[found.claims[0].metric]
    suffix = measure.suffix(found.first.currency)
    rows = [["", *found.labels, ""]]
    for arm in found.arms:
        cells = []
        for label in found.labels:
            verdict = "failed" if label in found.failed.get(arm, ()) else found.verdicts[arm, label].arm or ""
            cells.append(f"{_goal(found, arm, label)} {verdict}".rstrip())
        rows.append([arm, *cells, ""])
    rest = f", those marked {LUCK} of luck alone" if any(LUCK in cell for row in rows for cell in row) else ""
    over = f" (intervals over the range of assumptions{rest})" if found.redrawn else ""
    what = f"{measure.label},{suffix}: {found.baseline} by itself, the others less {found.baseline}{over}"
    return f"{textwrap.fill(what, WIDTH, subsequent_indent='  ', break_on_hyphens=False)}\n\n{table(rows)}"


def _goal(found: Across, arm: str, label: str) -> str:
    """The baseline's own goal, or the difference of another arm; a dash if its interval is unknown."""
    metric, apart = found.claims[0].metric, found.deciding(arm, label, found.claims[0])
    if apart is None and arm != found.baseline:
        return "-"
    own = found.comparison(label).arm(arm).metrics[metric]
    mean, width = (apart.mean, (apart.high - apart.low) / 2) if apart else (own.mean, own.half_width)
    shown = "-" if mean is None else MEASURES[metric].amount(mean, width, sign=apart is not None)
    marked = f" {LUCK}" if found.by_luck_alone(arm, label, found.claims[0]) else ""
    return f"{shown}{spread(metric, width)}{marked}"


def _regret(found: Across) -> str:
    """Largest and mean regret of each arm, and the rules by which it wins."""
    if found.regret is None:
        return ""
    measure, regret = MEASURES[found.claims[0].metric], found.regret
    rows = [["regret, by the means", "largest", "mean", ""]]
    for arm, most, mean in zip(regret.arms, regret.maximum, regret.mean, strict=True):
        wins = ", ".join(words for rule, words in RULES.items() if getattr(regret, rule) == arm)
        rows.append([arm, *(measure.amount(float(value), None) for value in (most, mean)), wins])
    return table(rows)


def _out(found: Across) -> str:
    """Arms that cannot be chosen."""
    return "\n".join(f"{arm} is out: it {why}" for arm, why in found.out.items())


def _health(found: Across) -> Iterator[Check]:
    """The checks that did not pass, each once: in which scenarios, and what it says."""
    where: dict[Check, list[str]] = {}
    for label, comparison in zip(found.labels, found.comparisons, strict=True):
        for check in comparison.health:
            where.setdefault(check, []).append(label)
    for check, labels in where.items():
        yield replace(check, name=f"{check.name} in {', '.join(labels)}")
