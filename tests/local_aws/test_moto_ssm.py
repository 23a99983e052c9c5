"""What is added to moto's SSM."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto.ssm.models import ParameterDict, SimpleSystemManagerBackend

from local_aws.moto import patch, ssm

MOTO = SimpleSystemManagerBackend.describe_parameters


class Growing(ParameterDict):
    """Gets another parameter while it is iterated for the first time."""

    def __iter__(self) -> Iterator[str]:
        for name in super().__iter__():
            yield name
            if "second" not in dict.keys(self):
                self["second"] = self["first"]


@pytest.fixture
def backend() -> SimpleSystemManagerBackend:
    backend = SimpleSystemManagerBackend("us-west-1", "444455556666")
    backend.put_parameter("first", "", "v", "String", "", "alias/aws/ssm", False, [], "text", None, None)
    parameters = Growing("444455556666", "us-west-1")
    parameters["first"] = backend._parameters["first"]
    backend._parameters = parameters
    return backend


def test_describe_parameters_of_moto_fails_while_one_is_written(backend: SimpleSystemManagerBackend) -> None:
    with pytest.raises(RuntimeError, match=ssm.CHANGED):
        MOTO(backend, [], [])


def test_describe_parameters(backend: SimpleSystemManagerBackend) -> None:
    assert patch.replacement(SimpleSystemManagerBackend, "describe_parameters") is ssm.describe_parameters
    assert len(ssm.describe_parameters(MOTO, backend, [], [])) == 2
