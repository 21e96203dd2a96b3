"""Mail that was sent, and what came of it, for the tests of its reports."""

from devstack.tests.spotler.client import Caller

JANUARY = {"fromDate": "2001-01-01T00:00:00Z", "toDate": "2001-02-01T00:00:00Z"}


async def happens(spotler: Caller, kind: str, mailing: str, contact: str, **more: object) -> None:
    answer = await spotler.control(
        "POST",
        "/interactions",
        {
            "kind": kind,
            "mailing": mailing,
            "contact": contact,
            "date": "2001-01-10T12:00:00+01:00",
            **more,
        },
    )
    assert answer.status == 201, answer.text
