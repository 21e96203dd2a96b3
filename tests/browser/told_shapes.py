"""What the routes may say is of the shapes that they describe, where a test says it for them."""

import json
from collections.abc import Mapping, Sequence

from pydantic import TypeAdapter, ValidationError

from connector.adapters.manage_api.audit import AuditList
from connector.adapters.manage_api.columns import ColumnList, ExampleList
from connector.adapters.manage_api.connection import ChecksView, ConnectionView
from connector.adapters.manage_api.dead_letters import DeadLetterList
from connector.adapters.manage_api.jobs import BookmarkList, JobList, JobView
from connector.adapters.manage_api.mappings import MappingsView, SavedMappingsView
from connector.adapters.manage_api.parked import Discarded, ParkedList, SentOrKept
from connector.adapters.manage_api.queues import QueueList
from connector.adapters.manage_api.record_lookup import RecordLookup
from connector.adapters.manage_api.record_queries import Sent, SentPage
from connector.adapters.manage_api.record_views import RecordCounts, RecordList
from connector.adapters.manage_api.shape import Shape

SHAPES: Mapping[str, Sequence[type[Shape]]] = {
    "audit": [AuditList],
    "bookmarks": [BookmarkList],
    "columns": [ColumnList],
    "connection": [ConnectionView, ChecksView],
    "dead-letters": [DeadLetterList, SentOrKept],
    "jobs": [JobList, JobView],
    "mappings": [MappingsView, SavedMappingsView, ExampleList],
    "parked": [ParkedList, SentOrKept, Discarded],
    "queues": [QueueList],
    "records": [RecordList, RecordCounts, RecordLookup, Sent, SentPage],
}
"""Are the shapes of good answers, by the first word of the path."""


def check_told(path: str, content: object) -> None:
    """Make sure that a route could say this."""
    shapes = SHAPES[path.strip("/*").partition("/")[0].partition("?")[0].strip("*")]
    body, faults = json.dumps(content), []
    for shape in shapes:
        try:
            TypeAdapter(shape).validate_json(body)
        except ValidationError as exc:
            faults.append(exc)
        else:
            return

    nearest = min(faults, key=lambda one: one.error_count())
    raise AssertionError(f"{path} never says that: {nearest}")
