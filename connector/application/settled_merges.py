"""What became of the merges of a batch."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

from connector.domain.contact import RecordKey
from connector.domain.errors import PermanentError
from connector.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True)
class SettledMerges:
    """What became of merges.

    `written` are states with their etags, `lost` are races, `refused` are Spotler's refusals,
    `unknown` are rows of which Spotler has nothing, and `waiting` names for a merged row the one
    that must be sent before: its master, or who shares its place.
    """

    written: dict[RecordKey, SyncState] = field(default_factory=dict)
    lost: list[RecordKey] = field(default_factory=list)
    refused: dict[RecordKey, PermanentError] = field(default_factory=dict)
    unknown: list[RecordKey] = field(default_factory=list)
    waiting: dict[RecordKey, RecordKey] = field(default_factory=dict)

    def without(self, keys: Collection[RecordKey]) -> "SettledMerges":
        """Return what became of the others: these come back already, whatever they met."""
        return replace(
            self,
            lost=[one for one in self.lost if one not in keys],
            refused={key: one for key, one in self.refused.items() if key not in keys},
            unknown=[one for one in self.unknown if one not in keys],
            waiting={key: one for key, one in self.waiting.items() if key not in keys},
        )
