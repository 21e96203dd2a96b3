"""The local stack makes Dataverse tell of everything that a customer's environment tells of."""

import pytest

from tests.integration.conftest import Local

pytestmark = [pytest.mark.integration, pytest.mark.asyncio(loop_scope="module")]

ASKED = "$select=sdkmessageprocessingstepid&$expand=sdkmessageid($select=name),sdkmessagefilterid"
FILTERED = "($select=primaryobjecttypecode)"


async def test_stack_hears_of_everything(local: Local) -> None:
    """
    Restored and merged people are told of, and new names of companies, users and teams.
    """
    user = f"{local.stack.facts('dataverse')['url']}/_devstack/user"
    found = await local.stack.control("GET", f"{user}/sdkmessageprocessingsteps?{ASKED}{FILTERED}")

    steps = {
        (one["sdkmessageid"]["name"], one["sdkmessagefilterid"]["primaryobjecttypecode"])
        for one in found["value"]
    }
    people = {
        (message, table)
        for message in ("Create", "Update", "Delete", "Restore", "Merge")
        for table in ("contact", "lead")
    }
    assert steps == people | {("Update", table) for table in ("account", "systemuser", "team")}
