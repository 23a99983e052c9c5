"""How both buckets, the load balancer's edge and, where there is one, the key are set up, on the synthesized JSON."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from cdktf import App, TerraformStack

from asset_manager_constructs.artifacts import Artifacts, ArtifactsProps
from asset_manager_constructs.log_groups import LogGroups, LogGroupsProps
from asset_manager_constructs.parameters import Parameters, ParametersProps
from settings.facts.bucket_rules import COMPUTE_LOGS, IO_ARTIFACTS
from tests.support.repository import ROOT

from .stack import Stack

BUCKETS = ["asset-manager-artifacts", "asset-manager-access-logs"]
KEY = "arn:aws:kms:us-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def of_bucket(base: Stack, kind: str, bucket: str) -> dict[str, Any]:
    """The resource of this type that is about the bucket."""
    return base.resource(kind, bucket=f"${{{base.address('aws_s3_bucket', bucket=bucket)}.id}}")


def rules(base: Stack, bucket: str) -> dict[str, dict[str, Any]]:
    found = of_bucket(base, "aws_s3_bucket_lifecycle_configuration", bucket)["rule"]
    assert {rule["status"] for rule in found} == {"Enabled"}
    return {rule.pop("id"): {key: value for key, value in rule.items() if key != "status"} for rule in found}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_is_versioned_has_no_acls_and_is_private(base: Stack, bucket: str) -> None:
    versioning = of_bucket(base, "aws_s3_bucket_versioning", bucket)
    assert versioning["versioning_configuration"] == {"status": "Enabled"}
    ownership = of_bucket(base, "aws_s3_bucket_ownership_controls", bucket)
    assert ownership["rule"] == {"object_ownership": "BucketOwnerEnforced"}
    private = of_bucket(base, "aws_s3_bucket_public_access_block", bucket)
    assert [value for key, value in private.items() if key not in ("//", "bucket")] == [True] * 4


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_that_holds_something_survives_destroy(base: Stack, bucket: str) -> None:
    """S3 refuses to delete one that is not empty, and nothing here empties it first."""
    assert "force_destroy" not in base.resource("aws_s3_bucket", bucket=bucket)


@pytest.mark.parametrize("bucket", BUCKETS)
def test_a_bucket_refuses_plain_http(base: Stack, bucket: str) -> None:
    policy = json.loads(of_bucket(base, "aws_s3_bucket_policy", bucket)["policy"])
    arn = f"${{{base.address('aws_s3_bucket', bucket=bucket)}.arn}}"
    (refused,) = [statement for statement in policy["Statement"] if statement["Effect"] == "Deny"]
    assert (refused["Principal"], refused["Action"], refused["Resource"]) == ("*", "s3:*", [arn, f"{arn}/*"])
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_nobody_is_allowed_into_the_artifacts_by_their_bucket(base: Stack) -> None:
    policy = json.loads(of_bucket(base, "aws_s3_bucket_policy", "asset-manager-artifacts")["policy"])
    assert {statement["Effect"] for statement in policy["Statement"]} == {"Deny"}


@pytest.mark.parametrize("bucket", BUCKETS)
def test_old_versions_and_unfinished_uploads_go_by_themselves(base: Stack, bucket: str) -> None:
    assert rules(base, bucket)["tidy-up"] == {
        "filter": [{"prefix": ""}],
        "expiration": [{"expired_object_delete_marker": True}],
        "noncurrent_version_expiration": [{"noncurrent_days": 30}],
        "abort_incomplete_multipart_upload": [{"days_after_initiation": 7}],
    }


def test_compute_logs_expire_as_log_groups_do_and_artifacts_get_cheaper_and_stay(base: Stack) -> None:
    found = rules(base, "asset-manager-artifacts")
    assert found.keys() == {"compute-logs", "io-artifacts", "tidy-up"}
    assert found["compute-logs"] == {"filter": [{"prefix": "compute-logs/"}], "expiration": [{"days": 30}]}
    assert found["io-artifacts"] == {
        "filter": [{"prefix": "io/"}],
        "transition": [{"days": 30, "storage_class": "INTELLIGENT_TIERING"}],
    }


def test_the_rules_prefixes_are_those_that_dagster_writes_below() -> None:
    instance = yaml.safe_load((ROOT / "dagster" / "dagster.yaml").read_text())
    assert instance["compute_logs"]["config"]["prefix"] == COMPUTE_LOGS
    storage = (ROOT / "dagster" / "asset_manager" / "storage.py").read_text()  # to import it takes seconds
    assert re.findall(r'^PREFIX = "(.+)"$', storage, re.MULTILINE) == [IO_ARTIFACTS]


def test_access_logs_go_to_their_bucket_once_aws_may_write_there(base: Stack) -> None:
    alb = base.resource("aws_lb", name="asset-manager-alb")
    bucket = f"${{{base.address('aws_s3_bucket', bucket='asset-manager-access-logs')}.id}}"
    policy = base.address("aws_s3_bucket_policy", bucket=bucket)
    assert alb["access_logs"] == {"bucket": f"${{{policy}.bucket}}", "enabled": True}
    document = json.loads(base.resource("aws_s3_bucket_policy", bucket=bucket)["policy"])
    (allowed,) = [statement for statement in document["Statement"] if statement["Effect"] == "Allow"]
    assert allowed["Resource"] == "arn:aws:s3:::asset-manager-access-logs/AWSLogs/111122223333/*"
    assert rules(base, "asset-manager-access-logs")["access-logs"] == {
        "filter": [{"prefix": "AWSLogs/"}],
        "expiration": [{"days": 30}],
    }


def test_the_load_balancer_drops_what_two_servers_could_read_differently_and_is_not_deleted(base: Stack) -> None:
    alb = base.resource("aws_lb", name="asset-manager-alb")
    assert (alb["drop_invalid_header_fields"], alb["desync_mitigation_mode"]) == (True, "strictest")
    assert alb["enable_deletion_protection"] is True


def test_the_load_balancer_waits_as_long_as_web_waits_for_its_code_location(base: Stack, services: Stack) -> None:
    alb = base.resource("aws_lb", name="asset-manager-alb")
    web = services.resource("aws_ecs_task_definition", family="asset_manager-web-task")
    (container,) = json.loads(web["container_definitions"])
    told = {each["name"]: each["value"] for each in container["environment"]}
    assert str(alb["idle_timeout"]) == told["DAGSTER_GRPC_TIMEOUT_SECONDS"]


def test_without_a_key_no_resource_names_one(base: Stack, services: Stack) -> None:
    assert not re.search(r'"kms_key_id"|"kms_master_key_id"|"key_id"|aws:kms|kms:', base.text + services.text)


@pytest.fixture(scope="module")
def with_key(tmp_path_factory: pytest.TempPathFactory) -> Stack:
    """The three constructs that take a key, alone."""
    app = App(outdir=str(tmp_path_factory.mktemp("key")), skip_validation=True)  # no provider: nobody applies it
    stack = TerraformStack(app, "key")
    Artifacts(stack, "artifacts", ArtifactsProps(bucket="artifacts", kms_key_arn=KEY, log_retention_days=30))
    LogGroups(
        stack, "log-groups", LogGroupsProps(web="web", daemon="daemon", runs="runs", retention_days=30, kms_key_arn=KEY)
    )
    Parameters(
        stack,
        "parameters",
        ParametersProps(
            prefix="/x", values={"HOST": "h"}, servers={}, secret_versions={"PASSWORD": 1}, kms_key_arn=KEY
        ),
    )
    app.synth()
    return Stack((Path(app.outdir) / "stacks" / "key" / "cdk.tf.json").read_text())


def test_with_a_key_bucket_log_groups_and_secrets_are_encrypted_with_it(with_key: Stack) -> None:
    (encryption,) = with_key.resources("aws_s3_bucket_server_side_encryption_configuration").values()
    assert encryption["rule"] == [
        {
            "apply_server_side_encryption_by_default": {"sse_algorithm": "aws:kms", "kms_master_key_id": KEY},
            "bucket_key_enabled": True,
        }
    ]
    assert {group["kms_key_id"] for group in with_key.resources("aws_cloudwatch_log_group").values()} == {KEY}
    assert with_key.resource("aws_ssm_parameter", name="/x/PASSWORD")["key_id"] == KEY
    assert "key_id" not in with_key.resource("aws_ssm_parameter", name="/x/HOST")


def test_with_a_key_no_check_for_one_is_waived(with_key: Stack) -> None:
    assert not re.search("CKV_AWS_145|CKV_AWS_158|CKV_AWS_337", with_key.text)
