"""What the broker refuses, in the words of Azure Service Bus."""

from devstack.servicebus.values import Described, Symbol, ULong

ERROR = ULong(0x1D)
ACCEPTED = ULong(0x24)
REJECTED = ULong(0x25)
RELEASED = ULong(0x26)
MODIFIED = ULong(0x27)

NOT_FOUND = "amqp:not-found"
NOT_ALLOWED = "amqp:not-allowed"
NOT_IMPLEMENTED = "amqp:not-implemented"
UNAUTHORIZED = "amqp:unauthorized-access"
DECODE_ERROR = "amqp:decode-error"
INVALID_FIELD = "amqp:session:invalid-field"
UNATTACHED_HANDLE = "amqp:session:unattached-handle"
CONNECTION_FORCED = "amqp:connection:forced"
FRAMING_ERROR = "amqp:connection:framing-error"
SIZE_EXCEEDED = "amqp:link:message-size-exceeded"
LOCK_LOST = "com.microsoft:message-lock-lost"
MESSAGE_NOT_FOUND = "com.microsoft:message-not-found"
ARGUMENT_ERROR = "com.microsoft:argument-error"
SERVER_BUSY = "com.microsoft:server-busy"


class RefusedError(Exception):
    """Refuse what a client asks, with an AMQP condition and the status of a management answer."""

    def __init__(self, condition: str, description: str, status: int = 400) -> None:
        super().__init__(description)
        self.condition = condition
        self.description = description
        self.status = status

    def described(self) -> Described:
        """Return the AMQP error; all three fields are there, clients read them blindly."""
        return Described(ERROR, [Symbol(self.condition), self.description, None])

    def outcome(self) -> Described:
        """Return the rejected outcome that carries the error."""
        return Described(REJECTED, [self.described()])


def lock_lost() -> RefusedError:
    """Return the refusal to settle what is no longer locked."""
    return RefusedError(
        LOCK_LOST,
        "The lock supplied is invalid. Either the lock expired, or the message has already been "
        "removed from the queue.",
        410,
    )


def message_not_found(what: str) -> RefusedError:
    """Return the refusal to find a message by its sequence number."""
    return RefusedError(MESSAGE_NOT_FOUND, what, 404)


def entity_not_found(address: str) -> RefusedError:
    """Return the refusal of an entity that does not exist."""
    return RefusedError(
        NOT_FOUND, f"The messaging entity '{address}' could not be found. (MessagingEntityNotFound)"
    )
