"""Registers a webhook with its steps and images in one go, as a provisioning does row by row."""

import urllib.parse
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from xml.sax.saxutils import quoteattr

from devstack.dataverse.events.delivery import HTTP_HEADER, WEBHOOK_KEY
from devstack.dataverse.events.registration import ASYNCHRONOUS, ENABLED, POST_OPERATION
from devstack.dataverse.store import Store
from devstack.dataverse.values import Choice, Lookup, Value

PRE_ALIAS = "spotler_pre"
POST_ALIAS = "spotler_post"

_WEBHOOK = 8
_PRE, _POST = 0, 1
_IMAGES: Mapping[str, tuple[tuple[str, int], ...]] = {
    "Create": ((POST_ALIAS, _POST),),
    "Update": ((PRE_ALIAS, _PRE), (POST_ALIAS, _POST)),
    "Delete": ((PRE_ALIAS, _PRE),),
}
_PROPERTY = {"Create": "Id"}
# The columns that rename a row; the name of a user is made of the other two.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "account": ("name",),
    "systemuser": ("fullname", "firstname", "lastname"),
    "team": ("name",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """Describe a webhook: where it listens, how it knows us, and what it wants to hear."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    code: str | None = None
    tables: tuple[str, ...] = ("contact", "lead")
    messages: tuple[str, ...] = ("Create", "Update", "Delete")
    filtering: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The columns of a table whose update counts; a table that is left out has no filter."""
    images: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """The columns of the images of a table; a table that is left out has none."""
    qualify_lead: bool = False
    restore: bool = False
    """Tell of its tables' rows that come back."""
    merge: bool = False
    """Tell of its tables' rows that are merged."""
    related: bool = False
    """Tell of new names of companies, users and teams."""
    deletes_jobs: bool = True


def parse_webhook(wanted: Mapping[str, object]) -> Webhook:
    """Return the webhook that a JSON object describes, or raise ValueError."""
    known = {field.name for field in fields(Webhook)}
    if unknown := sorted(wanted.keys() - known):
        raise ValueError(f"a webhook has no {', '.join(unknown)}")

    for name in ("headers", "filtering", "images"):
        if not isinstance(wanted.get(name, {}), dict):
            raise ValueError(f"{name} must be an object")  # noqa: TRY004 -- a value, not a bug

    for name in ("qualify_lead", "restore", "merge", "related", "deletes_jobs"):
        if not isinstance(wanted.get(name, False), bool):
            raise ValueError(f"{name} must be true or false")  # noqa: TRY004 -- a value, not a bug

    lists = [wanted.get("tables", []), wanted.get("messages", [])]
    for name in ("filtering", "images"):
        columns = wanted.get(name)
        lists += columns.values() if isinstance(columns, dict) else ()

    if not all(isinstance(one, list) and all(isinstance(x, str) for x in one) for one in lists):
        raise ValueError("tables, messages and columns must be lists of names")

    return Webhook(**wanted)  # type: ignore[arg-type]  # what could break was checked just above


def register_webhook(store: Store, webhook: Webhook) -> str:
    """Write the rows of a webhook and return the id of its endpoint."""
    _check_url(webhook.url)
    for table, columns in (*webhook.filtering.items(), *webhook.images.items()):
        _check_columns(store, table, columns)

    endpoint = store.insert("serviceendpoint", _endpoint(webhook)).id
    for table in webhook.tables:
        for message in webhook.messages:
            _register_step(store, webhook, endpoint, message=message, table=table)

    for message, table in _further(webhook):
        _register_step(store, webhook, endpoint, message=message, table=table)

    return endpoint


def _further(webhook: Webhook) -> Iterator[tuple[str, str]]:
    """Yield the message and table of each step beside those of every table."""
    if webhook.qualify_lead:
        yield "QualifyLead", "lead"

    for table in webhook.tables:
        if webhook.restore:
            yield "Restore", table

        if webhook.merge:
            yield "Merge", table

    if webhook.related:
        yield from (("Update", table) for table in _NAMES)


def _check_url(url: object) -> None:
    parts = urllib.parse.urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        raise ValueError("url must be an address that begins with http:// or https://")

    _ = parts.port  # raises ValueError for a port that cannot be


def _check_columns(store: Store, table: str, columns: Iterable[str]) -> None:
    known = store.table(table).columns
    for name in columns:
        if name not in known:
            raise LookupError(f"the table {table} has no column {name}")


def _endpoint(webhook: Webhook) -> dict[str, Value]:
    authtype, authvalue = WEBHOOK_KEY, webhook.code
    if webhook.headers:
        authtype, authvalue = HTTP_HEADER, _settings(webhook.headers.items())

    return {
        "name": "webhook",
        "url": webhook.url,
        "contract": Choice(_WEBHOOK),
        "authtype": Choice(authtype),
        "authvalue": authvalue,
        "isauthvalueset": authvalue is not None,
    }


def _settings(pairs: Iterable[tuple[str, str]]) -> str:
    written = (f"<setting name={quoteattr(n)} value={quoteattr(v)} />" for n, v in pairs)

    return f"<settings>{''.join(written)}</settings>"


def _register_step(
    store: Store, webhook: Webhook, endpoint: str, *, message: str, table: str
) -> None:
    message_id = _message(store, message)
    filtering = webhook.filtering.get(table, _NAMES.get(table, ())) if message == "Update" else ()
    step = store.insert(
        "sdkmessageprocessingstep",
        {
            "name": f"webhook: {message} of {table}",
            "mode": Choice(ASYNCHRONOUS),
            "stage": Choice(POST_OPERATION),
            "rank": 1,
            "supporteddeployment": Choice(0),
            "asyncautodelete": webhook.deletes_jobs,
            "filteringattributes": ",".join(filtering) or None,
            "eventhandler": Lookup("serviceendpoint", endpoint),
            "sdkmessageid": Lookup("sdkmessage", message_id),
            "sdkmessagefilterid": Lookup("sdkmessagefilter", _filter(store, message_id, table)),
            "statecode": Choice(ENABLED),
            "statuscode": Choice(1),
        },
    )
    if table in webhook.images:
        _register_images(store, step.id, message, webhook.images[table])


def _register_images(store: Store, step: str, message: str, columns: Iterable[str]) -> None:
    for alias, kind in _IMAGES.get(message, ()):
        store.insert(
            "sdkmessageprocessingstepimage",
            {
                "name": alias,
                "entityalias": alias,
                "imagetype": Choice(kind),
                "messagepropertyname": _PROPERTY.get(message, "Target"),
                "attributes": ",".join(columns) or None,
                "sdkmessageprocessingstepid": Lookup("sdkmessageprocessingstep", step),
            },
        )


def _message(store: Store, name: str) -> str:
    for row in store.rows("sdkmessage"):
        if row.get("name") == name:
            return row.id

    raise LookupError(f"the organisation has no message {name}")


def _filter(store: Store, message_id: str, table: str) -> str:
    for row in store.rows("sdkmessagefilter"):
        message = row.get("sdkmessageid")
        if (
            row.get("primaryobjecttypecode") == table
            and isinstance(message, Lookup)
            and message.id == message_id
        ):
            return row.id

    raise LookupError(f"the organisation has no filter for this message on {table}")
