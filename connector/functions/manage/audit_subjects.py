"""What people change by the manage routes, as it is now: entries of an audit make a chain by it."""

import azure.functions as func

from connector.bootstrap import services
from connector.domain.job_errors import JobNotFoundError
from connector.functions.manage.auditing import Subject


async def find_connection(req: func.HttpRequest, made: str | None) -> Subject | None:  # noqa: ARG001 - contract
    """Find the connection and the licence, whatever the licence allows."""
    known = services()
    stored = await known.connecting.find()
    licence = await known.licence.store.find()
    state = (
        stored.key if stored else "",
        stored.secret_version if stored else "",
        licence.code if licence else "",
    )

    return Subject("connection", "\n".join(state))


async def find_mappings(req: func.HttpRequest, made: str | None) -> Subject | None:  # noqa: ARG001 - contract
    """Find the mappings as a whole."""
    known = await services().mapping_keeping.sets.read()

    return Subject("mappings", known.version)


async def find_job(req: func.HttpRequest, made: str | None) -> Subject | None:
    """Find the job that a call names or made; how far it is does not count."""
    id_ = made or req.route_params.get("id")
    if not id_:
        return None

    try:
        job = await services().jobs.get(id_)
    except JobNotFoundError:
        return None

    return Subject(f"job/{job.id}", job.state)
