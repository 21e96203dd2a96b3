"""The campaign resource: list campaigns, fire a trigger, stop a participation."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import ErrorType, Refusal, done, found, invalid, wrong_state
from devstack.spotler.bodies import Body, members, objects, text
from devstack.spotler.campaign_store import Campaign
from devstack.spotler.contacts import unknown_contact
from devstack.spotler.people import Contact
from devstack.spotler.post import Kind
from devstack.spotler.routing import UNPAGED, Call, Route

_FIELD_TYPES = (None, "STRING", "PRODUCTLIST", "URL")


class CampaignCalls:
    """What a caller can do with campaigns."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        one = "/campaign/{encryptedCampaignId}"

        return [
            Route(
                "GET",
                "/campaign/list",
                self.show_all,
                "Campaigns with external triggers",
                ignored=UNPAGED,
            ),
            Route(
                "POST",
                "/campaign/trigger/{encryptedTriggerId}",
                self.trigger,
                "Fire a trigger for a contact",
                takes_body=True,
            ),
            Route("POST", f"{one}/stop", self.stop, "Stop for a contact", takes_body=True),
            Route(
                "GET", f"{one}/mailing", self.mailings, "Mailings of a campaign", ignored=UNPAGED
            ),
        ]

    def show_all(self, _: Call) -> web.Response:
        """List all campaigns; who has no external trigger has no `triggers`."""
        return found([_shape(campaign) for campaign in self._account.campaigns.all()])

    def trigger(self, call: Call) -> web.Response:
        """Start the campaign for a contact, which sends its mail at once."""
        campaign = self._account.campaigns.with_trigger(call.path["encryptedTriggerId"])
        if campaign is None:
            raise Refusal(HTTPStatus.NOT_FOUND, ErrorType.TRIGGER_NOTFOUND, "Trigger not found")

        body = members(call.body, "externalContactId", "campaignFields", of="a campaign trigger")
        _check_fields(body)
        contact = self._contact(body)
        _check_start(campaign, contact)

        participation = self._account.campaigns.start(campaign, contact)
        for encrypted_id in campaign.mailings:
            mailing = self._account.post.find(encrypted_id)
            if mailing is not None:
                self._account.post.record(
                    Kind.SENT, mailing, contact, participation=participation.id
                )

        self._account.changes.notify()

        return done()

    def stop(self, call: Call) -> web.Response:
        """End the running participation of a contact."""
        campaign = self._known(call)
        contact = self._contact(members(call.body, "externalContactId", of="a campaign stop"))
        participations = campaign.of(contact)
        if not participations:
            raise wrong_state("Contact was never triggered in this campaign")

        running = [one for one in participations if one.running]
        if not running:
            raise wrong_state("Contact has already finished this campaign")

        for participation in running:
            participation.running = False

        self._account.changes.notify()

        return done()

    def mailings(self, call: Call) -> web.Response:
        """List the mailings that a campaign sends."""
        mailings = (self._account.post.find(one) for one in self._known(call).mailings)

        return found(
            [
                {"encryptedId": one.encrypted_id, "name": one.name, "type": one.type}
                for one in mailings
                if one is not None
            ]
        )

    def _known(self, call: Call) -> Campaign:
        campaign = self._account.campaigns.find(call.path["encryptedCampaignId"])
        if campaign is None:
            raise Refusal(HTTPStatus.NOT_FOUND, ErrorType.CAMPAIGN_NOTFOUND, "Campaign not found")

        return campaign

    def _contact(self, body: Body) -> Contact:
        contact = self._account.people.find(text(body, "externalContactId"))
        if contact is None:
            raise unknown_contact(HTTPStatus.BAD_REQUEST)

        return contact


def _check_start(campaign: Campaign, contact: Contact) -> None:
    if not campaign.active:
        raise wrong_state("Campaign is not active")

    if not campaign.mailings:
        raise wrong_state("Campaign has no message")

    if contact.key in campaign.excluded:
        raise wrong_state("Contact is not in the selection of the campaign")

    if not campaign.unlimited and campaign.of(contact):
        raise wrong_state("Contact is already in the campaign")


def _check_fields(body: Body) -> None:
    for raw in objects(body, "campaignFields"):
        field = members(raw, "name", "type", "value", "values", of="a campaign field")
        text(field, "name")
        if field.get("type") not in _FIELD_TYPES:
            raise invalid("Unknown type of campaign field")

        if field.get("type") == "PRODUCTLIST" and objects(field, "values"):
            raise Refusal(HTTPStatus.BAD_REQUEST, ErrorType.PRODUCT_NOTFOUND, "Product not found")


def _shape(campaign: Campaign) -> dict[str, object]:
    shown: dict[str, object] = {
        "encryptedId": campaign.encrypted_id,
        "name": campaign.name,
        "active": campaign.active,
    }
    if campaign.triggers:
        shown["triggers"] = [
            {"encryptedId": trigger.encrypted_id, "name": trigger.name}
            for trigger in campaign.triggers
        ]

    return shown
