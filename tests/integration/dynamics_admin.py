"""An administrator of Dynamics: secures and deletes columns, restores and merges rows."""

from dataclasses import dataclass
from typing import Any

from tests.integration.administrator import Administrator
from tests.integration.conftest import Local

CRM = "Microsoft.Dynamics.CRM"
MAPPING = ("target", "contact_column", "lead_column", "converter", "lead_converter")


@dataclass(frozen=True, slots=True)
class DynamicsAdmin:
    """Changes what the simulator's administrator may change, and maps a field to a column."""

    local: Local

    async def set_column(self, column: str, table: str = "contact", **differs: object) -> None:
        """Let a column of people differ from usual; without anything it is as usual."""
        await self._control("PUT", f"columns/{table}/{column}", differs)

    async def delete_column(self, column: str) -> None:
        await self._control("DELETE", f"columns/contact/{column}")

    async def make_column(self, column: str) -> None:
        """Make a deleted column anew: it is empty."""
        await self._control("POST", f"columns/contact/{column}")

    async def restore(self, table: str, row: str) -> None:
        await self._control("POST", f"restore/{table}/{row}")

    async def hide(self, *rows: str) -> None:
        """Take the connector's user the right to see these rows; nothing else is hidden."""
        await self._control("PUT", "hidden", [*rows])

    async def delete_silently(self, *rows: str, table: str = "contact") -> None:
        """Delete people while the steps of the webhook are off, so that nobody is told."""
        await self.local.stack.settle()
        await self.switch_steps(on=False)
        for row in rows:
            await self.local.crm.delete(table, row)
        await self.switch_steps(on=True)

    async def merge(
        self, target: str, subordinate: str, table: str = "contact", **content: object
    ) -> None:
        """Merge a row of people into another one, which gets this content, as the platform does."""
        await self.local.crm._call(
            "POST",
            "/Merge",
            {
                "Target": _reference(target, table),
                "Subordinate": _reference(subordinate, table),
                "UpdateContent": {"@odata.type": f"{CRM}.{table}", **content} if content else None,
                "PerformParentingChecks": False,
            },
        )

    async def switch_steps(self, *, on: bool) -> None:
        """Switch all steps of the webhook on or off, as in the list of processing steps."""
        path = "/sdkmessageprocessingsteps"
        steps = await self.local.crm._call("GET", f"{path}?$select=name")
        state = {"statecode": 0, "statuscode": 1} if on else {"statecode": 1, "statuscode": 2}
        for step in steps["value"]:
            row = f"{path}({step['sdkmessageprocessingstepid']})"
            await self.local.crm._call("PATCH", row, state)

    async def map(self, field: str, column: str, converter: str = "text", **kind: object) -> None:
        """Show a profile field in Spotler and map it to a column of contacts."""
        stack = self.local.stack
        url = f"{stack.facts('spotler')['url']}/_devstack/properties/{field}"
        await stack.control("PUT", url, {"visible": True, "description": field.title(), **kind})
        admin = await Administrator.of(stack)
        await admin.call("POST", "/mappings/refresh")
        view, headers = await admin.get("/mappings")
        wanted = [{name: one[name] for name in MAPPING} for one in view["mappings"]]
        wanted = [one for one in wanted if one["target"] != f"name:{field}"]
        wanted.append(
            dict(zip(MAPPING, (f"name:{field}", column, None, converter, None), strict=True))
        )
        status, answer = await admin.call(
            "PUT", "/mappings", {"mappings": wanted}, {"If-Match": headers["ETag"]}
        )
        assert status == 200, answer

    async def _control(self, method: str, path: str, body: object = None) -> None:
        url = f"{self.local.stack.facts('dataverse')['url']}/_devstack/{path}"
        await self.local.stack.control(method, url, body)


def _reference(row: str, table: str) -> dict[str, Any]:
    return {"@odata.type": f"{CRM}.{table}", f"{table}id": row}
