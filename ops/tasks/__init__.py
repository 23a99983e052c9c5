"""The commands that work on a deployment: scale, exec, run and logs; a file each.

May import: settings, ops.console, ops.aws, ops.dagster_api, ops.terraform.
"""
