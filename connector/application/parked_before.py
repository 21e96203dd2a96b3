"""What was parked of the records of a batch before their rows were read: a success settles it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from connector.application.ports import ParkingStore
from connector.domain.batch import Work
from connector.domain.contact import RecordKey
from connector.domain.parking import ParkedEvent
from connector.domain.sync_state import SyncState, SyncStatus


@dataclass(slots=True)
class ParkedBefore:
    """Looks into the parking for each record once; who changes nothing has none to look into.

    What is parked later than that may tell of something newer than the row, and stays.
    """

    parking: ParkingStore | None
    found: dict[RecordKey, ParkedEvent] = field(default_factory=dict)
    asked: set[RecordKey] = field(default_factory=set)

    async def look(
        self,
        keys: Iterable[RecordKey],
        work: Mapping[RecordKey, Work],
        states: Mapping[RecordKey, SyncState],
    ) -> None:
        """Note what is parked of those of whom anything may be."""
        waiting = {key for key in keys if may_be_parked(work.get(key), states.get(key))}
        unasked = sorted(waiting - self.asked)
        if self.parking is not None and unasked:
            self.asked.update(unasked)
            self.found.update(await self.parking.list_of(unasked))


def may_be_parked(work: Work | None, state: SyncState | None) -> bool:
    """Tell whether a record was failing, or was tried before and nobody noted how it ended."""
    is_forced = work is not None and work.forced

    return is_forced or (state is not None and state.status is SyncStatus.FAILING)
