"""Whether the connector works, in one word."""

import json
from http import HTTPStatus

import azure.functions as func

from connector.application.check_connections import Health
from connector.bootstrap import services

bp = func.Blueprint()


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> func.HttpResponse:  # noqa: ARG001 - the host's contract
    """Say ok or degraded."""
    state = await services().connections.check()
    status = HTTPStatus.OK if state is Health.OK else HTTPStatus.SERVICE_UNAVAILABLE

    return func.HttpResponse(
        json.dumps({"status": state}), status_code=status, mimetype="application/json"
    )
