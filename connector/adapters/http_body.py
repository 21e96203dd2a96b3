"""Reads an answer whole, but not for ever and not whatever its size."""

import asyncio

import httpx

from connector.domain.errors import TransientError


async def exchange(
    client: httpx.AsyncClient,
    request: httpx.Request,
    *,
    who: str,
    seconds: float,
    largest: int,
    auth: httpx.Auth | None = None,
) -> tuple[httpx.Response, bytes]:
    """Send a request and return the answer with its body; every failure is a `TransientError`.

    The time is for the whole of it: httpx itself only limits the wait for each piece.
    """
    try:
        async with asyncio.timeout(seconds):
            response = await client.send(request, stream=True, auth=auth)
            return response, await _read(response, who, largest)
    except (httpx.TimeoutException, TimeoutError) as exc:
        raise TransientError(f"{who} must answer within {seconds:g} s") from exc
    except httpx.RequestError as exc:
        raise TransientError(f"{who} must be reachable ({type(exc).__name__})") from exc


async def _read(response: httpx.Response, who: str, largest: int) -> bytes:
    body = bytearray()
    try:
        async for chunk in response.aiter_bytes():
            body += chunk
            if len(body) > largest:
                raise TransientError(f"{who} must not answer with more than {largest} bytes")
    finally:
        await response.aclose()

    return bytes(body)
