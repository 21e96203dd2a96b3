"""Who speaks in the events."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Name the organisation as its events do."""

    id: str = "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
    host: str = "voorbeeld.crm4.dynamics.com"
    business_unit_id: str = "b3d64f10-5a0b-ef11-9f89-6045bd9a1c22"
    """The unit of users whose row does not name theirs."""

    @property
    def unique_name(self) -> str:
        """Return the name that an online organisation has from its id."""
        return f"unq{self.id.replace('-', '')[:29]}"
