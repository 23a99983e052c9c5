"""Dagster's web server: its GraphQL, asked over HTTP or by a task inside the VPC.

May import: settings, ops.console, ops.aws. A new query is a function beside those in `runs`.
"""
