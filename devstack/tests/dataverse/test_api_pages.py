"""Pages: each row once, in the order of the keys, and found without a scan."""

import pytest

from devstack.tests.dataverse.api_stage import Json, Stage, staged


async def collect(stage: Stage, prefer: dict[str, str], **params: str) -> list[Json]:
    """Follow the pages of a query to their end."""
    options = {f"${name}": text for name, text in params.items()}
    page = await stage.call("GET", "contacts", headers=prefer, params=options)
    pages = [page.json]
    while link := pages[-1].get("@odata.nextLink"):
        sent = {"Authorization": f"Bearer {stage.token}", **prefer}
        async with stage.http.get(link, headers=sent) as answer:
            pages.append(await answer.json())

    return pages


@pytest.mark.parametrize(
    "params",
    [
        pytest.param({}, id="no-order"),
        pytest.param({"orderby": "contactid asc"}, id="by-key"),
        pytest.param({"orderby": "lastname desc"}, id="descending"),
        pytest.param({"orderby": "birthdate,contactid"}, id="with-empty-ones"),
        pytest.param({"orderby": "modifiedon"}, id="all-equal"),
        pytest.param({"filter": "donotbulkemail eq false", "orderby": "createdon"}, id="filtered"),
    ],
)
async def test_pages_hold_each_row_once(params: dict[str, str]) -> None:
    """
    Following the next links gives every row once, in pages of the size that was asked for.
    """
    async with staged() as stage:
        await stage.control("POST", "seed", {"count": 53, "seed": 7})
        whole = (await stage.get("contacts", **params)).rows
        pages = await collect(stage, {"Prefer": "odata.maxpagesize=10"}, **params)

    sizes = [len(page["value"]) for page in pages]
    ids = [row["contactid"] for page in pages for row in page["value"]]
    assert ids == [row["contactid"] for row in whole]
    assert sizes[:-1] == [10] * (len(sizes) - 1)
    assert len(sizes) > 1


async def test_page_cap_holds() -> None:
    """
    A page holds no more than the cap, whatever is preferred, and a next link follows.
    """
    async with staged(page_cap=5) as stage:
        await stage.control("POST", "seed", {"count": 12})
        pages = await collect(stage, {"Prefer": "odata.maxpagesize=1000"})

    assert [len(page["value"]) for page in pages] == [5, 5, 2]


async def test_key_order_is_sql_order() -> None:
    """
    Ids are sorted as SQL Server sorts them: by their last six bytes first.
    """
    ids = [
        "ffffffff-0000-0000-0000-000000000001",
        "00000000-0000-0000-0000-000000000002",
        "00000000-0000-0000-ff00-000000000001",
        "01000000-0000-0000-0000-000000000001",
    ]
    async with staged() as stage:
        for row_id in ids:
            await stage.call("PATCH", f"contacts({row_id})", {"lastname": "x"})

        found = [row["contactid"] for row in (await stage.get("contacts")).rows]
        after = await stage.get("contacts", filter=f"contactid gt {ids[2]}")

    assert found == [ids[3], ids[0], ids[2], ids[1]]
    assert [row["contactid"] for row in after.rows] == [ids[1]]


async def test_hundred_ids_are_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    A query for a hundred ids, as OR or as In, gives those rows and looks at no others.
    """
    async with staged() as stage:
        seeded = (await stage.control("POST", "seed", {"count": 500})).json["ids"]
        wanted = seeded[::5]
        monkeypatch.setattr(stage.simulator.store, "walk", _never)
        either = " or ".join(f"contactid eq {one}" for one in wanted)
        listed = ",".join(f"'{one}'" for one in wanted)
        within = f"Microsoft.Dynamics.CRM.In(PropertyName='contactid',PropertyValues=[{listed}])"
        first = await stage.get("contacts", select="lastname", filter=either)
        second = await stage.get(
            "contacts", select="lastname", filter=f"{within} and statecode eq 0"
        )

    assert [row["contactid"] for row in first.rows] == wanted
    assert [row["contactid"] for row in second.rows] == wanted


def _never(*_: object) -> None:
    raise AssertionError("the whole table was walked")
