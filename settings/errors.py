"""What is raised for settings that cannot be used."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used; `str()` of it is the whole message, a line for each problem."""

    exit_code = 2
