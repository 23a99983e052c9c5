"""The values that AWS accepts in an environment file: the error of each rule states what is allowed."""

from __future__ import annotations

import ipaddress
import re
import zoneinfo
from collections.abc import Callable, Mapping
from typing import Annotated

from pydantic import BeforeValidator

# MiB by CPU units: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
FARGATE_SIZES: Mapping[int, tuple[int, ...]] = {
    256: (512, 1024, 2048),
    512: tuple(range(1024, 4096 + 1, 1024)),
    1024: tuple(range(2048, 8192 + 1, 1024)),
    2048: tuple(range(4096, 16384 + 1, 1024)),
    4096: tuple(range(8192, 30720 + 1, 1024)),
    8192: tuple(range(16384, 61440 + 1, 4096)),
    16384: tuple(range(32768, 122880 + 1, 8192)),
}
# https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
_RETENTION = "1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"
LOG_RETENTION_DAYS = tuple(map(int, _RETENTION.split()))

_ADDRESS = re.compile(r"[0-9]{1,3}(\.[0-9]{1,3}){3}")
_LONGEST_DOMAIN = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_RESERVED_BUCKETS = ("xn--", "sthree-", "amzn-s3-demo-"), ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def is_domain(text: str) -> bool:
    """Return whether this is a DNS name in lower case, of one label or more, and no IP address."""
    return len(text) <= _LONGEST_DOMAIN and all(map(_LABEL.fullmatch, text.split("."))) and not _ADDRESS.fullmatch(text)


def is_bucket(text: str) -> bool:
    """Return whether S3 accepts this as the name of a general purpose bucket.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
    """
    prefixes, suffixes = _RESERVED_BUCKETS
    return (
        re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", text) is not None
        and ".." not in text
        and not _ADDRESS.fullmatch(text)
        and not text.startswith(prefixes)
        and not text.endswith(suffixes)
    )


def _text(accepts: Callable[[str], object], allowed: str) -> BeforeValidator:
    def check(value: object) -> str:
        if isinstance(value, str) and accepts(value):
            return value
        # YAML reads 111122223333, 1.10, no and 2026-01-31 as other types than text.
        unquoted = value is not None and not isinstance(value, str | list | dict)
        raise ValueError(allowed + (", in quotes (without them YAML reads no text here)" if unquoted else ""))

    return BeforeValidator(check)


def _pattern(pattern: str, allowed: str) -> BeforeValidator:
    return _text(re.compile(pattern, re.ASCII).fullmatch, allowed)


def _whole(least: int, most: int | None = None) -> BeforeValidator:
    def check(value: object) -> int:
        if type(value) is int and value >= least and (most is None or value <= most):
            return value
        raise ValueError(f"a whole number, {least} or more" if most is None else f"a whole number, {least} to {most}")

    return BeforeValidator(check)


def _one_of(values: tuple[int, ...]) -> BeforeValidator:
    def check(value: object) -> int:
        if type(value) is int and value in values:
            return value
        raise ValueError(f"one of {', '.join(map(str, values))}")

    return BeforeValidator(check)


