import json

import pytest

from connector.functions.manage.sign_in import me, sign_in
from tests.unit.functions.manage.calls import a_call, told
from tests.unit.functions.world import World

TENANT = "5f2b9c1e-7d34-4a86-b0e5-9c41d7f8a263"
APPLICATION = "3c8e1b7d-94f2-4d60-a5c3-7e0b2f19d846"


async def test_page_learns_where_to_sign_in(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The page is told the authority, its client id and the scopes, and nothing else.
    """
    monkeypatch.setenv("ENTRA_TENANT_ID", TENANT.upper())
    monkeypatch.setenv("ENTRA_CLIENT_ID", APPLICATION)

    answer = await sign_in(a_call(token=None))

    assert answer.status_code == 200
    assert json.loads(answer.get_body()) == {
        "authority": f"https://login.microsoftonline.com/{TENANT}/v2.0",
        "client_id": APPLICATION,
        "scopes": ["openid", "profile", f"{APPLICATION}/.default"],
    }


@pytest.mark.parametrize("tenant", ["", "contoso"], ids=["missing", "wrong"])
async def test_page_learns_that_nothing_is_set(
    world: World, monkeypatch: pytest.MonkeyPatch, tenant: str
) -> None:
    """
    Where nobody has said who signs people in, or not well, the page can say so.
    """
    monkeypatch.setenv("ENTRA_TENANT_ID", tenant)
    monkeypatch.delenv("ENTRA_CLIENT_ID", raising=False)

    assert told(await sign_in(a_call(token=None))) == (503, "sign_in_not_configured")


@pytest.mark.feature("F60", "F61")
@pytest.mark.parametrize(
    ("token", "roles"), [("admin", ["Connector.Admin"]), ("reader", ["Connector.Reader"])]
)
async def test_person_learns_their_roles(world: World, token: str, roles: list[str]) -> None:
    """
    Who signed in is told under which id and in which roles.
    """
    answer = await me(a_call(token=token))

    assert json.loads(answer.get_body()) == {"object_id": f"object-id-of-{token}", "roles": roles}


@pytest.mark.parametrize(("token", "status"), [(None, 401), ("nobody", 403)])
async def test_stranger_learns_nothing(world: World, token: str | None, status: int) -> None:
    """
    Without a token, or without a role, not even that is told.
    """
    assert (await me(a_call(token=token))).status_code == status
