"""Guessing what a mistyped name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_LISTED = 20
"""Longer lists of allowed names are left out of messages."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'size'?` for the known name that `word` is near to or begins, or nothing."""
    names = {name.casefold(): name for name in known}
    asked = word.casefold()
    near = get_close_matches(asked, names, 1) or [name for name in names if len(asked) > 2 and name.startswith(asked)]
    return f"; did you mean '{names[near[0]]}'?" if near else ""


def choices(word: str, known: Iterable[str]) -> str:
    """How to end a message about an unknown name: `a, b or c; did you mean 'a'?`, or `none` if there are none."""
    names = list(dict.fromkeys(known))
    if len(names) > MOST_LISTED:
        names[MOST_LISTED:] = ["..."]
    return (", ".join(names) or "none") + did_you_mean(word, known)
