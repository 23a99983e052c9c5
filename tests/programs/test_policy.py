"""Checkov, really run: both stacks pass, and what is wrong does not."""

import json
import os
import subprocess
import sys
from typing import Any

from ops.terraform import project
from tools import policy

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
        "aws_ecs_task_definition": {
            "writable": {
                "family": "writable",
                "container_definitions": json.dumps([{"name": "web"}]),
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
        [sys.executable, "-m", "tools", "policy"],
        cwd=project.ROOT,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("prod: 0 failed, ")


def test_staging_passes_and_beside_it_each_bad_resource_is_named() -> None:
    problems, waived = policy.check({**policy.synthesized("staging"), "bad": PUBLIC})
    assert [problem for problem in problems if not problem.startswith("bad: ")] == []
    assert waived > 1
    named = {tuple(problem.split(": ")[1:3]) for problem in problems}
    assert {
        ("public", "CKV_AWS_20"),  # readable by everyone
        ("open", "CKV_AWS_53"),  # ACLs that make it public are not refused
        ("ssh", "CKV_AWS_24"),
        ("plain", "CKV_AWS_2"),
        ("writable", "CKV_AWS_336"),  # its root file system
        ("all", "CKV_AWS_62"),  # everything is allowed
    } <= named
    assert ("waived", "CKV_AWS_20") not in named
    assert "bad: waived: CKV_AWS_57: waived, and nothing fails: take the waiver out" in problems
