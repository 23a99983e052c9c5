"""The commands that report and change nothing: validate, status, doctor, bootstrap; a file each.

`deployed` holds the checks of what is deployed, `causes` the checks that only `doctor` makes, `prerequisites` what
`bootstrap` requires of an account. May import: settings, ops.console, ops.aws, ops.terraform, ops.dagster_api.
A new check is a function that returns a Finding, in the module of its subject, and a `Check` in that command's list.
"""
