"""What both stacks share: state, provider, and how one deployment differs from another."""

import re

import pytest

from .stack import Stack


@pytest.mark.parametrize("name", ["base", "services"])
def test_state_is_in_s3_encrypted_and_locked_by_s3_itself(prod: dict[str, Stack], name: str) -> None:
    assert prod[name].document["terraform"]["backend"] == {
        "s3": {
            "bucket": "fulcrum-asset-manager-tfstate",
            "key": f"asset-manager/prod/{name}.tfstate",
            "region": "us-west-1",
            "encrypt": True,
            "use_lockfile": True,
        }
    }


@pytest.mark.parametrize("name", ["base", "services"])
def test_the_provider_is_pinned_and_refuses_another_account(prod: dict[str, Stack], name: str) -> None:
    assert prod[name].document["terraform"]["required_providers"] == {"aws": {"source": "aws", "version": "5.100.0"}}
    assert prod[name].provides("aws", {"region": "us-west-1", "allowed_account_ids": ["111122223333"]})


@pytest.mark.parametrize("name", ["base", "services"])
def test_nothing_is_used_that_provider_6_takes_away_or_means_otherwise(prod: dict[str, Stack], name: str) -> None:
    """Of our resources, its upgrade guide names these; and a bucket's own region is `bucket_region` there."""
    arguments = r"inference_accelerator|mutual_authentication|preserve_client_ip"
    assert re.findall(arguments, prod[name].text) == []
    assert re.findall(r"aws_s3_bucket\.[\w-]+\.region|data\.aws_region\.", prod[name].text) == []


def test_services_reads_bases_state_and_nothing_else_of_it(services: Stack) -> None:
    (state,) = services.document["data"]["terraform_remote_state"].values()
    assert state["backend"] == "s3"
    assert state["config"]["key"] == "asset-manager/prod/base.tfstate"


def test_services_uses_only_outputs_that_base_has(base: Stack, services: Stack) -> None:
    used = set(re.findall(r"outputs\.(cross-stack-output-[\w-]+)", services.text))
    assert used
    assert used == set(base.document["output"])


@pytest.mark.parametrize("name", ["base", "services"])
def test_nothing_in_the_json_knows_of_a_laptop(prod: dict[str, Stack], name: str) -> None:
    assert not re.search(r"localhost|127\.0\.0\.1|endpoint(?!\": \"\S+@)|moto", prod[name].text)


def without_scaling(kinds: dict[str, list[str]]) -> dict[str, list[str]]:
    """Whether anything scales, by load or by the clock, is itself a value."""
    return {
        # Of what sleeps at night silence is no alarm.
        kind: [name for name in names if "daemon-silent" not in name and "no-web" not in name]
        for kind, names in kinds.items()
        if not kind.startswith("aws_appautoscaling_")
    }


def test_staging_is_the_same_resources_with_other_values(prod: dict[str, Stack], staging: dict[str, Stack]) -> None:
    for name, stack in staging.items():
        shape = {kind: sorted(found) for kind, found in stack.document["resource"].items()}
        of_prod = {kind: sorted(found) for kind, found in prod[name].document["resource"].items()}
        assert without_scaling(shape) == without_scaling(of_prod)
        assert not re.search(r"leverslabs|111122223333|/prod/", stack.text)
        assert "444455556666" in stack.text
