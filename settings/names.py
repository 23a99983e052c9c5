"""The names of everything in one deployment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

DAGSTER_PORT = 3000
STACKS = BASE, SERVICES = "base", "services"  # in the order in which Terraform applies them


@dataclass(frozen=True, kw_only=True)
class Names:
    """Every name that derives from the deployment's own; `derive` returns it."""

    alb_security_group: str
    services_security_group: str
    alb: str
    target_group: str
    web_log_group: str
    daemon_log_group: str
    run_log_group: str
    parameter_prefix: str
    client_secret: str
    sign_in_stack: str
    run_role: str
    web_family: str
    daemon_family: str
    run_family: str
    web_container: str
    daemon_container: str
    run_container: str
    web_service: str
    daemon_service: str
    alarm_topic: str


def derive(name: str, organization: str, web_port: int) -> Names:
    # Terraform cannot replace a target group while a rule uses it, and cannot create the new one first under the same
    # name. A changed port forces a replacement, so a port other than the default is part of the name.
    target_group = f"{name}-web-tg" if web_port == DAGSTER_PORT else f"{name}-web-{web_port}-tg"
    family = name.replace("-", "_")
    return Names(
        alb_security_group=f"{name}-alb-sg",
        services_security_group=f"{name}-services-sg",
        alb=f"{name}-alb",
        target_group=target_group,
        web_log_group=f"{organization}/{name}/web",
        daemon_log_group=f"{organization}/{name}/daemon",
        run_log_group=f"{organization}/{name}/runs",
        parameter_prefix=f"/{name}",
        client_secret=f"{name}/AUTH0_CLIENT_SECRET",
        sign_in_stack=f"{name}-sign-in",
        run_role=f"{name}-run",
        web_family=f"{family}-web-task",
        daemon_family=f"{family}-daemon-task",
        run_family=f"{name}-run",
        web_container=f"{name}-web",
        daemon_container=f"{name}-daemon",
        run_container=f"{name}-run",
        web_service=f"{name}-web",
        daemon_service=f"{name}-daemon",
        alarm_topic=f"{name}-alarms",
    )


def too_long(name: str, organization: str, names: Names) -> Iterator[tuple[str, str]]:
    """Yield the setting to shorten, and its limit, for each derived name over AWS's limit."""
    # Other kinds of names may be longer (a role 64, the rest 255 at least): a name over their limit is over these too.
    for what, derived, limit, setting, given in (
        ("load balancer", names.alb, 32, "name", name),
        ("target group", names.target_group, 32, "name", name),
        ("log group", names.daemon_log_group, 512, "organization", organization),
    ):
        if len(derived) > limit:
            most = max(limit - len(derived) + len(given), 0)
            yield setting, f"at most {most} characters: {what} {derived!r} has {len(derived)}, AWS allows {limit}"


def covers(certificate: str, host: str) -> bool:
    """Whether a certificate for this domain covers the host: the same name, or a wildcard for its first label."""
    return certificate == host or (certificate.startswith("*.") and certificate[2:] == host.partition(".")[2])
