"""How the simulated Dataverse behaves; what is only inferred about the vendor is a switch here."""

import dataclasses

from devstack.dataverse.events.options import EventOptions


@dataclasses.dataclass(frozen=True, slots=True)
class DataverseOptions:
    """The settings of one simulated environment; the help of each is its command line help."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 0
    """Port to listen on; 0 picks a free one."""
    tls: bool = False
    """Serve https with an authority made on the spot."""

    tenant_id: str = "5f2b9c1e-7d34-4a86-b0e5-9c41d7f8a263"
    """The Entra tenant."""
    client_id: str = "a91d3f60-2c58-4e17-8b7a-6d0e4f92c5b1"
    """The app registration."""
    client_secret: str = "demo~dataverse.client-secret"
    """Its secret, for demonstration only."""
    token_seconds: int = 3599
    """How long a bearer token is good."""

    organisation_id: str = "7c1e9a52-4d0b-ef11-9f83-000d3adf4a10"
    """The organisation, as WhoAmI and the events tell it."""
    application_user_id: str = "d2c7b410-5a0b-ef11-9f89-6045bd9a1c22"
    """The systemuser that the app registration acts as."""

    sales: bool = True
    """Sales is installed: leads, marketing lists, opportunities."""
    own_tables: bool = True
    """The connector's own tables are there."""

    ne_matches_empty: bool = True
    """Inferred: `ne` with a value also finds rows whose column is empty."""
    page_cap: int = 5000
    """The most rows on one page."""
    url_limit: int = 32_768
    """The longest address in bytes."""
    batch_cap: int = 1000
    """The most operations in one batch."""

    limit_requests: int = 6000
    """Requests of one user in the window; 0 is no limit."""
    limit_seconds: float = 1200.0
    """Execution time of one user in the window; 0 is no limit."""
    limit_concurrent: int = 52
    """Requests of one user at the same time; 0 is no limit."""
    limit_window: float = 300.0
    """The sliding window in seconds."""

    denied: frozenset[str] = frozenset()
    """Privileges that the application user lacks, such as prvWriteContact."""

    secured_filter_refused: bool = False
    """A filter on a column that column security hides is refused, instead of finding it empty."""

    recycle_bin: bool = True
    """Deleted accounts, contacts and leads can be restored."""
    restore_raises_create: bool = False
    """Inferred: a restored row is told of by Create too, not by Restore alone."""
    restore_touches: bool = True
    """Inferred: a restored row is modified now; otherwise when it was before it was deleted."""
    merge_raises_updates: bool = True
    """Inferred: a merge is told of by Update of both rows too, not by Merge alone."""
    split_updates: bool = True
    """State and owner in a PATCH with other columns are updates of their own."""
    lock_closed_leads: bool = True
    """A qualified or disqualified lead refuses changes of its columns."""
    upsert_refuses_repeated_keys: bool = True
    """UpsertMultiple refuses to create from a body that repeats the key of its `@odata.id`."""
    static_list_navigation: bool = True
    """Inferred: the members of a static list can be read by navigation."""
    seconds_per_request: float = 0.0
    """How long the platform takes over each request, on top of the real work."""

    events: EventOptions = dataclasses.field(default_factory=EventOptions)
    """How events are delivered; a JSON object on the command line."""
