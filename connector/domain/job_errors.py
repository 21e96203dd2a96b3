"""What is said to somebody who asks of a job what it cannot do."""

from connector.domain.errors import ConnectorError


class JobError(ConnectorError):
    """Is the root of what is said to somebody who asks of a job what it cannot do."""


class JobNotFoundError(JobError):
    """Was asked of a job that is not there."""


class JobStateError(JobError):
    """Was asked of a job that is in a state in which it cannot be done."""


class JobRunningError(JobError):
    """Would be a second job of its kind."""


class JobUnavailableError(JobError):
    """Is of a kind for which there is no such work."""


class JobForbiddenError(JobError):
    """Is not allowed by the licence."""
