"""Rows as Dataverse gives them, and the ids of the people in them."""

import httpx

from connector.domain.contact import Column, RecordId

SANNE = RecordId("2d9f6b1a-6c1d-f111-8341-6045bd9c4e03")
LEAD = RecordId("e07b5c2f-0f1c-f111-8341-6045bd9c4e03")
COLUMNS = (
    Column("firstname"),
    Column("gendercode"),
    Column("birthdate"),
    Column("ownerid", is_lookup=True),
    Column("donotemail"),
)


def a_row(id_: str = SANNE, **columns: object) -> dict[str, object]:
    return {"contactid": id_, "versionnumber": 7, "modifiedon": "2026-03-12T13:02:05Z", **columns}


def a_lead(id_: str, contact: str) -> dict[str, object]:
    return {"@odata.etag": 'W/"1"', "leadid": id_, "_parentcontactid_value": contact}


def selected(request: httpx.Request) -> list[str]:
    return request.url.params["$select"].split(",")
