"""What an administrator manages: every route under `/api/manage`, guarded in the app."""

from connector.functions.manage import (
    audit,
    connection,
    dead_letters,
    jobs,
    mappings,
    openapi,
    parked,
    queues,
    record_lookup,
    records,
    sign_in,
)

BLUEPRINTS = (
    sign_in.bp,
    connection.bp,
    jobs.bp,
    mappings.bp,
    records.bp,
    record_lookup.bp,
    parked.bp,
    dead_letters.bp,
    audit.bp,
    queues.bp,
    openapi.bp,
)
