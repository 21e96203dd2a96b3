"""Whether Dataverse knows us, and is the environment that the settings mean."""

from connector.adapters.dataverse.client import DataverseClient
from connector.adapters.dataverse.guid import find_guid
from connector.domain.connection import OtherOrganisationError
from connector.domain.contact import OrganisationId
from connector.domain.errors import TransientError


class DataverseIdentity:
    """The check that Dataverse knows us, in the organisation of the settings."""

    def __init__(self, client: DataverseClient, organisation: OrganisationId) -> None:
        """Take the client of the environment, and whose it must be."""
        self._client = client
        self._organisation = find_guid(organisation)

    async def check(self) -> None:
        """Raise when the CRM does not know us, or is another's.

        https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/whoami
        """
        answer = await self._client.get("WhoAmI")
        found = find_guid(answer.get("OrganizationId"))
        if found is None:
            raise TransientError("the CRM must say which organisation it is")
        if found != self._organisation:
            raise OtherOrganisationError
