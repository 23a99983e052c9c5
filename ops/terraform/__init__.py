"""Terraform: the binary and its providers, the working folder of a stack, plan and apply.

May import: settings, ops.console, ops.aws. A step that several commands take with a plan belongs in `plan_and_apply`;
`workspace` prepares both stacks once for each command; `run` starts and interrupts the process. To add one more reason
why Terraform refuses, add its words to `run.refusal`, and a case to the table in its test.
"""
