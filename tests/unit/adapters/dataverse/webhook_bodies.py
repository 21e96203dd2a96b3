"""What Dataverse posts when a person changed, and what it is read as."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.adapters.dataverse.webhook import parse_webhook
from connector.domain.contact import OrganisationId
from connector.domain.event import Notification

type Body = dict[str, Any]

PAYLOADS = Path("tests/payloads/dataverse")
NO_GUID = "00000000-0000-0000-0000-000000000000"
SANNE = "2d9f6b1a-6c1d-f111-8341-6045bd9c4e03"
LEAD = "e07b5c2f-0f1c-f111-8341-6045bd9c4e03"
UPDATED = Notification(
    organisation=OrganisationId("7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"),
    table="contact",
    row_id=SANNE,
    message="Update",
    operation="7b1c94e8-121e-f111-8341-6045bd9c4e03",
    step="a4c0a4de-3f1a-f111-8341-6045bd9c4e03",
    correlation="0d8a3c17-91f4-4f7e-8b26-c1f3b7a9e502",
    initiating_user="c8d64f10-5a0b-ef11-9f89-6045bd9a1c22",
    created_on=datetime(2026, 3, 12, 13, 2, 5, tzinfo=UTC),
    columns=frozenset(
        {"contactid", "emailaddress1", "modifiedby", "modifiedon", "modifiedonbehalfby"}
    ),
)


def a_body(name: str = "contact_update_email") -> Body:
    body: Body = json.loads((PAYLOADS / f"{name}.json").read_text())

    return body


def parse(body: object) -> Notification:
    return parse_webhook(json.dumps(body).encode())


def without(body: Body, *names: str) -> Body:
    return {name: value for name, value in body.items() if name not in names}
