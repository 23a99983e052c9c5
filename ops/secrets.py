"""The secrets whose values Terraform has to be given at the next apply, and was not."""

from __future__ import annotations

from ops.errors import SecretMissingError
from ops.terraform import Terraform
from stacks.settings import Settings


def stored_versions(base: Terraform) -> dict[str, int]:
    """The version of each secret that `base` stored, by the parameter's name, as its state says."""
    return {
        instance["attributes"]["id"].rpartition("/")[2]: instance["attributes"]["value_wo_version"]
        for resource in base.state().get("resources", [])
        if resource["type"] == "aws_ssm_parameter"
        for instance in resource["instances"]
        if instance["attributes"]["type"] == "SecureString"
    }


def require_values(base: Terraform, settings: Settings) -> None:
    """Refuse before an apply what would fail in it.

    SSM does not store the empty default, but the provider keeps the new version in state even so: the apply after that,
    with the value, would find nothing to change, and the old secret would stay.
    """
    stored = stored_versions(base)
    missing = [
        field
        for field, version in settings.secret_versions
        if stored.get(field.upper()) != version and not base.environ.get(f"TF_VAR_{field}")
    ]
    if missing:
        names = " and ".join(field.upper() for field in missing)
        exports = " and ".join(f"TF_VAR_{field}" for field in missing)
        raise SecretMissingError(
            f"{names}: new, or its version was raised, and no value was given. Export {exports} and run it again. "
            "Nothing was changed."
        )
