"""The Application Load Balancer: listener rules, targets, health checks and sign-in."""
