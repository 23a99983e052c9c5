"""`asset-manager bootstrap` against the local AWS: what is there, what is missing, and the state bucket put right."""

import json
from typing import Any

from .deployed import Deployed

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
    assert "put right" in findings["state bucket"]["why"]


def test_a_dry_run_makes_no_bucket_and_the_real_one_does(deployed: Deployed) -> None:
    deployed.tree.edit("environments/prod.yaml", r"^state_bucket: \S+", "state_bucket: fulcrum-another-tfstate")
    try:
        code, findings = bootstrap(deployed, "--dry-run")
        assert (code, findings["state bucket"]["why"]) == (14, "no bucket fulcrum-another-tfstate")
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


def test_all_that_is_missing_is_told_at_once_each_with_what_mends_it(deployed: Deployed) -> None:
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
    assert code == 14
    failed = {name: finding["next"] for name, finding in findings.items() if finding["status"] == "failed"}
    assert set(failed) == {"VPC", "cluster", "image", "role another-role", "certificate", "hosted zone"}
    assert {name for name, finding in findings.items() if finding["status"] == "skipped"} == {
        *("public subnets", "private subnets", "way in", "way out"),
    }
    assert "Key=Name,Value=another-vpc" in failed["VPC"]
    assert failed["cluster"] == "aws ecs create-cluster --cluster-name another"
    assert failed["image"] == "aws ecr create-repository --repository-name another"


def test_a_database_without_ipv4_is_told_and_what_to_use_instead(deployed: Deployed) -> None:
    environ = deployed.environ | {"TF_VAR_dagster_pg_host": "db.invalid"}
    done = deployed.tree.asset_manager("bootstrap", "--dry-run", environ=environ)
    assert done.returncode == 14
    assert "db.invalid has no address of IPv4" in done.stdout
    assert "pooler.supabase.com" in done.stdout
