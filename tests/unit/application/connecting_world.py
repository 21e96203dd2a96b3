"""The office in which an administrator connects."""

import pytest

from connector.application.connect import Wanted
from connector.domain.connection import StoredConnection
from connector.domain.connection_check import Check, Checked, CheckName, ChecksFailedError
from tests.connections import ADMIN, KEY, SECRET, FakeLicensing, FakeOffice
from tests.fakes import FakeCrm, FakeMarketing
from tests.licences import a_licence

CODE = "a.licence.code"
EVERYTHING = Wanted(KEY, SECRET, CODE)


class World:
    """Is an office in which nobody connected yet, and a licence that may be entered."""

    def __init__(self) -> None:
        self.crm = FakeCrm()
        self.marketing = FakeMarketing()
        self.licensing = FakeLicensing()
        self.licensing.put(None)
        self.licensing.offer(CODE, a_licence())
        self.office = FakeOffice(self.crm, self.marketing, self.licensing)
        self.connecting = self.office.connecting

    async def save(self, wanted: Wanted = EVERYTHING) -> StoredConnection:
        return await self.connecting.save(wanted, saved_by=ADMIN)

    async def refuse(self, wanted: Wanted) -> dict[CheckName, Check]:
        """Save what must be refused; return the checks."""
        with pytest.raises(ChecksFailedError, match="every check must succeed") as caught:
            await self.save(wanted)

        return by_name(caught.value.checked)


def by_name(checked: Checked) -> dict[CheckName, Check]:
    return {check.name: check for check in checked.checks}
