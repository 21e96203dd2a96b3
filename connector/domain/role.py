"""What somebody may do, and what is wrong when they may not."""

from enum import StrEnum

from connector.domain.errors import ConnectorError


class AccessError(ConnectorError):
    """Is the root of what is said to somebody who may not do what they ask."""


class UnauthorisedError(AccessError):
    """Does not show who asks: no token, or one that we cannot take."""


class ForbiddenError(AccessError):
    """Comes from somebody whom we know and who may not do this."""


class Role(StrEnum):
    """Names the app roles, as they stand in a token."""

    READER = "Connector.Reader"
    ADMIN = "Connector.Admin"

    def includes(self, needed: "Role") -> bool:
        """Tell whether this role may do what is allowed to another; an administrator may all."""
        return self in {needed, Role.ADMIN}
