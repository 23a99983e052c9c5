"""Environment files that tests begin with, and change."""

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
