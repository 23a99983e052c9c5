"""Environment files that tests begin with, and change."""

from __future__ import annotations

from pathlib import Path

PROD = """\
# The first one.
name: app
organization: org
account_id: "111122223333" # ours
region: us-west-1
state_bucket: org-state
artifacts_bucket: org-artifacts # its own
auth0_client_id: example
auth0_domain: org.auth0.com
alarm_email: us@example.com
dns: {zone: example.com, host: dg.example.com}
database:
  # not the direct host
  host: db.example.com # IPv4
  max_connections: 1000
snowflake: {account: example}
secret_versions:
  auth0_client_secret: 7
"""
MINIMAL = """\
name: app
organization: org
account_id: "111122223333"
region: us-west-1
state_bucket: org-state
auth0_client_id: example
dns: {zone: example.com, host: dg.example.com}
database: {host: db.example.com, max_connections: 200}
snowflake: {account: example}
"""


def write_minimal(directory: Path, *lines: str, without: str = "") -> Path:
    """The minimal file with these lines in place of those of the same key."""
    replaced = {line.partition(":")[0] for line in lines} | {without}
    kept = [line for line in MINIMAL.splitlines() if line.partition(":")[0] not in replaced]
    file = directory / "test.yaml"
    file.write_text("\n".join([*kept, *lines, ""]), encoding="utf-8")
    return file
