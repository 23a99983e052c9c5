"""Who gets an answer from the local AWS: this deployment's programs, by its key, and no page of a browser."""

from __future__ import annotations

import http.client
import socket
import urllib.error
import urllib.request
from contextlib import closing
from typing import Any

import boto3
import psutil
import pytest
from botocore.exceptions import ClientError

from local_aws import access_key
from local_aws.config import HOST
from local_aws.variables import SECRET_ACCESS_KEY

from .local_ecs import REGION, LocalEcs

OF_ANOTHER_SITE = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example:4566"},
]
PATHS = ["/", "/bucket/key", "/moto-api/reset", "/asset-manager-api/calls", "/asset-manager-api/v4/0123/task"]


def ask(local: LocalEcs, method: str, path: str, headers: dict[str, str]) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of the local AWS's answer."""
    with closing(http.client.HTTPConnection(HOST, local.running.port, timeout=10)) as connection:
        connection.request(method, path, headers=headers)
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read().decode()


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("headers", OF_ANOTHER_SITE, ids=lambda headers: "-".join(*headers.items()))
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_request_from_a_page_of_another_site_is_refused_though_it_knows_the_key(
    local: LocalEcs, method: str, path: str, headers: dict[str, str]
) -> None:
    status, _, body = ask(local, method, path, access_key.bearer(local.running.access_key_id) | headers)
    assert status == 403
    assert body.startswith("Refused: ")


def test_no_answer_lets_a_page_of_another_site_read_it(local: LocalEcs) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="shared", CreateBucketConfiguration={"LocationConstraint": REGION})
    anybody = {"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}
    s3.put_bucket_cors(Bucket="shared", CORSConfiguration={"CORSRules": [anybody]})
    s3.put_object(Bucket="shared", Key="key", Body=b"")
    status, headers, _ = ask(local, "GET", "/shared/key", access_key.bearer(local.running.access_key_id))
    assert status == 200
    assert [name for name in headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize("path", [path for path in PATHS if "v4" not in path])
@pytest.mark.parametrize("headers", [{}, access_key.bearer("local"), access_key.bearer(access_key.new())])
def test_without_the_key_nothing_is_answered(local: LocalEcs, path: str, headers: dict[str, str]) -> None:
    assert ask(local, "GET", path, headers)[0] == 403


def client(local: LocalEcs, service: Any, key: str) -> Any:
    return boto3.Session(key, SECRET_ACCESS_KEY, region_name=REGION).client(
        service, endpoint_url=local.running.endpoint
    )


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sts", "get_caller_identity", "InvalidClientTokenId"),
        ("ec2", "describe_vpcs", "AuthFailure"),
        ("s3", "list_buckets", "InvalidAccessKeyId"),
        ("ecs", "list_clusters", "UnrecognizedClientException"),
        ("route53", "list_hosted_zones", "InvalidClientTokenId"),
    ],
)
def test_another_deployments_key_is_refused_in_the_services_own_words(
    local: LocalEcs, service: str, operation: str, code: str
) -> None:
    with pytest.raises(ClientError) as refused:
        getattr(client(local, service, access_key.new()), operation)()
    assert refused.value.response["Error"]["Code"] == code
    assert "make -s local-env" in refused.value.response["Error"]["Message"]


def test_a_presigned_address_opens_from_the_address_bar_and_not_with_another_key(local: LocalEcs) -> None:
    s3 = local.client("s3")
    s3.create_bucket(Bucket="presigned", CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket="presigned", Key="stdout", Body=b"what a run printed")
    parameters = {"Bucket": "presigned", "Key": "stdout"}
    typed = {"Sec-Fetch-Site": "none"}
    address = s3.generate_presigned_url("get_object", Params=parameters)
    with urllib.request.urlopen(urllib.request.Request(address, headers=typed), timeout=10) as answer:  # noqa: S310
        assert answer.read() == b"what a run printed"
    strange = client(local, "s3", access_key.new()).generate_presigned_url("get_object", Params=parameters)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(strange, timeout=10)  # noqa: S310


def test_the_key_is_on_no_command_line(local: LocalEcs) -> None:
    """Every user of the machine can read those; only its owner can read a process's environment."""
    process = psutil.Process(local.running.pid)
    assert local.running.access_key_id in process.environ().values()
    assert local.running.access_key_id not in " ".join(process.cmdline())


@pytest.mark.parametrize("headers", [{}, access_key.bearer(access_key.new()), {"Origin": "https://evil.example"}])
def test_a_refusal_arrives_though_the_client_is_still_sending(local: LocalEcs, headers: dict[str, str]) -> None:
    head = [f"Host: 127.0.0.1:{local.running.port}", "Content-Length: 100000"]
    head += [f"{name}: {value}" for name, value in headers.items()]
    with socket.create_connection((HOST, local.running.port), timeout=10) as connection:
        connection.sendall("\r\n".join(["PUT /bucket/key HTTP/1.1", *head, "", ""]).encode())
        answer = connection.recv(65536)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert b"\r\nContent-Length: " in answer
        connection.sendall(b"x" * 100_000)


def test_the_metadata_endpoint_is_read_and_nothing_else(local: LocalEcs) -> None:
    assert ask(local, "GET", "/asset-manager-api/v4/0123/task", {})[0] == 404
    for method in ("PUT", "POST", "DELETE"):
        assert ask(local, method, "/asset-manager-api/v4/0123/task", {})[0] == 403
