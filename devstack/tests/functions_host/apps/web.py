"""HTTP functions of every kind, and a timer that runs by hand only."""

import asyncio
import json
import logging

import azure.functions as func

app = func.FunctionApp()
_log = logging.getLogger("app")


@app.route("echo/{name:alpha}/{number:int?}", methods=["GET", "POST"], auth_level="anonymous")
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {
        "method": req.method,
        "url": req.url,
        "params": dict(req.params),
        "route": dict(req.route_params),
        "headers": dict(req.headers),
        "body": req.get_body().decode(),
    }
    response = func.HttpResponse(json.dumps(seen), mimetype="application/json", status_code=201)
    response.headers.add("Set-Cookie", "first=1; Path=/")
    response.headers.add("Set-Cookie", "second=2; HttpOnly")

    return response


@app.route("files/{*path}", auth_level="anonymous")
async def files(req: func.HttpRequest) -> str:
    return str(req.route_params.get("path", ""))


@app.route(auth_level="function")
async def guarded(req: func.HttpRequest) -> str:
    return "guarded"


@app.route(auth_level="function")
async def another(req: func.HttpRequest) -> str:
    return "another"


@app.route(auth_level="admin")
def owned(req: func.HttpRequest) -> str:
    return "owned"


@app.route(auth_level="anonymous")
async def broken(req: func.HttpRequest) -> str:
    raise ValueError("this is broken")


@app.route(auth_level="anonymous")
async def forgetful(req: func.HttpRequest):  # type: ignore[no-untyped-def]  # noqa: ANN201 - as apps forget
    return None


@app.route(auth_level="anonymous", binding_arg_name="res")
async def silent(req: func.HttpRequest, res: func.Out[func.HttpResponse]) -> None:
    _log.info("silent ran")


@app.route(auth_level="anonymous")
async def slow(req: func.HttpRequest) -> str:
    _log.info("slow began")
    await asyncio.sleep(0.5)

    return "slow"


@app.timer_trigger(arg_name="timer", schedule="%NIGHTLY%")
async def nightly(timer: func.TimerRequest) -> None:
    _log.info("nightly ran, past due: %s", timer.past_due)


@app.timer_trigger(arg_name="timer", schedule="%NIGHTLY%")
@app.retry(strategy="fixed_delay", max_retry_count="2", delay_interval="00:00:00")
async def flaky(timer: func.TimerRequest, context: func.Context) -> None:
    _log.info("flaky try %s", context.retry_context.retry_count)
    raise RuntimeError("flaky")


@app.timer_trigger(arg_name="timer", schedule="%NIGHTLY%", run_on_startup=True)
async def eager(timer: func.TimerRequest) -> None:
    _log.info("eager ran")
