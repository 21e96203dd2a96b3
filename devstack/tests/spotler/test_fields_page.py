"""The page on which a field is made visible and named."""

import html.parser

import pytest

from devstack.tests.spotler.client import Caller

PAGE = "/fields"


class Forms(html.parser.HTMLParser):
    """What the forms of a page would send, by where they would send it."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.actions: dict[str, str] = {}
        self.inputs: dict[str, dict[str, str]] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.actions[given["id"]] = given["action"]

        if tag == "input" and (given["type"] == "text" or "checked" in given):
            sent = self.inputs.setdefault(given["form"], {})
            sent[given["name"]] = given.get("value", "on")


async def submit(spotler: Caller, action: str, **fields: str) -> str:
    """Send a form as a browser does, and return the page that it leads to."""
    async with spotler.session.post(f"{spotler.root}{action}", data=fields) as answer:
        assert answer.status == 200

        return await answer.text()


async def listed(spotler: Caller) -> dict[str, str]:
    fields = (await spotler.get("/contact/properties/list")).data

    return {field["name"]: field["description"] for field in fields}


async def test_field_becomes_visible(spotler: Caller) -> None:
    """
    A hidden profile field is shown by the API once it is made visible, under its new name.
    """
    forms = Forms((await spotler.control("GET", PAGE)).text)
    action = forms.actions["form-profileField7"]
    assert "visible" not in forms.inputs["form-profileField7"]

    page = await submit(spotler, action, description="Lievelingskleur", visible="on")

    assert (await listed(spotler))["profileField7"] == "Lievelingskleur"
    assert Forms(page).inputs["form-profileField7"] == {
        "description": "Lievelingskleur",
        "visible": "on",
    }
    assert "Opgeslagen: Lievelingskleur (profileField7) is zichtbaar" in page


async def test_field_becomes_hidden(spotler: Caller) -> None:
    """
    A field that is not ticked disappears from the API, the permissions as well.
    """
    page = await submit(spotler, "/_devstack/fields/permissions", description="Permissies")

    assert "permissions" not in await listed(spotler)
    assert "Permissies (permissions) is niet zichtbaar" in page


@pytest.mark.parametrize("label", ["Owner ", "Owner\u00a0", " <b>\"&' "])
async def test_name_is_kept_as_given(spotler: Caller, label: str) -> None:
    """
    A name keeps its blanks and its signs, on the page and in the API.
    """
    page = await submit(spotler, "/_devstack/fields/profileField1", description=label, visible="on")

    assert Forms(page).inputs["form-profileField1"]["description"] == label
    assert (await listed(spotler))["profileField1"] == label


@pytest.mark.parametrize(
    ("path", "fields", "status"),
    [("nothing", {"description": "x"}, 404), ("profileField7", {}, 400)],
    ids=["unknown", "nameless"],
)
async def test_wrong_form_is_told(
    spotler: Caller, path: str, fields: dict[str, str], status: int
) -> None:
    """
    A field that does not exist, or that would have no name, is refused.
    """
    url = f"{spotler.root}/_devstack/fields/{path}"

    async with spotler.session.post(url, data=fields) as answer:
        assert answer.status == status


async def test_every_form_is_whole(spotler: Caller) -> None:
    """
    Saving each form as it stands changes nothing.
    """
    before = (await spotler.control("GET", "/properties")).data
    forms = Forms((await spotler.control("GET", PAGE)).text)

    for name, action in forms.actions.items():
        await submit(spotler, action, **forms.inputs[name])

    assert (await spotler.control("GET", "/properties")).data == before
