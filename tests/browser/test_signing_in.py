"""Who may see the page: signed out, signed in, without a role, and no longer signed in."""

import pytest

from tests.browser.conftest import Visit

pytestmark = [
    pytest.mark.integration,
    pytest.mark.feature("F31", "F60", "F61"),
    pytest.mark.asyncio(loop_scope="module"),
]


async def test_person_signs_in(visit: Visit) -> None:
    """
    Who opens the page signs in at the provider, comes back to the page, and sees their name.
    """
    visitor = await visit(role=None)
    visitor.expected = ("manage/connection",)
    assert await visitor.page.get_by_role("heading", name="Meld je aan").is_visible()

    await visitor.sign_in("admin")

    assert "Anneke Bakker" in await visitor.page.locator(".who").inner_text()
    assert visitor.page.url == f"{visitor.address}/api/config?lcid=1043"
