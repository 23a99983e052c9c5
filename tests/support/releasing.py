"""What a test of a release asks of the registry, of ECS, of the environment file, and of the record."""

import hashlib
import json
import subprocess
from contextlib import suppress
from typing import Any

import yaml

from tests.support.deployed import Deployed

REPOSITORY = "asset-manager"
SERVICES = ("asset-manager-web", "asset-manager-daemon")


def manifest(name: str) -> str:
    """Of an image with one layer, which is another for each name."""
    digests = [f"sha256:{hashlib.sha256(part.encode()).hexdigest()}" for part in ("{}", name)]
    kind = "application/vnd.docker"
    config = {"mediaType": f"{kind}.container.image.v1+json", "size": 2, "digest": digests[0]}
    layer = {"mediaType": f"{kind}.image.rootfs.diff.tar.gzip", "size": 2, "digest": digests[1]}
    media = f"{kind}.distribution.manifest.v2+json"
    return json.dumps({"schemaVersion": 2, "mediaType": media, "config": config, "layers": [layer]})


def forget(deployed: Deployed) -> None:
    with suppress(deployed.ssm.exceptions.ParameterNotFound):
        deployed.ssm.delete_parameter(Name="/asset-manager/RELEASE")


def ask(deployed: Deployed, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    return deployed.tree.asset_manager(*arguments, environ={**deployed.environ, **environ})


def tag_digest(deployed: Deployed, tag: str) -> str:
    found = deployed.ecr.describe_images(repositoryName=REPOSITORY, imageIds=[{"imageTag": tag}])
    return found["imageDetails"][0]["imageDigest"]


def push(deployed: Deployed, tag: str) -> None:
    """Put into the registry by somebody."""
    deployed.ecr.put_image(repositoryName=REPOSITORY, imageManifest=manifest(tag), imageTag=tag)


def images(deployed: Deployed) -> set[str]:
    """The digests of all that runs or will: what both services and their tasks are of, and the next run."""
    found = deployed.ecs.describe_services(cluster="asset-manager", services=list(SERVICES))["services"]
    stored = deployed.ssm.get_parameter(Name="/asset-manager/DAGSTER_YAML")["Parameter"]["Value"]
    definitions = {
        yaml.safe_load(stored)["run_launcher"]["config"]["task_definition"],
        *(service["taskDefinition"] for service in found),
    }
    for service in SERVICES:
        arns = deployed.ecs.list_tasks(cluster="asset-manager", serviceName=service)["taskArns"]
        tasks = deployed.ecs.describe_tasks(cluster="asset-manager", tasks=arns)["tasks"]
        definitions |= {task["taskDefinitionArn"] for task in tasks}
    described = [deployed.ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"] for arn in definitions]
    assert {one["family"] for one in described} == {f"asset_manager-{name}-task" for name in ("web", "daemon")} | {
        "asset-manager-run"
    }
    return {one["containerDefinitions"][0]["image"].rpartition("@")[2] for one in described}


def file_says(deployed: Deployed) -> str:
    (line,) = [
        line
        for line in (deployed.tree.root / "environments" / "prod.yaml").read_text().splitlines()
        if line.startswith("image_tag:")
    ]
    return line


def releases(deployed: Deployed) -> list[dict[str, Any]]:
    done = ask(deployed, "releases", "--json")
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


def recorded(deployed: Deployed) -> list[tuple[str, str, bool]]:
    return [(one["tag"], one["outcome"], one["serves"]) for one in releases(deployed)]


def deploy(deployed: Deployed) -> None:
    """Apply both stacks as the file says now."""
    done = ask(deployed, "deploy", "--yes", "--no-validate", "--supersede")
    assert done.returncode == 0, done.stdout + done.stderr
