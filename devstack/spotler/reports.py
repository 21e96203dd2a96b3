"""Who got a mailing and what they did with it, for mass mailings and for campaign mail."""

import dataclasses
from collections.abc import Sequence
from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import invalid
from devstack.spotler.contacts import unknown_contact
from devstack.spotler.mailings import known_mailing
from devstack.spotler.paging import page, window
from devstack.spotler.post import Interaction, Kind
from devstack.spotler.routing import PAGED, PERIOD, Call, Route
from devstack.spotler.shapes import contact_identifier, mailing_date


@dataclasses.dataclass(frozen=True, slots=True)
class _Report:
    name: str
    kind: Kind
    date: str


_RECIPIENTS = _Report("recipients", Kind.SENT, "sendDate")
_OPENS = _Report("opens", Kind.OPENED, "openDate")
_BOUNCES = _Report("bounces", Kind.BOUNCED, "bounceDate")
_CLICKS = _Report("clicks", Kind.CLICKED, "clickDate")


class Reports:
    """The reports of one family of mailings; both have the same calls and nearly one shape."""

    def __init__(self, account: Account, *, campaign: bool) -> None:
        self._account = account
        self._campaign = campaign

    def routes(self) -> list[Route]:
        """Return the operations."""
        resource = "campaign-mailing" if self._campaign else "mailing"
        person = "campaignSubscriptionId" if self._campaign else "externalId"
        query = (*PAGED, *PERIOD) if self._campaign else PAGED
        one = f"/{resource}/{{encryptedMailingId}}"

        return [
            *(
                self._route(f"{one}/{report.name}", report, query)
                for report in (_RECIPIENTS, _OPENS, _BOUNCES, _CLICKS)
            ),
            *(
                self._personal_route(f"{one}/{report.name}/{{{person}}}", report, query)
                for report in (_OPENS, _CLICKS)
            ),
        ]

    def _route(self, path: str, report: _Report, query: tuple[str, ...]) -> Route:
        def handler(call: Call) -> web.Response:
            return self._answer(call, report, self._happened(call, report), personal=False)

        return Route("GET", path, handler, f"{report.name.capitalize()} of a mailing", query)

    def _personal_route(self, path: str, report: _Report, query: tuple[str, ...]) -> Route:
        def handler(call: Call) -> web.Response:
            happened = self._happened(call, report)
            return self._answer(call, report, self._of_person(call, happened), personal=True)

        return Route("GET", path, handler, f"{report.name.capitalize()} of one contact", query)

    def _happened(self, call: Call, report: _Report) -> Sequence[Interaction]:
        mailing = known_mailing(self._account, call, campaign=self._campaign)
        happened = self._account.post.of_mailing(mailing, report.kind)

        return window(call, self._account.options).cut(happened, lambda one: one.when)

    def _of_person(self, call: Call, happened: Sequence[Interaction]) -> list[Interaction]:
        if self._campaign:
            wanted = call.path["campaignSubscriptionId"]
            if not self._account.campaigns.has_participation(wanted):
                raise invalid("Unknown campaign subscription")

            return [one for one in happened if str(one.participation) == wanted]

        contact = self._account.people.find(call.path["externalId"])
        if contact is None:
            raise unknown_contact(HTTPStatus.BAD_REQUEST)

        return [one for one in happened if one.contact is contact]

    def _answer(
        self, call: Call, report: _Report, happened: Sequence[Interaction], *, personal: bool
    ) -> web.Response:
        def shape(one: Interaction) -> dict[str, object]:
            return self._own(one, report) if personal else self._shared(one, report)

        return page(call).answer(
            call, self._account.options, happened, name=report.name, shape=shape
        )

    def _shared(self, one: Interaction, report: _Report) -> dict[str, object]:
        shown: dict[str, object] = {"contactIdentifier": contact_identifier(one.contact)}
        if self._campaign:
            shown["campaignSubscriptionId"] = one.participation
        elif report is _RECIPIENTS:
            return shown

        return shown | self._own(one, report)

    def _own(self, one: Interaction, report: _Report) -> dict[str, object]:
        shown: dict[str, object] = {report.date: mailing_date(self._account, one.when)}
        if report is _CLICKS:
            shown["linkId"] = one.link_id
        elif report is _BOUNCES:
            shown["type"] = bounce_type(one)

        return shown


def bounce_type(interaction: Interaction) -> str:
    """Return the kind of a bounce as contacts and mailings spell it."""
    return "HARDBOUNCE" if interaction.hard else "SOFTBOUNCE"
