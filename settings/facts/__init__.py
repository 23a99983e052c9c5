"""What AWS is asked for, as plain data and pure functions: alarms, IAM policies, bucket policies, ARNs, templates.

Constructs, stacks and ops import each fact from here, so that each exists once. May import: settings. Nothing here
imports cdktf, boto3 or moto, or reads a file. To add a fact, put it into the module of its kind, or into a new module,
and test it in tests/unit/settings/facts.
"""
