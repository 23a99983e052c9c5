"""Waivers of policy checks, each beside its resource and with its reason.

Checkov reads no skips from Terraform JSON (https://github.com/bridgecrewio/checkov/issues/4634, closed as stale), so a
waiver is where that issue proposes: in the comment "//", which Terraform ignores. `make policy` (tools/policy.py)
applies it to this one resource and check, and refuses a waiver that nothing needs.
"""

from __future__ import annotations

from cdktf import TerraformResource


def waive(resource: TerraformResource, check: str, reason: str) -> None:
    """Let one check fail on this resource."""
    resource.add_override(f"//.checkov.skip.{check}", reason)
