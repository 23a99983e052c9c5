"""The variables that make an AWS client reach a local AWS, and no other."""

from __future__ import annotations

import os

SECRET_ACCESS_KEY = "local"  # noqa: S105  the access key id is random, and all that the local AWS checks


def aws(endpoint: str, region: str, access_key_id: str) -> dict[str, str]:
    """What any AWS client needs, Terraform's included; path-style S3 follows from the IP address."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ACCESS_KEY_ID": access_key_id,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
