"""The tables that register webhooks and tell of their jobs.

https://learn.microsoft.com/power-apps/developer/data-platform/reference/entities/sdkmessageprocessingstep
"""

from devstack.dataverse.schema.build import (
    choice,
    flag,
    lookup,
    memo,
    moment,
    number,
    once,
    read_only,
    states,
    table,
    text,
)
from devstack.dataverse.schema.table import Column, Kind, Table

CONTRACTS = {1: "OneWay", 2: "Queue", 6: "Topic", 7: "EventHub", 8: "Webhook"}
AUTHS = {2: "SASKey", 3: "SASToken", 4: "WebhookKey", 5: "HttpHeader", 6: "HttpQueryString"}
STAGES = {10: "Pre-validation", 20: "Pre-operation", 40: "Post-operation"}
MODES = {0: "Synchroon", 1: "Asynchroon"}
IMAGES = {0: "PreImage", 1: "PostImage", 2: "Both"}
ENABLED = {0: "Ingeschakeld", 1: "Uitgeschakeld"}
JOB_STATES = {0: "Gereed", 1: "Opgeschort", 2: "Vergrendeld", 3: "Voltooid"}
JOB_STATUSES = {
    0: "Wachten op resources",
    10: "Wachten",
    20: "Wordt uitgevoerd",
    21: "Onderbreken",
    22: "Annuleren",
    30: "Geslaagd",
    31: "Mislukt",
    32: "Geannuleerd",
}


def processing_tables() -> tuple[Table, ...]:
    """Describe messages, filters, endpoints, steps, images and system jobs."""
    return (_message(), _filter(), _endpoint(), _step(), _image(), _job())


def _message() -> Table:
    columns = (text("name", "Naam", 256), text("categoryname", "Categorie", 25))

    return table(
        "sdkmessage",
        "sdkmessages",
        "Sdk Message",
        columns,
        type_code=4606,
        schema_name="SdkMessage",
    )


def _filter() -> Table:
    columns = (
        Column("primaryobjecttypecode", Kind.ENTITY_NAME, "Tabel", length=64),
        Column("secondaryobjecttypecode", Kind.ENTITY_NAME, "Tweede tabel", length=64),
        flag("iscustomprocessingstepallowed", "Eigen stap toegestaan", default=True),
        lookup("sdkmessageid", "Bericht", "sdkmessage"),
        text("name", "Naam", 256),
    )

    return table(
        "sdkmessagefilter",
        "sdkmessagefilters",
        "Sdk Message Filter",
        columns,
        type_code=4607,
        schema_name="SdkMessageFilter",
    )


def _endpoint() -> Table:
    columns = (
        text("name", "Naam", 160, required=True),
        text("url", "Url", 400),
        choice("contract", "Contract", CONTRACTS, 1),
        choice("authtype", "Verificatietype", AUTHS),
        choice("connectionmode", "Verbindingsmodus", {1: "Normal", 2: "Federated"}, 1),
        choice("messageformat", "Berichtindeling", {1: "BinaryXML", 2: "Json", 3: "TextXML"}),
        choice("messagecharset", "Tekenset", {0: "Default", 1: "UTF8"}),
        _secret("authvalue"),
        read_only(flag("isauthvalueset", "Is verificatiewaarde ingesteld")),
        memo("description", "Beschrijving", 2000),
    )

    return table(
        "serviceendpoint",
        "serviceendpoints",
        "Service-eindpunt",
        columns,
        type_code=4618,
        schema_name="ServiceEndpoint",
    )


def _secret(name: str) -> Column:
    return Column(name, Kind.STRING, "Verificatiewaarde", length=2048, readable=False)


def _step() -> Table:
    handlers = {"eventhandler_serviceendpoint": "serviceendpoint"}
    columns = (
        text("name", "Naam", 256),
        text("description", "Beschrijving", 256),
        choice("mode", "Modus", MODES, 0),
        choice("stage", "Fase", STAGES, 40),
        number("rank", "Rang", 1),
        choice("supporteddeployment", "Implementatie", {0: "Server", 1: "Offline", 2: "Beide"}, 0),
        flag("asyncautodelete", "Taak verwijderen na voltooiing"),
        memo("filteringattributes", "Filterkenmerken", 100_000),
        memo("configuration", "Configuratie", 1_073_741_823),
        Column(
            "eventhandler",
            Kind.LOOKUP,
            "Gebeurtenis-handler",
            targets=("serviceendpoint",),
            navigation=handlers,
        ),
        lookup("sdkmessageid", "Bericht", "sdkmessage", required=True),
        lookup("sdkmessagefilterid", "Filter", "sdkmessagefilter"),
        *states("Status", ENABLED, {1: "Ingeschakeld", 2: "Uitgeschakeld"}),
    )

    return table(
        "sdkmessageprocessingstep",
        "sdkmessageprocessingsteps",
        "Sdk Message Processing Step",
        columns,
        cascades=frozenset({"eventhandler"}),
        type_code=4608,
        schema_name="SdkMessageProcessingStep",
    )


def _image() -> Table:
    columns = (
        text("name", "Naam", 256),
        text("entityalias", "Alias", 256, required=True),
        choice("imagetype", "Type", IMAGES),
        text("messagepropertyname", "Eigenschap van bericht", 256, required=True),
        memo("attributes", "Kenmerken", 100_000),
        once(
            lookup("sdkmessageprocessingstepid", "Stap", "sdkmessageprocessingstep", required=True)
        ),
    )

    return table(
        "sdkmessageprocessingstepimage",
        "sdkmessageprocessingstepimages",
        "Sdk Message Processing Step Image",
        columns,
        cascades=frozenset({"sdkmessageprocessingstepid"}),
        type_code=4615,
        schema_name="SdkMessageProcessingStepImage",
    )


def _job() -> Table:
    columns = (
        text("name", "Naam van systeemtaak", 256),
        choice("operationtype", "Type", {1: "Systeemgebeurtenis", 10: "Werkstroom"}),
        text("messagename", "Bericht", 160),
        Column("primaryentitytype", Kind.ENTITY_NAME, "Tabel", length=64),
        Column("correlationid", Kind.GUID, "Correlatie-id"),
        Column("requestid", Kind.GUID, "Aanvraag-id"),
        number("depth", "Diepte"),
        number("retrycount", "Aantal pogingen", 0),
        number("errorcode", "Foutcode"),
        memo("message", "Bericht", 1_073_741_823),
        memo("friendlymessage", "Leesbaar bericht", 1_073_741_823),
        memo("data", "Gegevens", 1_073_741_823),
        moment("startedon", "Gestart op"),
        moment("completedon", "Voltooid op"),
        moment("postponeuntil", "Uitstellen tot"),
        lookup("owningextensionid", "Eigen stap", "sdkmessageprocessingstep"),
        _regarding(),
        *states("Status", JOB_STATES, JOB_STATUSES),
    )

    return table(
        "asyncoperation",
        "asyncoperations",
        "Systeemtaak",
        columns,
        owned=True,
        statuses={0: (0,), 1: (10,), 2: (20, 21, 22), 3: (30, 31, 32)},
        type_code=4700,
        schema_name="AsyncOperation",
    )


def _regarding() -> Column:
    targets = ("account", "contact", "lead")

    return Column(
        "regardingobjectid",
        Kind.LOOKUP,
        "Betreft",
        targets=targets,
        navigation={f"regardingobjectid_{target}": target for target in targets},
    )
