"""`asset-manager destroy`, interrupted and run again; smoke/test_destroy.py has what it refuses."""

import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.support.deployed import Deployed
from tests.support.interrupting import read_until

FILE, PROTECTED, NOT_PROTECTED = "environments/prod.yaml", "deletion_protection: true", "deletion_protection: false"
ARTIFACTS, ACCESS_LOGS = "asset-manager-artifacts", "asset-manager-access-logs"


def destroy(deployed: Deployed, *arguments: str) -> subprocess.CompletedProcess[str]:
    return deployed.tree.asset_manager("destroy", *arguments, environ=deployed.environ)


@pytest.fixture(scope="module")
def full(deployed: Deployed) -> Deployed:
    """With data in both buckets, and a load balancer that AWS does not protect."""
    with ThreadPoolExecutor(8) as pool:  # more than a call deletes
        list(pool.map(lambda n: deployed.s3.put_object(Bucket=ARTIFACTS, Key=f"io/{n}", Body=b""), range(1001)))
    deployed.s3.put_object(Bucket=ACCESS_LOGS, Key="AWSLogs/log", Body=b"")
    deployed.s3.delete_object(Bucket=ACCESS_LOGS, Key="AWSLogs/log")  # a version and a marker are left of it
    deployed.tree.edit(FILE, PROTECTED, NOT_PROTECTED)
    done = deployed.tree.asset_manager("deploy", "--yes", "--no-validate", environ=deployed.environ)
    assert done.returncode == 0, done.stdout + done.stderr
    return deployed


@pytest.fixture(scope="module")
def going_on(deployed: Deployed) -> Iterator[subprocess.Popen[str]]:
    """A command in a task, which would take ten minutes."""
    process = deployed.tree.start("exec", "--", "sh", "-c", "echo begun; exec sleep 600", environ=deployed.environ)
    with process:
        assert process.stdout
        assert process.stdout.readline() == "begun\n"
        yield process
        process.terminate()


@dataclass(frozen=True)
class Destroyed:
    """What `destroy` printed and returned: when it was interrupted, and when it ran again."""

    interrupted: subprocess.CompletedProcess[str]
    done: subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def destroyed(full: Deployed, going_on: subprocess.Popen[str]) -> Destroyed:
    """All of prod, while a command runs in a task and with a parameter that Terraform did not make."""
    assert going_on.poll() is None
    full.ssm.put_parameter(Name="/asset-manager/BY_HAND", Type="String", Value="x")
    arguments = ("destroy", "--confirm", "prod", "--with-data", "--kill-runs")
    process = full.tree.start(*arguments, environ=full.environ)
    read_until(process, "Destruction complete")
    process.terminate()
    printed, _ = process.communicate(timeout=300)
    interrupted = subprocess.CompletedProcess(process.args, process.returncode, printed, "")
    return Destroyed(interrupted, full.tree.asset_manager(*arguments, environ=full.environ))


@pytest.mark.timeout(900)
def test_it_goes_on_where_it_was_interrupted_and_leaves_what_is_to_stay(
    deployed: Deployed, going_on: subprocess.Popen[str], destroyed: Destroyed
) -> None:
    interrupted = destroyed.interrupted
    assert interrupted.returncode == 130, interrupted.stdout
    assert "stopping: Terraform ends what it has begun in services and saves its state" in interrupted.stdout
    assert "`asset-manager destroy -e prod` goes on from here" in interrupted.stdout

    done = destroyed.done
    assert done.returncode == 0, done.stdout + done.stderr
    assert "WARNING: 3 aws_cloudwatch_log_group, 2 aws_s3_bucket, 1 aws_secretsmanager_secret, " in done.stdout
    assert f"{ARTIFACTS}: 1000 versions and markers deleted\n" in done.stdout
    assert "prod is not deployed any more. Left on purpose:\n" in done.stdout

    assert [bucket["Name"] for bucket in deployed.s3.list_buckets()["Buckets"]] == ["fulcrum-asset-manager-tfstate"]
    # Its name too is free: a secret in its recovery window would be listed here.
    assert deployed.client("secretsmanager").list_secrets(IncludePlannedDeletion=True)["SecretList"] == []
    parameters = {parameter["Name"] for parameter in deployed.ssm.describe_parameters()["Parameters"]}
    # The record of releases stays, as destroy says.
    assert parameters == {"/asset-manager/BY_HAND", "/asset-manager/RELEASE"}
    assert "    SSM's /asset-manager/BY_HAND, which Terraform did not make\n" in done.stdout
    assert deployed.logs.describe_log_groups(logGroupNamePrefix="fulcrum/")["logGroups"] == []
    assert deployed.elbv2.describe_load_balancers()["LoadBalancers"] == []
    assert deployed.ecs.list_tasks(cluster="asset-manager")["taskArns"] == []
    assert going_on.wait(timeout=60) != 0  # --kill-runs
    assert {group["GroupName"] for group in deployed.ec2.describe_security_groups()["SecurityGroups"]} == {"default"}
    assert len(deployed.ecr.describe_images(repositoryName="asset-manager")["imageDetails"]) > 0
    assert deployed.ecs.list_task_definitions()["taskDefinitionArns"]


@pytest.mark.timeout(900)
@pytest.mark.usefixtures("destroyed")
def test_what_is_destroyed_is_destroyed_again_in_no_time_and_can_be_planned_again(deployed: Deployed) -> None:
    again = destroy(deployed, "--confirm", "prod")
    assert again.returncode == 0, again.stderr
    assert "services: nothing to destroy\n" in again.stdout
    assert "base: nothing to destroy\n" in again.stdout
    listed = deployed.tree.asset_manager("secrets", "list", environ=deployed.environ)
    assert listed.stdout.count("missing: export TF_VAR_") == 4
    # Its state is there, and empty: as after a first time that was interrupted.
    planned = deployed.tree.asset_manager("plan", environ=deployed.environ)
    assert planned.returncode == 2, planned.stderr
    assert "services reads what base made: it can be planned once base is applied" in planned.stdout
    for arguments in (("scale", "web", "1"), ("exec", "true")):
        done = deployed.tree.asset_manager(*arguments, environ=deployed.environ)
        assert done.returncode == 6
        assert "there is no service asset-manager-" in done.stderr
