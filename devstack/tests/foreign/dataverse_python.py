"""Do everyday work in Dataverse with Microsoft's Python client; print as JSON what it said.

It runs in an environment of its own, which has the client: `python dataverse_python.py '<facts>'`.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import requests
from azure.core.credentials import AccessToken
from PowerPlatform.Dataverse.client import DataverseClient
from PowerPlatform.Dataverse.core.errors import HttpError

FORMATTED = "OData.Community.Display.V1.FormattedValue"
NOBODY = "0ad63f65-990d-ef11-9f89-6045bdece8bb"

type Told = dict[str, Any]


class Credential:
    """The application user's way to a token."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        self._facts = facts

    def get_token(self, *scopes: str, **_: object) -> AccessToken:
        """Return a token for the scope that the client asks for."""
        form = {
            "grant_type": "client_credentials",
            "client_id": self._facts["client_id"],
            "client_secret": self._facts["client_secret"],
            "scope": scopes[0],
        }
        answer = requests.post(self._facts["token_url"], data=form, timeout=30)
        answer.raise_for_status()
        told = answer.json()

        return AccessToken(told["access_token"], int(time.time()) + told["expires_in"])


def rows(client: DataverseClient) -> Told:
    """Create, read, change and delete one row."""
    contact = client.records.create("contact", {"firstname": "Eva", "lastname": "Vos"})
    before = client.records.retrieve("contact", contact, select=["fullname", "jobtitle"])
    client.records.update("contact", contact, {"jobtitle": "Bakker"})
    after = client.records.retrieve("contact", contact, select=["jobtitle"])
    client.records.delete("contact", contact)

    return {
        "before": before["fullname"],
        "after": after["jobtitle"],
        "missing": client.records.retrieve("contact", contact) is None,
    }


def queries(client: DataverseClient) -> Told:
    """Create many rows, and find them by filter, order and page."""
    people = [{"lastname": f"Jansen {n}", "numberofchildren": n} for n in range(7)]
    ids = client.records.create("contact", people)
    few = client.records.list(
        "contact",
        filter="startswith(lastname,'Jansen') and numberofchildren ge 2",
        select=["lastname"],
        orderby=["lastname desc"],
        top=3,
    )
    pages = client.records.list_pages(
        "contact",
        filter="startswith(lastname,'Jansen')",
        select=["lastname"],
        orderby=["lastname asc"],
        page_size=3,
        include_annotations=FORMATTED,
        count=True,
    )
    fetch = (
        "<fetch count='3'><entity name='contact'><attribute name='lastname'/><order "
        "attribute='lastname'/><filter><condition attribute='lastname' operator='like' "
        "value='Jansen%'/></filter></entity></fetch>"
    )

    return {
        "created": len(set(ids)),
        "few": [one["lastname"] for one in few],
        "pages": [[one["lastname"] for one in page] for page in pages],
        "fetched": [one["lastname"] for one in client.query.fetchxml(fetch).execute()],
    }


def changes(client: DataverseClient) -> Told:
    """Change many rows at once, alike and each in its own way."""
    ids = client.records.create("contact", [{"lastname": name} for name in ("Vos", "Bos")])
    client.records.update("contact", ids, {"department": "Inkoop"})
    client.records.update("contact", ids, [{"jobtitle": "Bakker"}, {"jobtitle": "Slager"}])
    found = [client.records.retrieve("contact", one) for one in ids]

    return {"found": [(one["department"], one["jobtitle"]) for one in found]}


def deletions(client: DataverseClient) -> Told:
    """Delete many rows: one by one, and by the job that does it in bulk."""
    ids = client.records.create("contact", [{"lastname": "Weg"}, {"lastname": "Weg"}])
    _, bulk = _refusal("bulk", lambda: client.records.delete("contact", ids))
    client.records.delete("contact", ids, use_bulk_delete=False)

    return {"left": len(client.records.list("contact", filter="lastname eq 'Weg'")), "bulk": bulk}


def upserts(client: DataverseClient) -> Told:
    """Make rows by an alternate key, one and many, and change them by it."""
    for subject in ("Oud", "Nieuw"):
        item = {"alternate_key": {"spot_externalid": "1"}, "record": {"spot_subject": subject}}
        client.records.upsert("spot_mailing", [item])

    client.records.upsert(
        "spot_mailing",
        [
            {"alternate_key": {"spot_externalid": key}, "record": {"spot_subject": f"Les {key}"}}
            for key in ("1", "2")
        ],
    )
    found = client.records.list("spot_mailing", orderby=["spot_externalid asc"])

    return {"found": [(one["spot_externalid"], one["spot_subject"]) for one in found]}


def batches(client: DataverseClient) -> Told:
    """Do several things in one request, some of them all or nothing."""
    batch = client.batch.new()
    batch.records.create("contact", {"lastname": "Alleen"})
    with batch.changeset() as together:
        contact = together.records.create("contact", {"lastname": "Samen"})
        together.records.create(
            "lead", {"lastname": "Samen", "parentcontactid@odata.bind": contact}
        )
    batch.records.list("contact", filter="lastname eq 'Samen'", select=["lastname"])
    whole = batch.execute()

    broken = client.batch.new()
    with broken.changeset() as together:
        together.records.create("contact", {"lastname": "Nooit"})
        together.records.delete("contact", NOBODY)
    broken.records.create("contact", {"lastname": "Toch"})
    partly = broken.execute(continue_on_error=True)
    names = ("Alleen", "Samen", "Nooit", "Toch")

    return {
        "statuses": [one.status_code for one in whole.responses],
        "broken": [one.status_code for one in partly.responses],
        "there": [
            name for name in names if client.records.list("contact", filter=f"lastname eq '{name}'")
        ],
        "linked": len(client.records.list("lead", filter="_parentcontactid_value ne null")),
    }


def metadata(client: DataverseClient) -> Told:
    """Read what the tables and columns are."""
    table = client.tables.get("contact")
    columns = client.tables.list_columns(
        "contact",
        select=["LogicalName", "AttributeType"],
        filter="LogicalName eq 'emailaddress1' or LogicalName eq 'birthdate'",
    )
    keys = client.tables.get_alternate_keys("spot_mailing")

    return {
        "set": table["entity_set_name"],
        "columns": {one["LogicalName"]: one["AttributeType"] for one in columns},
        "keys": [list(one.key_attributes) for one in keys],
        "column": client.tables.get_column("contact", "birthdate")["SchemaName"],
    }


def refusals(client: DataverseClient) -> Told:
    """Be refused, and read why."""
    return dict(
        _refusal(name, call)
        for name, call in (
            ("row", lambda: client.records.update("contact", NOBODY, {"lastname": "Vos"})),
            ("column", lambda: client.records.create("contact", {"nonsense": 1})),
            ("query", lambda: client.records.list("contact", filter="nonsense eq 1")),
        )
    )


def _refusal(name: str, call: Callable[[], object]) -> tuple[str, object]:
    try:
        return name, repr(call())
    except HttpError as exc:
        return name, [exc.status_code, exc.details.get("service_error_code")]


def done(client: DataverseClient) -> Iterator[tuple[str, Told]]:
    """Do each piece of work."""
    for work in (rows, queries, changes, deletions, upserts, batches, metadata, refusals):
        yield work.__name__, work(client)


if __name__ == "__main__":
    said = json.loads(sys.argv[1])
    with DataverseClient(said["url"], Credential(said)) as opened:
        print(json.dumps(dict(done(opened))))
