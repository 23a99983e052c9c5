"""Everything in which a deployment leaves text behind, for the tests that look for a secret in it."""

import json
from contextlib import suppress
from pathlib import Path

from local_aws import saved
from ops.dagster_api.web import Web
from tests.support.deployed import Deployed

STATE_BUCKET, ARTIFACTS = "fulcrum-asset-manager-tfstate", "asset-manager-artifacts"
# Every event's message, and its errors down to the first cause.
RUNS = """{ runsOrError(limit: 20) { ... on Runs { results { runId runConfigYaml tags { key value }
  eventConnection { events { ... on MessageEvent { message }
    ... on ErrorEvent { error { message stack errorChain { error { message stack } } } } } } } } } }"""
STACKS = ("base", "services")


def state_text(deployed: Deployed, stack: str) -> str:
    """A stack's state, as S3 keeps it."""
    stored = deployed.s3.get_object(Bucket=STATE_BUCKET, Key=f"asset-manager/prod/{stack}.tfstate")
    return stored["Body"].read().decode()


def traces(deployed: Deployed) -> dict[str, str]:
    """States, files of the local AWS and of the cdktf CLI, logs, overrides, compute logs, and what Dagster keeps of its
    runs: each text by where it is.
    """
    found = {f"{stack}'s state": state_text(deployed, stack) for stack in STACKS}
    for folder in (".local", "cdktf.out"):
        for file in (deployed.tree.root / folder).rglob("*"):
            # Postgres goes on working, and takes files of its own away meanwhile.
            with suppress(FileNotFoundError):
                if is_ours(file):
                    found[str(file.relative_to(deployed.tree.root))] = file.read_text(errors="replace")
    for group in deployed.logs.describe_log_groups()["logGroups"]:
        pages = deployed.logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        lines = [event["message"] for page in pages for event in page["events"]]
        found[f"log group {group['logGroupName']}"] = "\n".join(lines)
    for status in ("RUNNING", "STOPPED"):  # a run's are told by a stopped task, as a rule
        tasks = deployed.ecs.list_tasks(cluster="asset-manager", desiredStatus=status)["taskArns"]
        for task in deployed.ecs.describe_tasks(cluster="asset-manager", tasks=tasks)["tasks"]:
            found[f"overrides of {task['taskArn']}"] = str(task["overrides"])
    listed = deployed.s3.get_paginator("list_objects_v2").paginate(Bucket=ARTIFACTS, Prefix="compute-logs/")
    for key in (each["Key"] for page in listed for each in page.get("Contents", [])):
        found[key] = deployed.s3.get_object(Bucket=ARTIFACTS, Key=key)["Body"].read().decode(errors="replace")
    web = Web.at(f"http://127.0.0.1:{deployed.tree.web_port}")
    for run in web.query(RUNS)["runsOrError"]["results"]:
        found[f"run {run['runId']}"] = json.dumps(run)
    return found


def is_ours(file: Path) -> bool:
    """A file that a run wrote; the provider's 700 MB binary is not one.

    Nor is the saved local AWS: it is what SSM and Secrets Manager hold, and only its owner can read it
    (tests/local_aws/test_saved.py). What else it holds, the state first, is asked for here by AWS's APIs.
    """
    return file.name != saved.FILE and file.is_file() and not file.is_symlink() and "providers" not in file.parts