def _switch(value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise ValueError("true or false")


def _time_zone(value: object) -> str:
    try:
        zoneinfo.ZoneInfo(str(value))
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        raise ValueError("an IANA time zone such as UTC or Europe/Berlin") from None
    return str(value)


def _network(value: object) -> str:
    allowed = "an IPv4 network, such as 10.0.0.0/8"
    if not isinstance(value, str):
        raise ValueError(allowed)
    try:
        network = str(ipaddress.IPv4Network(value, strict=False))
    except ValueError:
        raise ValueError(allowed) from None
    if network != value:  # host bits set, or no prefix length
        raise ValueError(f"the network itself, {network}")
    return value


# No pattern accepts "${": Terraform would evaluate it as an expression.
_PLAIN = "letters, digits and any of . _ -"
_NAME, _NAMED = (
    r"[a-z]([a-z0-9-]*[a-z0-9])?",
    "lower-case letters, digits and hyphens, a letter first and no hyphen last",
)
# Prefixes that SSM parameters, security groups and load balancers may not have.
AppName = Annotated[
    str, _pattern(rf"(?!aws|ssm|sg-|internal-){_NAME}", f"{_NAMED}; aws, ssm, sg- and internal- in front are AWS's own")
]
Organization = Annotated[str, _pattern(rf"(?!aws$){_NAME}", f"{_NAMED}; log groups of aws/ are AWS's own")]
Environment = Annotated[str, _pattern(r"[a-z][a-z0-9-]*", "lower-case letters, digits and hyphens, a letter first")]
Plain = Annotated[str, _pattern(r"[A-Za-z0-9._-]+", _PLAIN)]
AccountId = Annotated[str, _pattern(r"\d{12}", "12 digits")]
# Regions of the partition `aws`: the policies have ARNs of it.
Region = Annotated[str, _pattern(r"(?!cn-|us-gov-|us-iso)[a-z]{2}(-[a-z]+){1,2}-\d", "an AWS region such as us-west-1")]
ImageTag = Annotated[str, _pattern(r"\w[\w.-]{0,127}", f"{_PLAIN}, 128 at most and none of . - first")]
VpcName = Annotated[str, _pattern(r"[\w .:/=+@-]{1,256}", "the VPC's Name tag, 256 characters at most")]
# https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreateRepository.html
_PATH = r"[a-z0-9]+([._-][a-z0-9]+)*"
EcrRepository = Annotated[
    str, _pattern(rf"(?=.{{2,256}}$){_PATH}(/{_PATH})*", "an ECR repository's name, in lower case")
]
PythonModule = Annotated[
    str, _pattern(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", "a Python module such as asset_manager.definitions")
]
Role = Annotated[str, _pattern(r"[\w+=,.@-]{1,64}", "an IAM role's name, 64 characters at most")]
Bucket = Annotated[str, _text(is_bucket, "3 to 63 lower-case letters, digits, dots and hyphens, as S3 accepts them")]
Domain = Annotated[str, _text(is_domain, "a domain name in lower case")]
CertificateDomain = Annotated[
    str, _text(lambda text: is_domain(text.removeprefix("*.")), "a domain name in lower case, or *. and one")
]
Cidr = Annotated[str, BeforeValidator(_network)]
Port = Annotated[int, _whole(1, 65535)]
ClusterName = Annotated[
    str, _pattern(r"[A-Za-z0-9_-]{1,255}", "an ECS cluster's name: letters, digits, _ and -, 255 at most")
]
Count = Annotated[int, _whole(0)]
Positive = Annotated[int, _whole(1)]
Switch = Annotated[bool, BeforeValidator(_switch)]
KmsKey = Annotated[
    str,
    _pattern(
        r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[0-9a-f-]{36}", "a KMS key's ARN, arn:aws:kms:<region>:<account>:key/<id>"
    ),
]
Email = Annotated[str, _pattern(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", "an e-mail address")]
Architecture = Annotated[str, _pattern(r"X86_64|ARM64", "X86_64 or ARM64")]
ClockTime = Annotated[str, _pattern(r"([01]\d|2[0-3]):[0-5]\d", "HH:MM, 00:00 to 23:59, in quotes")]
Timezone = Annotated[str, BeforeValidator(_time_zone)]
_DAY = "(MON|TUE|WED|THU|FRI|SAT|SUN)"
Days = Annotated[str, _pattern(rf"{_DAY}([-,]{_DAY})*", "days as EventBridge writes them: MON-FRI, or MON,WED,FRI")]
Version = Annotated[int, _whole(1)]
Cpu = Annotated[int, _one_of(tuple(FARGATE_SIZES))]
RetentionDays = Annotated[int, _one_of(LOG_RETENTION_DAYS)]
