"""Dagster's web server: a GraphQL client over a transport (HTTP, or a one-off task inside the VPC).

May import: settings, ops.console, ops.aws. A new query is a function beside those in `runs`; a new transport is a
class in a module of its own.
"""
