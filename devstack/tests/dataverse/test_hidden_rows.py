"""Rows that the roles of the application user do not reach."""

from collections.abc import AsyncIterator

import pytest

from devstack.tests.dataverse.api_stage import Stage, staged


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    async with staged() as found:
        yield found


async def _make_two(stage: Stage) -> tuple[str, str]:
    """Return a contact that is hidden, and one that is not."""
    hidden = await stage.make("contacts", lastname="Vos")
    shown = await stage.make("contacts", lastname="Vos")
    answer = await stage.control("PUT", "hidden", [hidden])
    assert answer.status == 204

    return hidden, shown


@pytest.mark.parametrize(
    "query",
    [
        "contacts",
        "contacts?$filter=lastname eq 'Vos'",
        "contacts?$orderby=contactid",
        "contacts?$orderby=lastname",
    ],
)
async def test_queries_leave_hidden_rows_out(stage: Stage, query: str) -> None:
    """
    A query answers as if a hidden row were not there, however it is asked.
    """
    hidden, shown = await _make_two(stage)

    rows = (await stage.get(query)).rows
    by_id = (await stage.get(f"contacts?$filter=contactid eq {hidden}")).rows

    assert [row["contactid"] for row in rows] == [shown]
    assert by_id == []
    assert (await stage.get("contacts/$count")).body == b"1"


async def test_hidden_row_is_refused(stage: Stage) -> None:
    """
    A hidden row that is asked for by its id is refused, and not told to be missing.
    """
    hidden, shown = await _make_two(stage)

    answers = [
        await stage.get(f"contacts({hidden})"),
        await stage.call("PATCH", f"contacts({hidden})", {"lastname": "Bos"}),
        await stage.call("DELETE", f"contacts({hidden})"),
    ]

    assert {(one.status, one.code) for one in answers} == {(403, "0x80040220")}
    assert (await stage.get(f"contacts({shown})")).status == 200


async def test_deleted_row_is_missing_all_the_same(stage: Stage) -> None:
    """
    A row that was hidden and then deleted is told to be missing.
    """
    hidden, _ = await _make_two(stage)

    await stage.control("DELETE", f"user/contacts({hidden})")

    assert (await stage.get(f"contacts({hidden})")).status == 404


async def test_people_see_hidden_rows(stage: Stage) -> None:
    """
    A person sees all rows, and so does the application user once nothing is hidden.
    """
    hidden, _ = await _make_two(stage)

    as_person = await stage.control("GET", f"user/contacts({hidden})")
    await stage.control("PUT", "hidden", [])

    assert as_person.status == 200
    assert (await stage.get(f"contacts({hidden})")).status == 200


async def test_fetch_is_not_simulated_over_hidden_rows(stage: Stage) -> None:
    """
    FetchXML over hidden rows is refused loudly.
    """
    await _make_two(stage)

    answer = await stage.call(
        "GET", "contacts", params={"fetchXml": "<fetch><entity name='contact'/></fetch>"}
    )

    assert answer.status == 501


@pytest.mark.parametrize("body", [{}, ["x"], "x"])
async def test_list_of_hidden_rows_is_checked(stage: Stage, body: object) -> None:
    """
    What is no list of ids hides nothing.
    """
    assert (await stage.control("PUT", "hidden", body)).status == 400
