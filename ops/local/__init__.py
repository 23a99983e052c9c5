"""The commands local up, down, reset, status, databases, ps, logs and env: the local AWS of this working copy.

The only importer of local_aws, whose errors `errors` turns into the operator's. `up` starts and deploys, `repair` makes
lost or damaged parts again, `environment` states the variables and ports. May import: everything in ops but releasing
and cli. A new command is a function in `up`, or a module named after it, with its entry in ops/cli/local.py.
"""
