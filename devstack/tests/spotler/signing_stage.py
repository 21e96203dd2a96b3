"""Requests that are signed by hand, for the tests of signatures."""

from devstack.tests.spotler.client import JSON, Caller

LIST = "/contact/properties/list"


async def ask(spotler: Caller, header: str, path: str = LIST) -> int:
    url = spotler.url(path)
    answer = await spotler.send("GET", url, headers={"Authorization": header, "Accept": JSON})

    return answer.status


def parts(header: str) -> dict[str, str]:
    """Return the parameters of a header as they stand there, still encoded."""
    items = header.removeprefix("OAuth ").split(", ")

    return {name: value.strip('"') for name, value in (item.split("=", 1) for item in items)}


def joined(items: dict[str, str], separator: str = ", ") -> str:
    return "OAuth " + separator.join(f'{name}="{value}"' for name, value in items.items())
