"""How a sync state is written as a row of the table `records`, and read back."""

from datetime import datetime

from azure.data.tables import EdmType, EntityProperty, TableEntity

from connector.adapters.tables.keys import row_key
from connector.adapters.tables.rows import StoredRow
from connector.domain.contact import Account, ExternalId, Fingerprint, RecordId, RecordKey
from connector.domain.errors import ConfigurationError
from connector.domain.sync_state import Agreement, SyncState, SyncStatus


def to_row(partition: str, state: SyncState) -> dict[str, str]:
    """Return the row of a state as JSON; what is empty has no column.

    The time is written as text: the SDK would take as long over it as over all the rest.
    """
    columns = {
        "PartitionKey": partition,
        "RowKey": row_key(state.key.id),
        "external_id": state.external_id,
        "fingerprint": state.fingerprint,
        "version": str(state.version),
        "version@odata.type": EdmType.INT64.value,
        "status": state.status,
        "reason": state.reason,
        "notes": ",".join(state.notes) or None,
        "successor": state.successor,
        "changed_at": state.changed_at.isoformat() if state.changed_at else None,
        "agreement": _write_agreement(state.agreement) if state.agreement else None,
        "filled": ",".join(sorted(state.filled)) or None,
        "filled_at": state.filled_at.isoformat() if state.filled_at else None,
        "account": state.account,
        "left_in": state.left_in,
        "settled_in": ",".join(sorted(state.settled_in)) or None,
    }

    return {name: value for name, value in columns.items() if value is not None}


def to_entity(partition: str, state: SyncState) -> TableEntity:
    """Return the row of a state for the SDK."""
    row = to_row(partition, state)
    del row["version@odata.type"]

    return TableEntity(row, version=EntityProperty(state.version, EdmType.INT64))


def to_state(key: RecordKey, row: StoredRow) -> SyncState:
    """Return the state that a row holds; raises `ConfigurationError` when that cannot be."""
    try:
        return _read(key, row)
    except (KeyError, ValueError, TypeError, AttributeError) as exc:
        raise _broken(row_key(key.id)) from exc


def to_status(row: StoredRow) -> SyncStatus | None:
    """Return what a row says of how it went; raises `ConfigurationError` as `to_state` does."""
    try:
        return SyncStatus(row["status"]) if row.get("status") else None
    except ValueError as exc:
        raise _broken(row["RowKey"]) from exc


def _broken(row: str) -> ConfigurationError:
    return ConfigurationError(f"the stored record {row} must be as it was written: delete its row")


def _read(key: RecordKey, row: StoredRow) -> SyncState:
    changed_at, filled_at = row.get("changed_at"), row.get("filled_at")
    agreement = row.get("agreement")

    return SyncState(
        key=key,
        etag=row["odata.etag"],
        external_id=ExternalId(row["external_id"]) if "external_id" in row else None,
        fingerprint=Fingerprint(row["fingerprint"]) if "fingerprint" in row else None,
        version=int(row["version"]),
        status=to_status(row),
        reason=row.get("reason"),
        notes=tuple(filter(None, row.get("notes", "").split(","))),
        successor=RecordId(row["successor"]) if "successor" in row else None,
        changed_at=_moment(changed_at) if changed_at else None,
        agreement=_read_agreement(agreement) if agreement else None,
        filled=frozenset(filter(None, row.get("filled", "").split(","))),
        filled_at=_moment(filled_at) if filled_at else None,
        account=Account(row["account"]) if "account" in row else None,
        left_in=Account(row["left_in"]) if "left_in" in row else None,
        settled_in=frozenset(map(Account, filter(None, row.get("settled_in", "").split(",")))),
    )


def _write_agreement(agreement: Agreement) -> str:
    return f"{agreement.version}:{agreement.said or ''}"


def _read_agreement(written: str) -> Agreement:
    version, said = written.split(":")

    return Agreement(int(version), Fingerprint(said) if said else None)


def _moment(written: str) -> datetime:
    moment = datetime.fromisoformat(written)
    if moment.tzinfo is None:
        raise ValueError("a moment must have its zone")

    return moment
