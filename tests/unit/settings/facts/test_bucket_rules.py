"""What a bucket's policy says, and who may use a key."""

import json

from ops.aws import state_bucket
from settings.facts.bucket_rules import access_log_delivery, bucket_policy
from settings.facts.policies import ExecutionAccess, TaskAccess, execution_policy, task_policy

ARN = "arn:aws:s3:::logs"
KEY = "arn:aws:kms:us-west-1:111122223333:key/12345678-1234-1234-1234-123456789012"


def execution(key: str | None) -> list[object]:
    access = ExecutionAccess(repository_arn="r", log_group_arns=["l"], parameter_arns=["p"], kms_key_arn=key)
    return list(execution_policy(access)["Statement"])


def task(key: str | None) -> list[object]:
    access = TaskAccess(
        region="r",
        account_id="1",
        cluster="c",
        run_family="f",
        run_log_group_arn="l",
        bucket_arn="b",
        compute_logs="compute-logs",
        passed_role_arns=["r"],
        kms_key_arn=key,
    )
    return list(task_policy(access)["Statement"])


def test_plain_http_is_refused_to_everyone_on_the_bucket_and_all_that_is_in_it() -> None:
    assert bucket_policy(ARN, [])["Statement"] == [
        {
            "Sid": "RefusePlainHttp",
            "Effect": "Deny",
            "Principal": "*",
            "Action": "s3:*",
            "Resource": [ARN, f"{ARN}/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        }
    ]


def test_the_state_bucket_refuses_plain_http_in_the_same_words() -> None:
    assert state_bucket.policy("logs") == bucket_policy(ARN, [])


def test_load_balancers_may_write_below_the_folder_of_their_account_and_do_no_more() -> None:
    assert access_log_delivery(ARN, "111122223333") == {
        "Sid": "WriteAccessLogs",
        "Effect": "Allow",
        "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::logs/AWSLogs/111122223333/*",
    }


def test_with_a_key_ecs_may_decrypt_parameters_with_it_through_ssm_only() -> None:
    (added,) = [one for one in execution(KEY) if one not in execution(None)]
    assert added == {
        "Sid": "DecryptParameters",
        "Effect": "Allow",
        "Action": ["kms:Decrypt"],
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "ssm.us-west-1.amazonaws.com"}},
    }


def test_with_a_key_tasks_may_use_it_for_artifacts_through_s3_only() -> None:
    (added,) = [one for one in task(KEY) if one not in task(None)]
    assert added == {
        "Sid": "EncryptArtifacts",
        "Effect": "Allow",
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": KEY,
        "Condition": {"StringEquals": {"kms:ViaService": "s3.us-west-1.amazonaws.com"}},
    }


def test_without_a_key_no_policy_speaks_of_one() -> None:
    assert "kms" not in json.dumps([execution(None), task(None)])
