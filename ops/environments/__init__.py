"""The commands about environment files: env list, env create, env remove and cost.

Every change of a file goes through `edits`, whichever command makes it. May import: settings, ops.console, ops.aws,
ops.terraform. A new command is a module named after it, with its arguments in ops/cli/environments.py.
"""
