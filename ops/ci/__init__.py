"""What GitHub Actions works with: its two roles in the account, and the workflow steps that need GitHub.

`roles`, `reading` and `changing` state what the roles may do, `ci_roles` creates them. May import: settings,
ops.console, ops.aws, ops.terraform. A new right of a role is an `allow` in `reading` or `changing`; a new step is a
module named after its command, with its arguments in ops/cli/ci.py.
"""
