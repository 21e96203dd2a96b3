"""An administrator changes the mappings: all that is asked for, or nothing."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from connector.application.live_catalogue import live_catalogue
from connector.application.mapping_keeping import ATTEMPTS, MappingKeeping
from connector.domain.errors import MappingError, TransientError
from connector.domain.mapping import Mapping
from connector.domain.mapping_check import MappingCheck
from connector.domain.mapping_errors import (
    FaultCode,
    FaultyField,
    InvalidMappingsError,
    MappingFault,
    MappingsChangedError,
)
from connector.domain.mapping_set import (
    Difference,
    MappingSet,
    Wish,
    compare,
    to_changes,
    with_defaults,
)
from connector.domain.step_filter import FilterReport

logger = logging.getLogger(__name__)

_CHANGED = "the mappings were changed meanwhile: read them again"


@dataclass(frozen=True, slots=True)
class SavedMappings:
    """Is the set as it is now, what changed by it, and what became of the filters."""

    saved: MappingSet
    difference: Difference
    filters: FilterReport


async def save_mappings(
    wishes: Sequence[Wish], *, version: str, keeping: MappingKeeping, saved_by: str
) -> SavedMappings:
    """Store these mappings as all there are; raises with every fault when they cannot work.

    The mappings are safe before the filters of the webhook follow: those are a saving only.
    """
    before = await keeping.sets.read()
    if before.version != version:
        raise MappingsChangedError(_CHANGED)

    wanted = await _checked(wishes, before, keeping)
    saved = await keeping.sets.replace(to_changes(wanted), version=version)
    if saved is None:
        raise MappingsChangedError(_CHANGED)

    return await _finish(before, saved, keeping, saved_by)


async def restore_mappings(*, keeping: MappingKeeping, saved_by: str) -> SavedMappings:
    """Bring back what was deleted, and what must be there as it was; all else stays as it is."""
    for _ in range(ATTEMPTS):
        before = await keeping.sets.read()
        changes = with_defaults(before.changes)
        saved = await keeping.sets.replace(changes, version=before.version)
        if saved is not None:
            return await _finish(before, saved, keeping, saved_by)

    raise TransientError("the mappings must not be changed by many at once: try again")


async def _finish(
    before: MappingSet, saved: MappingSet, keeping: MappingKeeping, saved_by: str
) -> SavedMappings:
    difference = compare(before.effective, saved.effective)
    logger.info("%s mappings changed", len(difference.changed), extra={"user": saved_by})

    return SavedMappings(saved, difference, await keeping.follow(saved))


async def _checked(
    wishes: Sequence[Wish], before: MappingSet, keeping: MappingKeeping
) -> Sequence[Mapping]:
    wanted, unknown = _to_mappings(wishes)
    catalogue = await live_catalogue(keeping.marketing)
    check = MappingCheck(catalogue, await keeping.live_columns(), before.effective)
    faults = (*unknown, *check.run(wanted))
    if faults:
        raise InvalidMappingsError(faults)

    return wanted


def _to_mappings(wishes: Sequence[Wish]) -> tuple[Sequence[Mapping], Sequence[MappingFault]]:
    wanted: list[Mapping] = []
    faults: list[MappingFault] = []
    for wish in wishes:
        try:
            wanted.append(wish.to_mapping())
        except MappingError as exc:
            fault = (wish.target, FaultyField.TARGET, FaultCode.UNKNOWN_TARGET, str(exc))
            faults.append(MappingFault(*fault))

    return wanted, faults
