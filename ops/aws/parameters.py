"""SSM parameters: values, metadata below a prefix, and the history of one name."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_ssm.type_defs import ParameterHistoryTypeDef, ParameterMetadataTypeDef


def value(ssm: SSMClient, name: str) -> str:
    return ssm.get_parameter(Name=name)["Parameter"]["Value"]


def below(ssm: SSMClient, prefix: str) -> list[ParameterMetadataTypeDef]:
    """The metadata of each parameter with a name that begins with `prefix` and a slash."""
    pages = ssm.get_paginator("describe_parameters").paginate(
        ParameterFilters=[{"Key": "Name", "Option": "BeginsWith", "Values": [f"{prefix}/"]}]
    )
    return [parameter for page in pages for parameter in page["Parameters"]]


def history(ssm: SSMClient, name: str) -> list[ParameterHistoryTypeDef]:
    """The last 100 versions, the newest first; a parameter that does not exist has none."""
    pages = ssm.get_paginator("get_parameter_history").paginate(Name=name)
    try:
        versions = [version for page in pages for version in page["Parameters"]]
    except ssm.exceptions.ParameterNotFound:
        return []
    return sorted(versions, key=lambda version: version["Version"], reverse=True)


def put(ssm: SSMClient, name: str, value: str) -> None:
    """Store a new version of the String."""
    ssm.put_parameter(Name=name, Type="String", Overwrite=True, Value=value)
