"""The error for settings that cannot be used."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used; `str()` returns the whole message, with a line for each problem."""

    exit_code = 2
