"""The AWS API: the account, its clients, and the calls that several commands make.

Belongs here: every call of boto3 that the `asset-manager` command makes. May import: settings, ops.console.
A new question to a service is a function in that service's module; a new service is a module named after it.
"""
