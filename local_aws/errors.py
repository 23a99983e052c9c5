"""The errors that a caller of the local AWS can expect; `str()` of one is its whole message."""

from __future__ import annotations


class LocalAwsError(Exception):
    """The local AWS refuses, for a reason that its user can remove."""


class PortInUseError(LocalAwsError):
    """Another program listens on the port that a local server needs."""


class DiskFullError(LocalAwsError):
    """No space is left where a file had to be written."""


class ServerDiedError(LocalAwsError):
    """A local server did not start, or ended while it started."""
