"""Qualify a lead: account, contact, opportunity, then the lead itself, all or nothing.

https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/qualifylead
"""

import dataclasses

from devstack.dataverse.errors import DataverseError, bad_status
from devstack.dataverse.events.operation import Operation
from devstack.dataverse.schema.table import Table
from devstack.dataverse.store import Row
from devstack.dataverse.values import Choice, Lookup, Value
from devstack.dataverse.writing.session import Session

_OPEN, _QUALIFIED = 0, 1
_DEFAULT_STATUS = -1

# The columns that the relationship's mapping copies (which ones exactly is inferred).
_COPIED = (
    "salutation",
    "firstname",
    "middlename",
    "lastname",
    "jobtitle",
    "description",
    "websiteurl",
    "emailaddress1",
    "emailaddress2",
    "emailaddress3",
    "telephone1",
    "telephone2",
    "telephone3",
    "mobilephone",
    "fax",
    "pager",
    "donotemail",
    "donotbulkemail",
    "donotphone",
    "donotfax",
    "donotpostalmail",
    "donotsendmm",
    "preferredcontactmethodcode",
    "transactioncurrencyid",
    "ownerid",
    *(
        f"address{number}_{part}"
        for number in (1, 2)
        for part in (
            "line1",
            "line2",
            "line3",
            "postalcode",
            "city",
            "county",
            "stateorprovince",
            "country",
        )
    ),
)
_COPIED_TO_ACCOUNT = ("emailaddress1", "telephone1", "fax", "websiteurl", "revenue", "ownerid")


@dataclasses.dataclass(frozen=True, slots=True)
class Qualification:
    """What a caller wants of a qualification."""

    create_account: bool = False
    create_contact: bool = True
    create_opportunity: bool = False
    status: int = 3
    currency: Lookup | None = None
    customer: Lookup | None = None
    campaign: Lookup | None = None


def qualify(session: Session, lead: Row, wish: Qualification) -> list[Lookup]:
    """Qualify a lead and return the rows that were created."""
    table = session.environment.catalogue.get("lead")
    status = _status(table, lead, wish.status)
    outputs: dict[str, object] = {}
    operation = _operation(session, lead, wish, outputs)
    work = _Work(session, operation, lead)

    account = work.account() if wish.create_account else lead.get("parentaccountid")
    contact = work.contact(account) if wish.create_contact else lead.get("parentcontactid")
    opportunity = work.opportunity(account, contact, wish) if wish.create_opportunity else None

    parents = {
        "parentaccountid": account,
        "parentcontactid": contact,
        "qualifyingopportunityid": opportunity,
    }
    changed = {name: value for name, value in parents.items() if value != lead.get(name)}
    if changed:
        session.update(table, lead.id, changed, operation)

    state: dict[str, Value] = {"statecode": Choice(_QUALIFIED), "statuscode": Choice(status)}
    session.update(table, lead.id, state, operation)
    outputs["CreatedEntities"] = tuple(work.created)
    session.note(operation)

    return work.created


class _Work:
    """Creates the rows of one qualification, or finds those that are there already."""

    def __init__(self, session: Session, operation: Operation, lead: Row) -> None:
        self._session = session
        self._operation = operation
        self._lead = lead
        self.created: list[Lookup] = []

    def account(self) -> Value:
        existing = self._lead.get("parentaccountid")
        name = self._lead.get("companyname")
        if existing is not None or name is None:
            return existing

        copied = self._copied(_COPIED_TO_ACCOUNT)

        return self._create("account", {"name": name, **copied})

    def contact(self, account: Value) -> Value:
        existing = self._lead.get("parentcontactid")
        if existing is not None:
            return existing

        values = self._copied(_COPIED)
        values["originatingleadid"] = Lookup("lead", self._lead.id)
        if account is not None:
            values["parentcustomerid"] = account

        return self._create("contact", values)

    def opportunity(self, account: Value, contact: Value, wish: Qualification) -> Value:
        values: dict[str, Value] = {
            "name": self._lead.get("subject") or self._lead.get("fullname"),
            "customerid": wish.customer or account or contact,
            "parentaccountid": account,
            "parentcontactid": contact,
            "originatingleadid": Lookup("lead", self._lead.id),
            "transactioncurrencyid": wish.currency,
        }

        return self._create("opportunity", values)

    def _copied(self, names: tuple[str, ...]) -> dict[str, Value]:
        values = self._lead.values
        known = self._session.environment.catalogue.get("lead").columns

        return {name: values[name] for name in names if name in values and name in known}

    def _create(self, table_name: str, values: dict[str, Value]) -> Lookup:
        table = self._session.environment.catalogue.get(table_name)
        row = self._session.create(table, values, parent=self._operation)
        found = Lookup(table_name, row.id)
        self.created.append(found)

        return found


def _status(table: Table, lead: Row, wanted: int) -> int:
    if lead.get("statecode") != Choice(_OPEN):
        raise DataverseError(400, "0x80040203", "The lead is already closed.")

    fitting = table.statuses[_QUALIFIED]
    if wanted == _DEFAULT_STATUS:
        return fitting[0]

    if wanted not in fitting:
        raise bad_status(table, _QUALIFIED, wanted)

    return wanted


def _operation(
    session: Session, lead: Row, wish: Qualification, outputs: dict[str, object]
) -> Operation:
    caller = session.caller

    return Operation(
        message="QualifyLead",
        table="lead",
        row_id=lead.id,
        user_id=caller.user_id,
        correlation_id=caller.correlation_id,
        request_id=caller.request_id,
        occurred_at=session.environment.store.now(),
        shared_variables=caller.shared_variables,
        parameters={
            "LeadId": Lookup("lead", lead.id),
            "CreateAccount": wish.create_account,
            "CreateContact": wish.create_contact,
            "CreateOpportunity": wish.create_opportunity,
            "OpportunityCurrencyId": wish.currency,
            "OpportunityCustomerId": wish.customer,
            "SourceCampaignId": wish.campaign,
            "Status": Choice(wish.status),
        },
        outputs=outputs,
    )
