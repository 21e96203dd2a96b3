"""The mailing resource: mass mailings of a period, their details and their totals."""

from http import HTTPStatus

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import ErrorType, Refusal, found
from devstack.spotler.paging import window
from devstack.spotler.post import Kind, Link, Mailing
from devstack.spotler.routing import PERIOD, UNPAGED, Call, Route
from devstack.spotler.shapes import mailing_date

_ADDRESS = "nieuws@example.nl"


class Mailings:
    """What a caller can learn about mass mailings as such."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        one = "/mailing/{encryptedMailingId}"

        return [
            Route(
                "GET",
                "/mailing",
                self.show_all,
                "Sent in a period",
                query=PERIOD,
                ignored=UNPAGED,
            ),
            Route("GET", one, self.show, "Details and links"),
            Route("GET", f"{one}/statistics", self.statistics, "Totals"),
            Route(
                "GET",
                "/campaign-mailing/{encryptedMailingId}",
                self.show_campaign,
                "Details, links",
            ),
        ]

    def show_all(self, call: Call) -> web.Response:
        """List the mass mailings of a period; there are no pages."""
        period = window(call, self._account.options, required=True)

        return found(
            [
                mailing_json(self._account, mailing)
                for mailing in self._account.post.all_mailings()
                if not mailing.campaign and period.has(mailing.start)
            ]
        )

    def show(self, call: Call) -> web.Response:
        """Show one mass mailing with its links."""
        mailing = known_mailing(self._account, call, campaign=False)
        details = mailing_json(self._account, mailing) | _contents(mailing)

        return found(details | {"sender": "Nieuws", "targetGroup": "Alle contacten"})

    def show_campaign(self, call: Call) -> web.Response:
        """Show one campaign mailing with its links."""
        mailing = known_mailing(self._account, call, campaign=True)

        return found(campaign_mailing_json(mailing) | _contents(mailing))

    def statistics(self, call: Call) -> web.Response:
        """Show the totals of one mass mailing."""
        mailing = known_mailing(self._account, call, campaign=False)
        post = self._account.post
        counts = {kind: len(post.of_mailing(mailing, kind)) for kind in Kind}
        hard = sum(one.hard for one in post.of_mailing(mailing, Kind.BOUNCED))

        return found(
            {
                "sentCount": counts[Kind.SENT],
                "acceptedCount": max(0, counts[Kind.SENT] - counts[Kind.BOUNCED]),
                "openCount": counts[Kind.OPENED],
                "openRenderedCount": counts[Kind.OPENED],
                "clickCount": counts[Kind.CLICKED],
                "hardbounceCount": hard,
                "softbounceCount": counts[Kind.BOUNCED] - hard,
                "notRetainedAfterBounceCount": hard,
                "conversionClickCount": 0,
                "unsubscribeCount": counts[Kind.UNSUBSCRIBED],
            }
        )


def known_mailing(account: Account, call: Call, *, campaign: bool) -> Mailing:
    """Return the mailing that a path names, if it is of the kind that the resource serves."""
    mailing = account.post.find(call.path["encryptedMailingId"])
    if mailing is None:
        raise Refusal(HTTPStatus.NOT_FOUND, ErrorType.MAILING_NOTFOUND, "Mailing not found")

    if mailing.campaign is not campaign:
        raise Refusal(HTTPStatus.BAD_REQUEST, ErrorType.INVALID_MAILING, "Wrong kind of mailing")

    return mailing


def mailing_json(account: Account, mailing: Mailing) -> dict[str, object]:
    """Return a mass mailing as lists and histories show it."""
    shown = campaign_mailing_json(mailing) | {
        "scheduledStartDate": mailing_date(account, mailing.start),
        "sentCount": len(account.post.of_mailing(mailing, Kind.SENT)),
    }
    if mailing.type == "EMAIL":
        shown["archiveLink"] = archive_link(mailing)

    return shown


def campaign_mailing_json(mailing: Mailing) -> dict[str, object]:
    """Return a campaign mailing as lists and histories show it."""
    return {"encryptedId": mailing.encrypted_id, "name": mailing.name, "type": mailing.type}


def archive_link(mailing: Mailing) -> str:
    """Return where a mailing can be read in a browser."""
    return f"https://archief.example.nl/{mailing.encrypted_id}"


def _contents(mailing: Mailing) -> dict[str, object]:
    message: dict[str, object] = {"name": mailing.name, "author": "Redactie", "fromName": "Nieuws"}
    if mailing.type == "EMAIL":
        message |= {"subject": mailing.subject, "fromEmail": _ADDRESS}

    return {"message": message, "links": [_link(link) for link in mailing.links]}


def _link(link: Link) -> dict[str, object]:
    shown: dict[str, object] = {"id": link.id, "name": link.name, "url": link.url}

    return shown if link.type is None else shown | {"type": link.type}
