"""The error for settings that cannot be used."""

from __future__ import annotations


class SettingsError(Exception):
    """The settings cannot be used; `str()` returns the whole message, with a line for each problem."""

    name = "settings_invalid"
    exit_code = 3  # as in ops/console/errors.py
