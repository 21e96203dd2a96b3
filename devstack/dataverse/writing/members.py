"""The members of static marketing lists."""

from collections.abc import Sequence

from devstack.dataverse.errors import DataverseError
from devstack.dataverse.schema.marketing import MEMBER_TABLES
from devstack.dataverse.store import Row, Store
from devstack.dataverse.values import Choice, Lookup, Value
from devstack.dataverse.writing.session import Session


def member_table(marketing_list: Row) -> str:
    """Return the table whose rows a list holds."""
    code = marketing_list.get("createdfromcode")

    return MEMBER_TABLES[code.value] if isinstance(code, Choice) else "contact"


def member_ids(store: Store, list_id: str) -> frozenset[str]:
    """Return the ids of the members of a static list."""
    found = store.seek("listmember", "listid", [list_id]) or ()

    return frozenset(str(row.get("entityid")) for row in found)


def add_members(session: Session, marketing_list: Row, members: Sequence[Lookup]) -> None:
    """Add rows to a static list; who is on it already stays on it once."""
    _check_static(marketing_list)
    wanted = member_table(marketing_list)
    if any(member.table != wanted for member in members):
        raise DataverseError(400, "0x80040305", f"Only rows of {wanted} can be on this list.")

    store = session.environment.store
    present = member_ids(store, marketing_list.id)
    for member in members:
        if member.id in present:
            continue

        link = Lookup("list", marketing_list.id)
        values: dict[str, Value] = {
            "listid": link,
            "entityid": member.id,
            "entitytype": member.table,
        }
        store.insert("listmember", values)

    _count(store, marketing_list)


def remove_member(session: Session, marketing_list: Row, member_id: str) -> None:
    """Take a row off a static list."""
    _check_static(marketing_list)
    store = session.environment.store
    for row in store.seek("listmember", "listid", [marketing_list.id]) or ():
        if row.get("entityid") == member_id.lower():
            store.delete("listmember", row.id)

    _count(store, marketing_list)


def _check_static(marketing_list: Row) -> None:
    if marketing_list.get("type") is True:
        raise DataverseError(
            400, "0x80040303", "Members cannot be added to or removed from a dynamic list."
        )


def _count(store: Store, marketing_list: Row) -> None:
    number = len(member_ids(store, marketing_list.id))
    store.update("list", marketing_list.id, {"membercount": number})
