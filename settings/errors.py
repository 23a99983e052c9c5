"""What is raised for settings that cannot be used."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used; `str()` of it is the whole message, a line for each problem."""

    name = "settings_invalid"
    exit_code = 3  # as in ops/console/errors.py
