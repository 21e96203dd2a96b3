"""Wires Dataverse: one client, and what asks it for rows and for columns."""

from collections.abc import Callable
from dataclasses import dataclass

from connector.adapters.dataverse.auth import ClientSecretTokens, ManagedIdentityTokens, Tokens
from connector.adapters.dataverse.columns import DataverseColumns
from connector.adapters.dataverse.gateway import DataverseGateway
from connector.adapters.dataverse.related import DataverseRelated
from connector.adapters.dataverse.who_am_i import ProvenClient
from connector.domain.contact import OrganisationId
from connector.domain.errors import System
from connector.settings import Settings


@dataclass(frozen=True, slots=True)
class Crm:
    """Is what the rest of the wiring needs of Dataverse."""

    client: ProvenClient
    gateway: DataverseGateway
    columns: DataverseColumns
    related: DataverseRelated


def make_crm(
    settings: Settings, organisation: OrganisationId, worked: Callable[[System], None]
) -> Crm:
    """Return the parts; nothing is asked before the first call."""
    tokens = _make_tokens(settings)
    client = ProvenClient(settings.dataverse_url, tokens, organisation, worked=worked)
    columns = DataverseColumns(client)

    return Crm(client, DataverseGateway(client, columns), columns, DataverseRelated(client))


def _make_tokens(settings: Settings) -> Tokens:
    scope = f"{settings.dataverse_url.rstrip('/')}/.default"
    if settings.dataverse_secret is None:
        return ManagedIdentityTokens(settings.dataverse_client, scope)

    return ClientSecretTokens(
        authority=settings.dataverse_authority,
        tenant=settings.dataverse_tenant or "",
        client_id=settings.dataverse_client or "",
        secret=settings.dataverse_secret.get_secret_value(),
        scope=scope,
    )
