"""Who left Spotler refuses everything, and so does whoever they are merged into."""

from collections.abc import Mapping

import pytest

from connector.domain.contact import OPTED_OUT, ExternalId
from connector.domain.errors import ContactRejectedError
from connector.domain.outcome import Outcome
from connector.domain.sync_state import SyncState, SyncStatus, rejected
from tests.builders import a_change, a_contact_key, a_person
from tests.unit.application.syncing_world import World
from tests.unit.application.test_settle_merges import MASTER, Breaking, marketing, merge, world

__all__ = ["marketing", "world"]

LEFT = a_contact_key(3)
NOTHING = {1: False, 2: False}


class Leaving(Breaking):
    """Refuses to show who left it."""

    async def find_permissions(self, external_id: ExternalId) -> Mapping[int, bool] | None:
        if external_id == ExternalId(LEFT.id):
            raise ContactRejectedError("spotler must show the contact", code=OPTED_OUT)

        return await super().find_permissions(external_id)


@pytest.fixture
def left(world: World) -> World:
    """Return a world in which one contact was refused as somebody who left Spotler."""
    world.crm.put(a_person(LEFT, email="weg@example.nl"))
    state = SyncState(LEFT, status=SyncStatus.EXCLUDED, reason=rejected(OPTED_OUT))
    world.records.write(state)
    merge(world, LEFT)

    return world


async def test_noted_opt_out_is_a_no(left: World) -> None:
    """
    Spotler does not know the contact that it refused; our own state tells of it.
    """
    assert await left.sync(a_change(LEFT)) == [Outcome.MERGED]
    assert left.marketing.permissions[ExternalId(MASTER.id)] == NOTHING


async def test_told_opt_out_is_a_no(left: World) -> None:
    """
    Spotler refuses to show who left it: that tells all that there is to know.
    """
    held, left.marketing = left.marketing, Leaving()
    left.marketing.people, left.marketing.permissions = held.people, held.permissions

    await left.sync(a_change(LEFT))

    assert left.marketing.permissions[ExternalId(MASTER.id)] == NOTHING
