"""The commands about environment files: env list, env create, env remove and cost.

May import: settings, ops.console, ops.aws, ops.terraform.
"""
