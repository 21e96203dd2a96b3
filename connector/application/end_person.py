"""End one Spotler contact in the way that an administrator chose."""

from connector.application.ports import MarketingGateway
from connector.domain.contact import ExternalId
from connector.domain.decision import OnDelete


async def end_person(
    external_id: ExternalId, policy: OnDelete, *, marketing: MarketingGateway
) -> None:
    """Withdraw, anonymise or keep a contact; Spotler not knowing it is fine."""
    if policy is OnDelete.WITHDRAW:
        await marketing.withdraw_permissions(external_id)
    elif policy is OnDelete.ANONYMISE:
        await marketing.anonymise(external_id)
