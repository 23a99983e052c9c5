"""Checkov, really run: both stacks pass, and what is wrong does not."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ops import policy, project

PUBLIC: dict[str, Any] = {
    "resource": {
        "aws_s3_bucket": {
            "public": {"bucket": "public", "acl": "public-read"},
            "waived": {
                "bucket": "waived",
                "acl": "public-read",
                "//": {"checkov": {"skip": {"CKV_AWS_20": "a test's", "CKV_AWS_57": "it is not writable"}}},
            },
        },
        "aws_s3_bucket_public_access_block": {
            "open": {
                "bucket": "${aws_s3_bucket.public.id}",
                "block_public_acls": False,
                "restrict_public_buckets": False,
            }
        },
        "aws_vpc_security_group_ingress_rule": {
            "ssh": {
                "security_group_id": "sg-1",
                "ip_protocol": "tcp",
                "from_port": 22,
                "to_port": 22,
                "cidr_ipv4": "0.0.0.0/0",
            }
        },
        "aws_lb_listener": {
            "plain": {
                "load_balancer_arn": "arn",
                "port": 80,
                "protocol": "HTTP",
                "default_action": [{"type": "forward", "target_group_arn": "arn"}],
            }
        },
        "aws_iam_role_policy": {
            "all": {
                "role": "role",
                "policy": json.dumps(
                    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
                ),
            }
        },
    }
}


def test_no_check_fails_on_prod_that_is_not_waived_with_its_reason() -> None:
    """By the command itself; nothing of the caller's environment reaches Checkov, so neither does a key or a proxy."""
    environ = {**os.environ, "ASSET_MANAGER_ENV": "prod"}
    done = subprocess.run(
        [sys.executable, "-m", "ops.policy"], cwd=project.ROOT, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("prod: 0 failed, ")


def test_staging_passes_and_beside_it_each_bad_resource_is_named(tmp_path: Path) -> None:
    project.synthesize("staging", tmp_path, os.environ)
    bad = tmp_path / "bad" / "cdk.tf.json"
    bad.parent.mkdir()
    bad.write_text(json.dumps(PUBLIC))
    stacks = [tmp_path / "stacks" / stack / "cdk.tf.json" for stack in policy.STACKS]
    problems, waived = policy.check([*stacks, bad])
    assert [problem for problem in problems if not problem.startswith("bad: ")] == []
    assert waived > 1
    named = {tuple(problem.split(": ")[1:3]) for problem in problems}
    assert {
        ("public", "CKV_AWS_20"),  # readable by everyone
        ("open", "CKV_AWS_53"),  # ACLs that make it public are not refused
        ("ssh", "CKV_AWS_24"),
        ("plain", "CKV_AWS_2"),
        ("all", "CKV_AWS_62"),  # everything is allowed
    } <= named
    assert ("waived", "CKV_AWS_20") not in named
    assert "bad: waived: CKV_AWS_57: waived, and nothing fails: take the waiver out" in problems
