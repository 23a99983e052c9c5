"""`asset-manager bootstrap` against the local AWS: what is there, what is missing, and the state bucket put right."""

import json
from typing import Any

import boto3

from local_aws.variables import SECRET_ACCESS_KEY
from tests.support.deployed import Deployed

STATE_BUCKET = "fulcrum-asset-manager-tfstate"


def bootstrap(deployed: Deployed, *arguments: str) -> tuple[int, dict[str, Any]]:
    """Its exit code, and each finding by its name."""
    done = deployed.tree.asset_manager("bootstrap", "--json", *arguments, environ=deployed.environ)
    assert done.stdout, done.stderr
    return done.returncode, {finding["name"]: finding for finding in json.loads(done.stdout)}


def test_an_account_that_has_everything_passes(deployed: Deployed) -> None:
    code, findings = bootstrap(deployed)
    assert (code, {finding["status"] for finding in findings.values()}) == (0, {"ok"}), findings
    assert set(findings) == {
        *("state bucket", "VPC", "public subnets", "private subnets", "way in", "way out", "cluster", "image"),
        *("role fulcrum-ecs-execution-role", "role fulcrum-ecs-task-role"),
        *("certificate", "hosted zone", "secrets", "database"),
    }
    assert "put right" not in findings["state bucket"]["why"], "a bucket that has all of it is left alone"


def test_a_dry_run_makes_no_bucket_and_the_real_one_does(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", "state_bucket: fulcrum-another-tfstate")
    try:
        code, findings = bootstrap(deployed, "--dry-run")
        assert (code, findings["state bucket"]["why"]) == (6, "no bucket fulcrum-another-tfstate")
        names = [bucket["Name"] for bucket in deployed.s3.list_buckets()["Buckets"]]
        assert "fulcrum-another-tfstate" not in names
        code, findings = bootstrap(deployed)
        assert (code, findings["state bucket"]["status"]) == (0, "ok")
        assert deployed.s3.get_bucket_versioning(Bucket="fulcrum-another-tfstate")["Status"] == "Enabled"
        block = deployed.s3.get_public_access_block(Bucket="fulcrum-another-tfstate")
        assert set(block["PublicAccessBlockConfiguration"].values()) == {True}
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", f"state_bucket: {STATE_BUCKET}")
        deployed.s3.delete_bucket(Bucket="fulcrum-another-tfstate")


def test_a_bucket_in_another_region_is_reported_and_left_alone(deployed: Deployed) -> None:
    name = "fulcrum-elsewhere-tfstate"
    elsewhere = boto3.client(
        "s3",
        region_name="us-east-2",
        endpoint_url=deployed.endpoint,
        aws_access_key_id=deployed.tree.access_key_id,
        aws_secret_access_key=SECRET_ACCESS_KEY,
    )
    elsewhere.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-east-2"})
    deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", f"state_bucket: {name}")
    try:
        code, findings = bootstrap(deployed)
        assert (code, findings["state bucket"]["status"]) == (6, "failed")
        assert findings["state bucket"]["why"] == f"{name} is in us-east-2, and Terraform looks for it in us-west-1"
        assert "Status" not in deployed.s3.get_bucket_versioning(Bucket=name)
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", f"state_bucket: {STATE_BUCKET}")
        deployed.s3.delete_bucket(Bucket=name)


def test_an_adopted_bucket_keeps_what_else_is_set_on_it(deployed: Deployed) -> None:
    """Another team's statement and rule, and their key: a dry run tells what would be added, and only that is."""
    s3, name = deployed.s3, "fulcrum-adopted-tfstate"
    theirs: Any = {
        "Sid": "TheirReaders",
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{name}/*",
    }
    kms: Any = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "alias/theirs"}
    rule: Any = {"ID": "theirs", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
    region = s3.meta.region_name
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": region})  # type: ignore[typeddict-item]
    deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", f"state_bucket: {name}")
    try:
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": kms}]},
        )
        s3.put_bucket_policy(Bucket=name, Policy=json.dumps({"Version": "2012-10-17", "Statement": [theirs]}))
        s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": [rule]})
        code, findings = bootstrap(deployed, "--dry-run")
        told = findings["state bucket"]["why"]
        assert code == 6
        for lacking in ("versioning", "RefusePlainHttp", "RestrictPublicBuckets", "old-states"):
            assert lacking in told
        assert "encryption" not in told
        assert "Status" not in s3.get_bucket_versioning(Bucket=name), "a dry run changes nothing"

        assert bootstrap(deployed)[0] == 0
        encryption = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
        assert encryption[0]["ApplyServerSideEncryptionByDefault"] == kms
        statements = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])["Statement"]
        assert (statements[0], [one["Sid"] for one in statements]) == (theirs, ["TheirReaders", "RefusePlainHttp"])
        rules = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
        assert [one["ID"] for one in rules] == ["theirs", "old-states"]
        assert (rules[0]["Filter"], rules[0]["Expiration"]) == ({"Prefix": "tmp/"}, {"Days": 3})
        code, findings = bootstrap(deployed, "--dry-run")
        assert (code, findings["state bucket"]["status"]) == (0, "ok"), "and there is nothing left to change"
    finally:
        deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", f"state_bucket: {STATE_BUCKET}")
        s3.delete_bucket(Bucket=name)


def test_all_that_is_missing_is_reported_at_once_each_with_what_fixes_it(deployed: Deployed) -> None:
    """Another VPC, cluster, repository, role, certificate, zone: none of them there."""
    path = deployed.tree.root / "environments" / "prod.yaml"
    before = path.read_text()
    swapped = before
    for given, other in {
        "vpc_name: fulcrum-vpc": "vpc_name: another-vpc",
        "cluster: asset-manager": "cluster: another",
        "repository: asset-manager": "repository: another",
        "task_role: fulcrum-ecs-task-role": "task_role: another-role",
        'certificate_domain: "*.leverslabs.com"': 'certificate_domain: "*.example.com"',
        "zone: leverslabs.com": "zone: example.com",
        "host: dg.leverslabs.com": "host: dg.example.com",
    }.items():
        assert swapped.count(given) == 1, given
        swapped = swapped.replace(given, other)
    path.write_text(swapped)
    try:
        code, findings = bootstrap(deployed, "--dry-run")
    finally:
        path.write_text(before)
    assert code == 6
    failed = {name: finding["next"] for name, finding in findings.items() if finding["status"] == "failed"}
    assert set(failed) == {"VPC", "cluster", "image", "role another-role", "certificate", "hosted zone"}
    assert {name for name, finding in findings.items() if finding["status"] == "skipped"} == {
        *("public subnets", "private subnets", "way in", "way out"),
    }
    assert "Key=Name,Value=another-vpc" in failed["VPC"]
    assert failed["cluster"] == "aws ecs create-cluster --cluster-name another"
    assert failed["role another-role"].startswith("aws iam create-role --role-name another-role ")
    assert failed["image"] == "aws ecr create-repository --repository-name another"


def test_a_database_without_ipv4_is_reported_and_what_to_use_instead(deployed: Deployed) -> None:
    environ = deployed.environ | {"TF_VAR_dagster_pg_host": "db.invalid"}
    done = deployed.tree.asset_manager("bootstrap", "--dry-run", environ=environ)
    assert done.returncode == 6
    assert "db.invalid has no address of IPv4" in done.stdout
    assert "pooler.supabase.com" in done.stdout
