"""Notes who asks for what, before it is done, and what came of it afterwards."""

import hashlib
import json
import logging
import math
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Final

import azure.functions as func

from connector.adapters.manage_api.shape import Shape, parse_body
from connector.application.audit_ports import AuditTrail
from connector.domain.audit import AuditEntry, AuditResult
from connector.domain.caller import Caller
from connector.domain.errors import ConfigurationError, InvalidEventError, TransientError
from connector.functions.manage.problems import answer

logger = logging.getLogger(__name__)

LONGEST: Final = 200
MOST_NAMED: Final = 30_000
"""So many characters fit into a column of a table."""

STRANGE: Final = "?"
NOTE_AGAIN_SECONDS: Final = 60.0
MOST_KINDS: Final = 1_000
LEFT_OUT: Final = "left_out"
COMES_LATE: Final = frozenset({"configuration", "impossible"})
"""What a system said, perhaps after something was changed; any other refusal changes nothing."""

_IDS = re.compile(r"[\w-]+(/[\w-]+)*", re.ASCII)
_NAME = re.compile(r"[\w.:/=-]+", re.ASCII)
_VERSION = re.compile(r'(W/)?"[\w.:%\'-]*"|\*', re.ASCII)


@dataclass(frozen=True, slots=True)
class Subject:
    """What has a state that people change: by what name it is known, and that state as a text."""

    name: str
    state: str

    @property
    def digest(self) -> str:
        """Return a hash, for a state may hold what must not be kept."""
        return hashlib.sha256(self.state.encode()).hexdigest()


type FindSubject = Callable[[func.HttpRequest, str | None], Awaitable[Subject | None]]
"""Finds the subject of a call as it is now; told the id of what was made, where that is known."""


type RefusalKind = tuple[str, str, int]
"""The object id of a caller, the action, and the status."""


class RefusalNotes:
    """The refusals that this worker notes: of each kind one a minute, with the count of the others.

    Otherwise anybody who can sign in could fill the table.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Take what tells the seconds."""
        self._clock = clock
        self._noted: dict[RefusalKind, tuple[float, int]] = {}

    def begin(self, kind: RefusalKind) -> int | None:
        """Return how many were left out since the last note, or None where this one is too."""
        now = self._clock()
        since, left_out = self._noted.pop(kind, (-math.inf, 0))
        is_soon = now < since + NOTE_AGAIN_SECONDS
        self._noted[kind] = (since, left_out + 1) if is_soon else (now, 0)
        if len(self._noted) > MOST_KINDS:
            del self._noted[next(iter(self._noted))]

        return None if is_soon else left_out

    def undo(self, kind: RefusalKind, left_out: int) -> None:
        """Have the next one noted, for this one could not be."""
        _, since_then = self._noted.pop(kind, (0, 0))
        self._noted[kind] = (-math.inf, left_out + 1 + since_then)


REFUSALS = RefusalNotes()


@dataclass(frozen=True, slots=True, kw_only=True)
class Auditing:
    """What is noted of the calls of one route, by what the route declares of itself."""

    trail: AuditTrail
    caller: Caller
    action: str
    takes: type[Shape] | None = None
    answers: type[Shape] | None = None
    subject: FindSubject | None = None

    async def run(
        self, req: func.HttpRequest, change: Callable[[], Awaitable[func.HttpResponse]]
    ) -> func.HttpResponse:
        """Carry out a call that is noted; what cannot be noted is not carried out."""
        entry = self._to_entry(req, self._names_of(req), await self._find(req))
        await self.trail.begin(entry)
        answered = await answer(req, change())
        try:
            await self.trail.finish(entry, await self._to_result(entry, req, answered))
        except (TransientError, ConfigurationError) as exc:
            # What was done is done: its entry says so without a result.
            logger.warning("an audit entry has no result: %s", exc, extra={"entry": entry.id})

        return answered

    async def refuse(self, req: func.HttpRequest, status: HTTPStatus) -> None:
        """Note what was refused before it began; a refusal stands whether it is noted or not."""
        kind = self.caller.object_id, self.action, int(status)
        left_out = REFUSALS.begin(kind)
        if left_out is None:
            return

        # A body that is too long or no JSON is not read.
        names = self._names_of(req) if status is HTTPStatus.FORBIDDEN else ()
        entry = self._to_entry(req, names, None)
        others = (f"{LEFT_OUT}={left_out}",) if left_out else ()
        try:
            await self.trail.note(entry, AuditResult(status=status, named=others))
        except (TransientError, ConfigurationError) as exc:
            REFUSALS.undo(kind, left_out)
            logger.warning("a refusal is not noted: %s", exc, extra={"entry": entry.id})

    def _to_entry(
        self, req: func.HttpRequest, names: Sequence[str], subject: Subject | None
    ) -> AuditEntry:
        return AuditEntry(
            id=uuid.uuid4().hex,
            at=datetime.now(UTC),
            caller=self.caller.object_id,
            action=self.action,
            target=_shaped("/".join(req.route_params.values()), _IDS) or "",
            named=_bounded(names),
            subject=subject.name if subject else None,
            before=subject.digest if subject else None,
            seen=_shaped(req.headers.get("if-match", ""), _VERSION),
        )

    async def _to_result(
        self, entry: AuditEntry, req: func.HttpRequest, answered: func.HttpResponse
    ) -> AuditResult:
        if _changed_nothing(answered):
            # What has another state by now got it from somebody else.
            return AuditResult(
                status=answered.status_code, subject=entry.subject, after=entry.before
            )

        made = answered.headers.get("Location", "").rpartition("/")[2] or None
        subject = await self._find(req, made)

        return AuditResult(
            status=answered.status_code,
            named=_bounded(self._names_in(answered)),
            subject=subject.name if subject else None,
            after=subject.digest if subject else None,
        )

    async def _find(self, req: func.HttpRequest, made: str | None = None) -> Subject | None:
        return await self.subject(req, made) if self.subject else None

    def _names_of(self, req: func.HttpRequest) -> Sequence[str]:
        if self.takes is None:
            return ()

        try:
            return parse_body(self.takes, req.get_body()).audit_names()
        except InvalidEventError:
            return ()  # the route itself says what is wrong with it

    def _names_in(self, answered: func.HttpResponse) -> Sequence[str]:
        is_good = answered.status_code < HTTPStatus.BAD_REQUEST
        if self.answers is None or not is_good:
            return ()

        return self.answers.model_validate_json(answered.get_body()).audit_names()


def _changed_nothing(answered: func.HttpResponse) -> bool:
    """Tell whether a call was refused before it changed anything."""
    if not HTTPStatus.BAD_REQUEST <= answered.status_code < HTTPStatus.INTERNAL_SERVER_ERROR:
        return False

    return json.loads(answered.get_body())["code"] not in COMES_LATE


def _bounded(names: Sequence[str]) -> tuple[str, ...]:
    """Return as many names as a row can hold, each in a shape that no value has."""

    def fitting() -> Iterator[str]:
        left = MOST_NAMED
        for name in names:
            shaped = _shaped(name, _NAME) or STRANGE
            left -= len(shaped) + 1
            if left < 0:
                return
            yield shaped

    return tuple(fitting())


def _shaped(text: str, shape: re.Pattern[str]) -> str | None:
    """Return what looks as it should; of anything else, which might be a value, only a sign."""
    if not text:
        return None

    return text if len(text) <= LONGEST and shape.fullmatch(text) else STRANGE
