"""The one error that stops the host from starting."""


class HostError(Exception):
    """Say in one sentence why the app cannot be hosted."""
