"""Terraform: the binary and its providers, the working folder of a stack, plan and apply.

May import: settings, ops.console, ops.aws. A new step that several commands take with a plan belongs in `plan_summary`
or `workspace`; how the process is run, and how it is interrupted, is in `run`.
"""
