"""A handler that reads a request and answers 202: the least that a webhook can cost."""

from http import HTTPStatus

from aiohttp import web

from devstack.serving import listen, run


class BareHandler:
    """Listens on a free port of the loopback."""

    async def start(self) -> dict[str, object]:
        """Listen, and return where."""
        app = web.Application()
        app.router.add_post("/", self._answer)
        self._runner, port = await listen(app, "127.0.0.1", 0)

        return {"url": f"http://127.0.0.1:{port}/"}

    async def stop(self) -> None:
        """Free the port."""
        await self._runner.cleanup()

    async def _answer(self, request: web.Request) -> web.Response:
        await request.read()

        return web.Response(status=HTTPStatus.ACCEPTED)


if __name__ == "__main__":
    run(BareHandler())
