"""The Application Load Balancer: listener rules, targets, health checks and sign-in.

`front` accepts connections, `listener` and `conditions` choose the rule, `targets` and `health` the task. To support
one more condition of a rule, add it to `conditions`; one more action, to `listener`.
"""
