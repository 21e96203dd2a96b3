"""Counts what was called and how it was answered, so that nobody has to guess."""

from collections import Counter

from aiohttp import web

from devstack.faults import Handler
from devstack.spotler.routing import BASES


class Calls:
    """The calls since the last reset, by method, path template and status."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def reset(self) -> None:
        """Begin to count anew."""
        self._counts.clear()

    def as_json(self) -> dict[str, object]:
        """Return `{"POST /contact/list": {"200": 3}}` and the total."""
        calls: dict[str, dict[str, int]] = {}
        for (operation, status), count in self._counts.items():
            calls.setdefault(operation, {})[status] = count

        return {"total": self._counts.total(), "calls": calls}

    @web.middleware
    async def middleware(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count every request to the API; the control routes are free."""
        if request.path.startswith("/_devstack/"):
            return await handler(request)

        answer = await handler(request)
        dropped = request.transport is None or request.transport.is_closing()
        status = "dropped" if dropped else str(answer.status)
        self._counts[f"{request.method} {_template(request)}", status] += 1

        return answer


def _template(request: web.Request) -> str:
    resource = request.match_info.route.resource
    if resource is None:
        return "unknown"

    template = resource.canonical
    for base in reversed(BASES):
        template = template.removeprefix(base)

    return template.rstrip("/")
