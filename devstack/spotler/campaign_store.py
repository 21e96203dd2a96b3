"""The campaigns and automations of an account, and who takes part in them."""

import dataclasses
from collections.abc import Iterable

from devstack.spotler.people import Contact


@dataclasses.dataclass(frozen=True, slots=True)
class Trigger:
    """An external trigger: what another system fires to start a campaign."""

    encrypted_id: str
    name: str


@dataclasses.dataclass(slots=True)
class Participation:
    """One contact that runs through one campaign."""

    id: int
    contact: Contact
    running: bool = True


@dataclasses.dataclass(slots=True)
class Campaign:
    """A campaign; `unlimited` lets a contact take part more than once."""

    encrypted_id: str
    name: str
    active: bool = True
    unlimited: bool = True
    triggers: list[Trigger] = dataclasses.field(default_factory=list)
    mailings: list[str] = dataclasses.field(default_factory=list)
    excluded: set[str] = dataclasses.field(default_factory=set)
    participations: dict[str, list[Participation]] = dataclasses.field(default_factory=dict)

    def of(self, contact: Contact) -> list[Participation]:
        """Return the participations of one contact, oldest first."""
        return self.participations.get(contact.encrypted_id, [])


class Campaigns:
    """All campaigns, found by their own key or by that of a trigger."""

    def __init__(self, campaigns: Iterable[Campaign]) -> None:
        self._campaigns = {campaign.encrypted_id: campaign for campaign in campaigns}
        self._participations = 0

    def all(self) -> list[Campaign]:
        """Return every campaign."""
        return list(self._campaigns.values())

    def find(self, encrypted_id: str) -> Campaign | None:
        """Return the campaign of a key."""
        return self._campaigns.get(encrypted_id)

    def with_trigger(self, encrypted_id: str) -> Campaign | None:
        """Return the campaign that an external trigger starts."""
        for campaign in self._campaigns.values():
            if any(trigger.encrypted_id == encrypted_id for trigger in campaign.triggers):
                return campaign

        return None

    def put(self, campaign: Campaign) -> None:
        """Add a campaign, or replace the one of that key."""
        self._campaigns[campaign.encrypted_id] = campaign

    def has_participation(self, number: str) -> bool:
        """Say whether a participation of that number was ever begun."""
        return number.isascii() and number.isdigit() and 1 <= int(number) <= self._participations

    def start(self, campaign: Campaign, contact: Contact) -> Participation:
        """Let a contact take part."""
        self._participations += 1
        participation = Participation(self._participations, contact)
        campaign.participations.setdefault(contact.encrypted_id, []).append(participation)

        return participation


@dataclasses.dataclass(slots=True)
class Automation:
    """One automation behind a trigger code; `limit` is how often a contact may take part."""

    id: str
    active: bool = True
    limit: int | None = None
    runs: dict[str, int] = dataclasses.field(default_factory=dict)

    def start(self, contact: Contact) -> str:
        """Try to start for a contact and return the vendor's word for what came of it."""
        if not self.active:
            return "AUTOMATION_INACTIVE"

        done = self.runs.get(contact.encrypted_id, 0)
        if self.limit is not None and done >= self.limit:
            return "PARTICIPATION_LIMIT_REACHED"

        self.runs[contact.encrypted_id] = done + 1

        return "OK"


class Automations:
    """The automations by the trigger code that starts them."""

    def __init__(self, by_code: dict[str, list[Automation]]) -> None:
        self._by_code = by_code

    def find(self, code: str) -> list[Automation] | None:
        """Return what a trigger code starts."""
        return self._by_code.get(code.lower())
