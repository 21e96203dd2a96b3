"""What became of one record; skipping is an outcome, not an error."""

from enum import StrEnum


class Outcome(StrEnum):
    """Tells what a sync did with one record."""

    SENT = "sent"
    SKIPPED = "skipped"
    EXCLUDED = "excluded"
    FAILED = "failed"
    HANDED_OVER = "handed_over"
    WITHDRAWN = "withdrawn"
    MERGED = "merged"
    UNKNOWN = "unknown"
    RACED = "raced"
    RETRIED = "retried"
    PARKED = "parked"
    HELD = "held"
    FOLLOWED = "followed"


NOT_NOW = frozenset({Outcome.RETRIED, Outcome.PARKED, Outcome.HELD})
UNFINISHED = NOT_NOW | {Outcome.FAILED}
