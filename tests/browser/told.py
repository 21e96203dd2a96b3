"""What the routes may say, for states that a stack takes long to come to, or cannot."""

from typing import Any

type Json = dict[str, Any]

ORGANISATION = {
    "id": "0e2a6f7c-4b1d-4c58-9a37-6d8f1e5b2c90",
    "url": "https://contoso.crm4.dynamics.com",
}
SAVED = {
    "key_ends": "ab12",
    "secret_saved": True,
    "saved_at": "2026-11-23T09:12:00Z",
    "saved_by": "0b6a2f4e-8c1d-4e7a-9f30-5d2c7b8a1e46",
}
UNSAVED = {"key_ends": None, "secret_saved": False, "saved_at": None, "saved_by": None}
ID = "7b1d52aa-90f3-f111-8341-6045bd9c4e03"
WHEN = "2026-11-26T09:12:00Z"
CHECKED_AT = "2026-11-26T09:12:20Z"
SYNCING = {"trial", "active", "expiring", "grace"}


def a_licence(state: str = "active", **changes: object) -> Json:
    """Return a licence as the route tells of it."""
    has_code = state not in {"none", "invalid"}
    usual = {
        "state": state,
        "reason": state if state in {"wrong_organisation", "not_yet", "expired"} else None,
        "advice": None,
        "customer": "Contoso Nederland B.V." if has_code else None,
        "edition": ("trial" if state == "trial" else "full") if has_code else None,
        "valid_from": "2026-01-01" if has_code else None,
        "valid_until": "2027-06-30" if has_code else None,
        "days_left": 216 if state in SYNCING else None,
        "clock_went_back": False,
        "allows_sync": state in SYNCING,
        "allows_initial_sync": state in {"active", "expiring"},
    }

    return usual | changes


def a_check(name: str, code: str | None = None, field: str | None = None, **more: object) -> Json:
    """Return a check that went well, or one that failed with a code."""
    outcome = "failed" if code else "ok"
    usual = {"name": name, "field": field, "outcome": outcome, "code": code, "detail": None}

    return usual | {"missing": [], "since": WHEN} | more


CHECKS = (
    *("spotler", "fields", "permissions", "dataverse"),
    *("steps", "licence", "tables", "queues", "changes"),
)
GOOD = [a_check(name) for name in CHECKS]


def with_failed(*failed: Json) -> list[Json]:
    """Return all checks, of which these failed."""
    by_name = {one["name"]: one for one in failed}

    return [by_name.get(one["name"], one) for one in GOOD]


def a_look(checks: list[Json]) -> Json:
    """Return a look at everything as the route tells of it."""
    return {"checks": checks, "checked_at": CHECKED_AT}


NOT_CONNECTED = with_failed(
    a_check("spotler", "not_connected"),
    a_check("fields", outcome="skipped"),
    a_check("permissions", outcome="skipped"),
    a_check("licence", "licence_missing", "licence"),
)


def a_connection(state: str = "active", *, saved: bool = True, **changes: object) -> Json:
    """Return a connection as the route tells of it; `changes` to the licence besides its state."""
    licence = {name: value for name, value in changes.items() if name not in {"checks", "activity"}}

    return {
        "organisation": ORGANISATION,
        "version": "0.1.0",
        "status": "connected" if saved else "not_connected",
        "spotler": SAVED if saved else UNSAVED,
        "licence": a_licence(state, **licence),
        "checks": changes.get("checks", GOOD if saved else NOT_CONNECTED),
        "checked_at": CHECKED_AT,
        "activity": changes.get("activity", {"received_at": WHEN, "sent_at": WHEN}),
    }


