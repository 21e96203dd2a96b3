"""The feeds of interactions over all mailings, and the trend reports that divide them."""

from aiohttp import web

from devstack.spotler.account import Account
from devstack.spotler.answers import invalid
from devstack.spotler.mailings import archive_link
from devstack.spotler.paging import page, window
from devstack.spotler.post import Interaction, Kind, TrendReport
from devstack.spotler.routing import PAGED, PERIOD, Call, Route
from devstack.spotler.shapes import mailing_date

_CHANGED = ("fromChangeDate", "toChangeDate")
_FEEDS = (Kind.SENT, Kind.OPENED, Kind.CLICKED, Kind.BOUNCED)
_FOLDER = "00000000-0000-4000-8000-000000000001"


class Interactions:
    """What happened with all mailings, by kind."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def routes(self) -> list[Route]:
        """Return the operations."""
        return [
            *(self._route(kind) for kind in _FEEDS),
            Route(
                "GET",
                "/trend-report",
                self.trend_reports,
                "Trend reports",
                query=(*PAGED, "enabled"),
            ),
        ]

    def trend_reports(self, call: Call) -> web.Response:
        """List the trend reports, all or by visibility."""
        wanted = call.query.get("enabled", "")
        if wanted not in ("", "true", "false"):
            raise invalid("Invalid enabled")

        reports = [
            report
            for report in self._account.trend_reports
            if not wanted or report.enabled is (wanted == "true")
        ]

        return page(call).answer(
            call, self._account.options, reports, name="trendReports", shape=self._trend_report
        )

    def _route(self, kind: Kind) -> Route:
        def handler(call: Call) -> web.Response:
            return self._feed(call, kind)

        return Route(
            "GET",
            f"/mailing-interaction/{kind}",
            handler,
            f"Feed of {kind}",
            query=(*PERIOD, *_CHANGED, "trendReportIds", *PAGED),
        )

    def _feed(self, call: Call, kind: Kind) -> web.Response:
        options = self._account.options
        reports = _trend_report_ids(call)
        changed = window(call, options, names=_CHANGED)
        happened = window(call, options).cut(self._account.post.feed(kind), lambda one: one.when)
        wanted = [
            one
            for one in happened
            if changed.has(one.changed)
            and (options.campaign_mail_in_feeds or not one.mailing.campaign)
            and (reports is None or one.mailing.trend_report_id in reports)
        ]

        return page(call).answer(call, options, wanted, name="interactions", shape=self._shape)

    def _shape(self, one: Interaction) -> dict[str, object]:
        shown: dict[str, object] = {
            "id": one.id,
            "encryptedMailingId": one.mailing.encrypted_id,
            "date": mailing_date(self._account, one.when),
            "changeDate": mailing_date(self._account, one.changed),
        }
        if one.contact.external_id is not None:
            shown["externalContactId"] = one.contact.external_id

        if one.mailing.trend_report_id is not None:
            shown["trendReportId"] = one.mailing.trend_report_id

        # Contacts and mailings say HARDBOUNCE; this feed alone says HARD.
        if one.kind is Kind.BOUNCED:
            shown["bounceType"] = "HARD" if one.hard else "SOFT"

        if one.kind is Kind.SENT:
            shown["name"] = one.mailing.name
            shown["subject"] = one.mailing.subject
            shown["onlineVersionLink"] = archive_link(one.mailing)

        return shown

    def _trend_report(self, report: TrendReport) -> dict[str, object]:
        mailings = self._account.post.all_mailings()

        return {
            "id": report.id,
            "name": report.name,
            "enabled": report.enabled,
            "target": report.target,
            "createDate": mailing_date(self._account, report.created),
            "folderId": _FOLDER,
            "contentType": report.content_type,
            "mailingCount": sum(one.trend_report_id == report.id for one in mailings),
            "author": "Redactie",
        }


def _trend_report_ids(call: Call) -> set[int] | None:
    text = call.query.get("trendReportIds", "")
    if not text:
        return None

    parts = text.split(",")
    if not all(part.isascii() and part.isdigit() for part in parts):
        raise invalid("Invalid trendReportIds")

    return {int(part) for part in parts}
