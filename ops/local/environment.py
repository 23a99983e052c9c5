"""The variables that make a process reach the local AWS, and no other."""

from __future__ import annotations

import os
from collections.abc import Mapping

# Of the caller's variables only these pass, and whatever Terraform is meant to be told (TF_VAR_*). Everything else that
# names an AWS (profiles, tokens, endpoints of single services, proxies) stays outside: nothing may reach the real one.
PASSED = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TERM", "USER", "XDG_CACHE_HOME", "SSL_CERT_FILE", "NO_COLOR")
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def aws(endpoint: str, region: str) -> dict[str, str]:
    """What any AWS client needs, Terraform's included; path-style S3 follows from the IP address."""
    return {
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        **CREDENTIALS,
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }


def secrets(names: Mapping[str, object]) -> dict[str, str]:
    """A made-up value for each secret that the caller gave none for; the local AWS needs some, and no real ones."""
    return {f"TF_VAR_{name}": os.environ.get(f"TF_VAR_{name}", f"local-{name}") for name in names}


def passed() -> dict[str, str]:
    """The caller's harmless variables."""
    return {name: os.environ[name] for name in PASSED if name in os.environ}