def a_job(kind: str = "contacts_to_spotler", state: str = "running", **changes: object) -> Json:
    """Return a job as the route tells of it."""
    is_over = state in {"done", "cancelled"}
    number = changes.pop("number", 1)
    preview = "-preview" if changes.get("preview") else ""
    usual = {
        "id": f"{kind}{preview}-{number:06}",
        "kind": kind,
        "state": state,
        "reason": None,
        "started_by": "0b6a2f4e-8c1d-4e7a-9f30-5d2c7b8a1e46",
        "started_at": "2026-11-26T09:00:00Z",
        "moved_at": "2026-11-26T09:04:10Z",
        "finished_at": "2026-11-26T09:04:10Z" if is_over else None,
        "waits_until": None,
        "cause": None,
        "cause_detail": None,
        "total": 12480,
        "done": 12480 if state == "done" else 5616,
        "in_sync": 11902 if state == "done" else 5367,
        "excluded": 571 if state == "done" else 249,
        "failed": 7 if state == "done" else 0,
        "page": 6,
        "per_second": 49.92,
        "seconds_left": None if is_over else 137.5,
        "preview": False,
        "anew": False,
        "details": {"created": 0, "changed": 0, "unchanged": 0},
        "fields": {},
        "at_risk": {},
        "reasons": {},
    }

    return usual | changes


def a_preview(kind: str = "contacts_to_spotler", state: str = "done", **changes: object) -> Json:
    """Return a preview as the route tells of it."""
    counts = {
        "details": {"created": 1204, "changed": 318, "unchanged": 10387, "compared": 2600},
        "fields": {"lastName": 12, "postalCode": 201, "mobilePhone": 117},
        "reasons": {"no_email": 540, "invalid_email": 31},
        "failed": 0,
        "in_sync": 11909,
    }

    return a_job(kind, state, preview=True, **(counts | changes))


def a_record(number: int, **changes: object) -> Json:
    """Return a record as the route tells of it."""
    row = f"{number:08x}{ID[8:]}"
    usual: Json = {
        "table": "contact",
        "id": row,
        "external_id": row,
        "status": "failing",
        "reason": "rejected",
        "code": None,
        "property": None,
        "notes": [],
        "changed_at": WHEN,
        "link": f"{ORGANISATION['url']}/main.aspx?etn=contact&id={row}",
        "can_be_sent": True,
    }

    return usual | changes


def a_parked(number: int, reason: str, **changes: object) -> Json:
    """Return a parked change as the route tells of it."""
    usual: Json = {
        "id": f"contact-{number}",
        "queue": "changes",
        "kind": "record_changed",
        "table": "contact",
        "record_id": f"{number:08x}{ID[8:]}",
        "reason": reason,
        "attempts": 0,
        "parked_at": WHEN,
        "first_parked_at": "2026-11-25T09:12:00Z",
        "readable": True,
    }

    return usual | changes


def a_dead_letter(number: int, **changes: object) -> Json:
    """Return a dead letter as the route tells of it."""
    usual: Json = {
        "sequence_number": number,
        "message_id": f"m{number}",
        "enqueued_at": WHEN,
        "reason": "MaxDeliveryCountExceeded",
        "description": "Message could not be consumed after 10 delivery attempts.",
        "delivery_count": 10,
        "kind": "record_changed",
        "table": "contact",
        "record_id": ID,
        "job": None,
    }

    return usual | changes


def an_entry(action: str, **changes: object) -> Json:
    """Return an entry of the audit as the route tells of it."""
    usual: Json = {
        "id": action.replace(".", ""),
        "at": WHEN,
        "caller": "5c9d2f4e-8c1d-4e7a-9f30-5d2c7b8a1e46",
        "action": action,
        "target": "",
        "named": [],
        "led_to": [],
        "subject": None,
        "seen": None,
        "before": None,
        "after": None,
        "status": 200,
    }

    return usual | changes


def a_load(
    queue: str, *, waiting: int = 0, scheduled: int = 0, dead: int = 0, at_least: bool = False
) -> Json:
    """Return what lies on a queue as the route tells of it."""
    return {
        "queue": queue,
        "waiting": {"count": waiting, "at_least": at_least},
        "scheduled": {"count": scheduled, "at_least": at_least},
        "dead": {"count": dead, "at_least": False},
    }
