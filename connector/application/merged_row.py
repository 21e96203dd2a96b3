"""A row that was merged into another one, and where its word stands in Spotler."""

from dataclasses import dataclass

from connector.application.ports import MarketingGateway
from connector.domain.contact import ExternalId, Record, RecordKey
from connector.domain.errors import PermanentError
from connector.domain.mapping import EMAIL
from connector.domain.mapping_plan import MappingPlan, was_sent_at
from connector.domain.match import normal_address
from connector.domain.permission import Permissions, keep_strictest
from connector.domain.sync_state import SyncState


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Merge:
    """A merged row by the state that notes it, and the id by which Spotler may know it.

    One that `let_go` of its id was that person: it stands for somebody else now. One that
    `opted_out` was refused by Spotler as somebody who left it.
    """

    master: RecordKey
    state: SyncState
    id: ExternalId
    let_go: bool
    is_memory_lost: bool
    opted_out: bool


async def find_word_elsewhere(
    merge: Merge, row: Record | None, *, marketing: MarketingGateway, plan: MappingPlan
) -> Permissions | None:
    """Return what the place at the address of a row allows, whose own id Spotler does not know.

    Where an account recognises people by address, rows of one address have one place, under the id
    of whichever was sent last. A row that was sent with another address has no word there.
    """
    address = find_address(row, plan)
    if not marketing.merges_by_address or address is None:
        return None
    if was_sent_at(merge.state, address) is False:
        return None

    try:
        found = await marketing.find_by_address(address)
    except PermanentError:
        # Who was never sent has hardly a word there.
        if merge.is_memory_lost:
            return None
        raise

    alike = [one for one in found if normal_address(one.value(EMAIL.what)) == address]
    ids = [one.external_id for one in alike if one.external_id]
    said = [await marketing.find_permissions(id_) for id_ in ids]

    return keep_strictest([one for one in said if one is not None])


def find_address(row: Record | None, plan: MappingPlan) -> str | None:
    """Return the address of a row, in the spelling in which addresses are compared."""
    columns = plan.address_columns(row.key.table) if row else ()
    addresses = [normal_address(row.value(one)) for one in columns] if row else []

    return next(filter(None, addresses), None)
