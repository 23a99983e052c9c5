"""The runbook's move to another domain: what a plan of it touches, and that nothing that holds data is among it."""

from .deployed import Deployed
from .test_06_changes import planned, synthesize


def test_another_host_replaces_the_dns_record_and_nothing_else(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^  host: dg\.leverslabs\.com$", "  host: dagster.leverslabs.com")
    try:
        synthesize(deployed)
        base, services = planned(deployed, "base"), planned(deployed, "services")
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^  host: dagster\.leverslabs\.com$", "  host: dg.leverslabs.com")
        synthesize(deployed)
    assert base == {"aws_ssm_parameter parameters_SERVER_HOST": ["update"]}
    # That web and daemon roll shows once base has been applied: they are told SERVER_HOST by it.
    assert services == {
        "aws_route53_record dns_host": ["delete", "create"],
        "aws_cloudformation_stack web-routing_sign-in_stack": ["update"],
    }
