"""Of two contacts that become one the stricter permission stays."""

from collections.abc import Mapping, Sequence

from connector.domain.sync_state import SyncState

type Permissions = Mapping[int, bool]
"""What a contact allows, by bit; a bit that is not there is off."""


def list_refused(own: Permissions, other: Permissions) -> frozenset[int]:
    """Return the bits that one contact allows and the other does not: a No wins."""
    return frozenset(bit for bit, is_on in own.items() if is_on and not other.get(bit, False))


def keep_strictest(all_: Sequence[Permissions]) -> Permissions | None:
    """Return what each of some contacts allows; None where there is no contact."""
    bits = {bit for one in all_ for bit in one}

    return {bit: all(one.get(bit, False) for one in all_) for bit in bits} if all_ else None


def is_memory_lost(known: SyncState, *, was_known: bool) -> bool:
    """Tell whether what is off may be our doing: another key may be one of the same account.

    A state that tells of no send was written since our memory was lost, unless the person was
    brought from Spotler: what is off there is their own doing.
    """
    was_sent = was_known or known.fingerprint or known.filled or known.left_in
    is_known = was_sent or known.agreement is not None

    return not is_known or bool(known.settled_in)
