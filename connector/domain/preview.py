"""What an initial sync would do for one person, told as counts."""

from collections.abc import Collection, Mapping
from enum import StrEnum

from connector.domain.contact import MarketingContact, RecordKey
from connector.domain.decision import Decision
from connector.domain.identity import find_bearer
from connector.domain.outcome import Outcome
from connector.domain.snapshot import Snapshot
from connector.domain.sync_state import Reason, SyncState, SyncStatus
from connector.domain.tally import Tally


class Foreseen(StrEnum):
    """Tells what would become of a person in Spotler; `COMPARED` is whose fields were counted.

    Whether Spotler has somebody whom it was never sent is unknown of who was not looked up there.
    """

    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    NOT_LOOKED_UP = "not_looked_up"
    COMPARED = "compared"


def was_sent(key: RecordKey, snapshot: Snapshot) -> bool:
    """Tell whether Spotler was ever sent a person, under any id that is theirs."""
    bearer = find_bearer(key, snapshot.external_id(key)) or key

    return any(snapshot.state(one).external_id for one in (key, bearer))


def foresee_rest(decision: Decision, known: SyncState) -> Tally:
    """Count who would not be sent: excluded for a reason, or held by Spotler as they are."""
    if decision.outcome is Outcome.HANDED_OVER:
        return _excluded(Reason.HANDED_OVER)

    state = decision.state or known
    if state.status is SyncStatus.EXCLUDED:
        return _excluded(state.reason)
    if state.status is SyncStatus.FAILING:
        return Tally(failed=1)

    return Tally(in_sync=1, details={Foreseen.UNCHANGED: 1})


def foresee_new(contact: MarketingContact) -> Tally:
    """Count who would be created, and each field that would get a value."""
    filled = [name for name, value in contact.properties.items() if value not in {None, ""}]

    return _compared(Foreseen.CREATED, filled)


def foresee_change(differences: Mapping[str, bool]) -> Tally:
    """Count whose fields were compared with what Spotler holds, and each value that it would lose.

    A difference is told with whether Spotler has a value there now.
    """
    tally = _compared(Foreseen.CHANGED if differences else Foreseen.UNCHANGED, differences)
    at_risk = {f"risk:{name}": 1 for name, is_held in differences.items() if is_held}

    return tally + Tally(details=at_risk)


def foresee_unseen(*, was_sent: bool) -> Tally:
    """Count whom nobody looked up: who was sent before changes, of others nobody knows."""
    what = Foreseen.CHANGED if was_sent else Foreseen.NOT_LOOKED_UP

    return Tally(in_sync=1, details={what: 1})


def _compared(what: Foreseen, fields: Collection[str]) -> Tally:
    counted = {f"field:{name}": 1 for name in fields}

    return Tally(in_sync=1, details={what: 1, Foreseen.COMPARED: 1, **counted})


def _excluded(reason: str | None) -> Tally:
    return Tally(excluded=1, details={f"reason:{reason}": 1} if reason else {})
