"""`asset-manager prune`, on a deployment that has been changed: what runs goes on."""

from typing import TYPE_CHECKING

import yaml

from ops.aws.task_definitions import registered
from tests.support.deployed import Deployed

if TYPE_CHECKING:
    from mypy_boto3_ecs.type_defs import ContainerDefinitionOutputTypeDef

FAMILIES = ("asset_manager-web-task", "asset_manager-daemon-task", "asset-manager-run")


def register(deployed: Deployed, family: str, container: "ContainerDefinitionOutputTypeDef") -> str:
    """One revision more, which nothing uses."""
    made = deployed.ecs.register_task_definition(
        family=family,
        containerDefinitions=[{"name": container["name"], "image": container["image"], "memory": 512}],
    )
    return made["taskDefinition"]["taskDefinitionArn"]


def test_old_revisions_go_and_what_is_used_stays(deployed: Deployed) -> None:
    web = "asset_manager-web-task"
    described = deployed.ecs.describe_task_definition(taskDefinition=web)["taskDefinition"]
    (container,) = described["containerDefinitions"]
    # Registered by somebody, used by nobody, and newer than what runs: then what runs is old, and stays even so.
    registered_here = {family: [register(deployed, family, container) for _ in range(2)] for family in FAMILIES}
    before = {family: registered(deployed.ecs, family) for family in FAMILIES}
    services = [f"asset-manager-{name}" for name in ("web", "daemon")]
    found = deployed.ecs.describe_services(cluster="asset-manager", services=services)["services"]
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    launched = yaml.safe_load(stored)["run_launcher"]["config"]["task_definition"]
    used = {launched, *(service["taskDefinition"] for service in found)}

    dry = deployed.tree.asset_manager("prune", "--keep", "1", "--dry-run", environ=deployed.environ)
    assert dry.returncode == 0, dry.stderr
    assert {family: registered(deployed.ecs, family) for family in FAMILIES} == before

    done = deployed.tree.asset_manager("prune", "--keep", "1", environ=deployed.environ)
    assert done.returncode == 0, done.stderr
    assert done.stdout == dry.stdout.replace(" would go\n", " go\n")
    after = {family: registered(deployed.ecs, family) for family in FAMILIES}
    for family, (old, newest) in registered_here.items():
        assert old in before[family]
        (in_use,) = used & set(before[family])
        assert after[family] == [newest, in_use]
