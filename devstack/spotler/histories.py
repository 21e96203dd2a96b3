"""What one contact was sent, fifty to a page whatever the caller wants."""

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.contacts import known_contact
from devstack.spotler.mailings import campaign_mailing_json, mailing_json
from devstack.spotler.paging import HISTORY_SIZE, page
from devstack.spotler.post import Interaction, Kind
from devstack.spotler.reports import bounce_type
from devstack.spotler.routing import Call, Route
from devstack.spotler.shapes import mailing_date


class Histories:
    """The mailings and the campaign mailings of one contact."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        one = "/contact/{externalId}"

        return [
            Route("GET", f"{one}/mailings", self.mailings, "Mailings received", query=("after",)),
            Route(
                "GET",
                f"{one}/campaign-mailings",
                self.campaign_mailings,
                "Campaign mailings received",
                query=("after",),
            ),
        ]

    def mailings(self, call: Call) -> web.Response:
        """List the mass mailings that a contact was sent."""
        return self._answer(call, "mailingHistories", campaign=False)

    def campaign_mailings(self, call: Call) -> web.Response:
        """List the campaign mailings that a contact was sent."""
        return self._answer(call, "campaignMailingHistories", campaign=True)

    def _answer(self, call: Call, name: str, *, campaign: bool) -> web.Response:
        contact = known_contact(self._account, call)
        sent = [
            one
            for one in self._account.post.of_contact(contact, Kind.SENT)
            if one.mailing.campaign is campaign
        ]

        return page(call, fixed_size=HISTORY_SIZE).answer(
            call, self._account.options, sent, name=name, shape=self._shape
        )

    def _shape(self, sent: Interaction) -> dict[str, object]:
        shown: dict[str, object] = {
            "sentDate": mailing_date(self._account, sent.when),
            "opened": bool(self._followed(sent, Kind.OPENED)),
            "clicked": bool(self._followed(sent, Kind.CLICKED)),
        }
        for bounce in self._followed(sent, Kind.BOUNCED):
            shown["bounce"] = bounce_type(bounce)

        if sent.mailing.campaign:
            shown["campaignMailing"] = campaign_mailing_json(sent.mailing)
            shown["campaignSubscriptionId"] = sent.participation
        else:
            shown["mailing"] = mailing_json(self._account, sent.mailing)

        return shown

    def _followed(self, sent: Interaction, kind: Kind) -> list[Interaction]:
        return [
            one
            for one in self._account.post.of_contact(sent.contact, kind)
            if one.mailing is sent.mailing and one.participation == sent.participation
        ]
