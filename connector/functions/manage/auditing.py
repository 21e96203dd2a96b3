"""Notes who asked for a change, before it is made, and what came of it afterwards."""

import hashlib
import logging
import re
import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Final

import azure.functions as func

from connector.application.audit_ports import AuditTrail
from connector.domain.audit import AuditEntry, AuditResult
from connector.domain.caller import Caller
from connector.domain.errors import ConfigurationError, TransientError
from connector.functions.manage.problems import answer

logger = logging.getLogger(__name__)

LONGEST: Final = 200
STRANGE: Final = "?"

_IDS = re.compile(r"[\w-]+(/[\w-]+)*", re.ASCII)
_VERSION = re.compile(r'(W/)?"[\w.:%\'-]*"|\*', re.ASCII)


async def audited(
    req: func.HttpRequest,
    change: Callable[[], Awaitable[func.HttpResponse]],
    *,
    trail: AuditTrail,
    caller: Caller,
    action: str,
) -> func.HttpResponse:
    """Make a change that is noted; what cannot be noted is not made."""
    entry = AuditEntry(
        id=uuid.uuid4().hex,
        at=datetime.now(UTC),
        caller=caller.object_id,
        action=action,
        target=_shaped("/".join(req.route_params.values()), _IDS) or "",
        before=_shaped(req.headers.get("if-match", ""), _VERSION),
    )
    await trail.begin(entry)
    answered = await answer(req, change())
    after = hashlib.sha256(answered.get_body()).hexdigest()
    try:
        await trail.finish(entry, AuditResult(answered.status_code, after))
    except (TransientError, ConfigurationError) as exc:
        # What was done is done: its entry says so without a result.
        logger.warning("an audit entry has no result: %s", exc, extra={"entry": entry.id})

    return answered


def _shaped(text: str, shape: re.Pattern[str]) -> str | None:
    """Return what looks as it should; of anything else, which might be a value, only a sign."""
    if not text:
        return None

    return text if len(text) <= LONGEST and shape.fullmatch(text) else STRANGE
