"""Typed settings of a deployment, read from environments/<name>.yaml and validated.

This package imports no other package of the repository. load.py reads a file into the Settings of schema.py, and
rules.py has the types of the fields. To add a key, add a field to schema.py, set it in each environment file that needs
it, and test it in tests/unit.
"""
