"""A person looks at people on the pages and changes them there."""

from collections.abc import AsyncIterator

import pytest

from devstack.dataverse.api.message import error_response
from devstack.dataverse.errors import DataverseError
from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def send(stage: Stage, path: str, **fields: str) -> tuple[int, str, str]:
    """Send a form of the pages."""
    url = f"{stage.facts['view']}{path}"
    async with stage.http.post(url, data=fields, allow_redirects=False) as answer:
        return answer.status, answer.headers.get("Location", ""), await answer.text()


async def test_pages_show_people_escaped(stage: Stage) -> None:
    """
    What people are called is shown as text, never as part of the page.
    """
    name = "<script>alert(1)</script>"
    row_id = await stage.make("contacts", lastname=name)

    listed = await stage.control("GET", "contact")
    shown = await stage.control("GET", f"contact/{row_id}")
    searched = await stage.control("GET", 'contact?q="><script>')

    for page in (listed, shown, searched):
        assert page.status == 200
        assert b"<script>" not in page.body
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    assert b"&lt;script&gt;" in listed.body


async def test_person_is_made_by_hand(stage: Stage) -> None:
    """
    A form makes, changes and deletes a person through the same door, so events follow.
    """
    made, where, _ = await send(stage, "contact/new", lastname="Vos", birthdate="1950-02-01")
    row_id = where.rpartition("/")[2]
    changed, _, _ = await send(stage, f"contact/{row_id}", lastname="Bos", birthdate="1950-02-01")
    update = stage.ear.heard[-1]
    row = (await stage.get(f"contacts({row_id})")).json
    deleted, _, _ = await send(stage, f"contact/{row_id}/delete")

    assert (made, changed, deleted) == (303, 303, 303)
    assert (row["lastname"], row["birthdate"]) == ("Bos", "1950-02-01")
    assert set(update.requested or ()) == {"lastname", "contactid"}
    assert [message for message, _, _ in stage.ear.take()] == ["Create", "Update", "Delete"]


async def test_refusal_is_shown(stage: Stage) -> None:
    """
    What the Web API refuses is said on the page, and what was typed stays.
    """
    status, _, text = await send(stage, "contact/new", lastname="V" * 60)

    assert status == 400
    assert "maximum allowed length" in text
    assert "V" * 60 in text


async def test_lead_is_qualified_by_hand(stage: Stage) -> None:
    """
    The button qualifies a lead into a contact.
    """
    lead = await stage.make("leads", lastname="Vos")

    status, _, _ = await send(stage, f"lead/{lead}/qualify")

    rows = (await stage.get("contacts")).rows
    assert status == 303
    assert [row["_originatingleadid_value"] for row in rows] == [lead]


async def test_unknown_page_is_404(stage: Stage) -> None:
    """
    A row that is not there has no page.
    """
    assert (await stage.control("GET", "contact/nobody")).status == 404
    assert (await stage.control("GET", "")).headers["Location"] == "/_devstack/contact"


async def test_form_of_dynamics_leads_to_the_page(stage: Stage) -> None:
    """
    The address by which a record opens in Dynamics leads to that person's page.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    form = f"{stage.facts['url']}/main.aspx"
    seen = []
    for table, key in (("contact", row_id), ("contact", f"{{{row_id.upper()}}}"), ("account", "1")):
        query = {"etn": table, "id": key, "pagetype": "entityrecord"}
        async with stage.http.get(form, params=query) as answer:
            seen.append((answer.status, answer.url.path, "Vos" in await answer.text()))

    there = (200, f"/_devstack/contact/{row_id}", True)
    assert seen == [there, there, (404, "/main.aspx", False)]


async def test_newest_stands_first(stage: Stage) -> None:
    """
    Who was changed last stands at the top.
    """
    first = await stage.make("contacts", lastname="Aal")
    await stage.make("contacts", lastname="Bal")
    await stage.call("PATCH", f"contacts({first})", {"jobtitle": "Inkoper"})

    listed = (await stage.control("GET", "contact")).body.decode()

    assert listed.index("Aal") < listed.index("Bal")


async def test_choices_have_labels(stage: Stage) -> None:
    """
    Choices, states and booleans are offered by their labels.
    """
    row_id = await stage.make("contacts", lastname="Vos", gendercode=2)

    shown = (await stage.control("GET", f"contact/{row_id}")).body.decode()

    assert '<option value="2" selected>Vrouw</option>' in shown
    assert '<option value="0" selected>Actief</option>' in shown
    assert '<option value="false" selected>Toestaan</option>' in shown


async def test_refused_button_shows_the_row(stage: Stage) -> None:
    """
    A lead that cannot be qualified again is shown with the reason, its values and its own form.
    """
    lead = await stage.make("leads", lastname="Vos")
    await send(stage, f"lead/{lead}/qualify")

    status, _, text = await send(stage, f"lead/{lead}/qualify")

    assert status == 400
    assert 'class="error"' in text
    assert f'action="/_devstack/lead/{lead}"' in text
    assert 'value="Vos"' in text


async def test_refused_delete_is_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A row that may not be deleted is shown with the reason.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    refusal = error_response(DataverseError(403, "0x80040220", "mag niet"))
    monkeypatch.setattr(stage.simulator.api, "handle", lambda _: refusal)

    status, _, text = await send(stage, f"contact/{row_id}/delete")

    assert status == 403
    assert "mag niet" in text


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Origin": "http://elsewhere.example"}, id="origin"),
        pytest.param({"Origin": "null"}, id="hidden-origin"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="site"),
    ],
)
async def test_other_sites_cannot_send(stage: Stage, headers: dict[str, str]) -> None:
    """
    A form that a page of another site sends is refused and does nothing.
    """
    row_id = await stage.make("contacts", lastname="Vos")
    url = f"{stage.facts['view']}contact/{row_id}/delete"

    async with stage.http.post(url, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 403

    assert (await stage.get(f"contacts({row_id})")).status == 200
