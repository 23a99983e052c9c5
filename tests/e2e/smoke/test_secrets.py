"""No secret is where it should not be. After the CLI's tests, so that what it wrote is searched too."""

import json
import zipfile
from pathlib import Path

import pytest

from tests.support.deployed import CANARIES, REAL_SECRETS, Deployed
from tests.support.signing_in import every_rule, sign_in_template, stored_client_secret
from tests.support.traces import STACKS, traces

# A real one holds its canary, so a search for the canaries finds both.
SOUGHT = [*CANARIES.values(), REAL_SECRETS["METRICS_DATABASE_URL"]]


@pytest.mark.parametrize("name", CANARIES)
def test_a_canary_is_in_ssm_and_the_callers_real_secret_is_not(deployed: Deployed, name: str) -> None:
    stored = deployed.ssm.get_parameter(Name=f"/asset-manager/{name}", WithDecryption=True)["Parameter"]
    assert (stored["Type"], stored["Value"]) == ("SecureString", CANARIES[name])


def test_the_client_secret_is_in_secrets_manager_too(deployed: Deployed) -> None:
    stored = stored_client_secret(deployed)
    assert stored["SecretString"] == CANARIES["AUTH0_CLIENT_SECRET"]
    assert stored["VersionStages"] == ["AWSCURRENT"]


def test_a_canary_is_nowhere_else(deployed: Deployed) -> None:
    planned = deployed.tree.asset_manager("plan", environ=deployed.environ)
    assert planned.returncode == 0, planned.stderr
    places = {
        "what `make local` printed": deployed.printed,
        "what `make plan` printed": planned.stdout + planned.stderr,
        **traces(deployed),
        **{f"what ELB returns for rule {rule['Priority']}": str(rule) for rule in every_rule(deployed)},
        "what CloudFormation tells of the rule's stack": sign_in_template(deployed),
    }
    for looked_into in (
        "base's state",
        "services's state",
        ".local/cdktf.out/stacks/base/cdk.tf.json",
        "cdktf.out/environments/prod/stacks/base/cdk.tf.json",
        "cdktf.out/environments/prod/stacks/services/cdk.tf.json",
        "log group fulcrum/asset-manager/web",
        "what ELB returns for rule 100",
        "what CloudFormation tells of the rule's stack",
    ):
        assert places[looked_into], looked_into
    overrides = [text for place, text in places.items() if place.startswith("overrides of ")]
    assert any("DAGSTER_PG_PASSWORD" in text for text in overrides), "a run's configuration, which names its secrets"
    for of_a_run in ("compute-logs/", "run "):
        assert any(text for place, text in places.items() if place.startswith(of_a_run)), of_a_run
    assert ".local/emulator.log" in places  # empty, where nothing went wrong
    for secret in SOUGHT:
        assert [place for place, text in places.items() if secret in text] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_plan_that_sends_every_secret_again_holds_none(deployed: Deployed, stack: str, tmp_path: Path) -> None:
    plan = tmp_path / f"{stack}.tfplan"
    replaced = [f"-replace={address}" for address in secret_addresses(deployed)] if stack == "base" else []
    planned = deployed.terraform(stack, "plan", "-input=false", "-no-color", f"-out={plan}", *replaced)
    assert planned.returncode == 0, planned.stderr
    shown = deployed.terraform(stack, "show", "-json", str(plan)).stdout
    with zipfile.ZipFile(plan) as members:
        inside = "".join(members.read(member).decode(errors="replace") for member in members.namelist())
    actions = [change["change"]["actions"] for change in json.loads(shown)["resource_changes"]]
    assert actions.count(["delete", "create"]) == len(replaced)
    for secret in SOUGHT:
        assert secret not in planned.stdout + planned.stderr
        assert secret not in inside
        assert secret not in shown


def secret_addresses(deployed: Deployed) -> list[str]:
    """Every resource that Terraform is given a secret for."""
    synthesized = json.loads((deployed.folder("base") / "cdk.tf.json").read_text())["resource"]
    parameters = synthesized["aws_ssm_parameter"].items()
    found = [f"aws_ssm_parameter.{name}" for name, parameter in parameters if "value_wo" in parameter]
    assert len(found) == len(REAL_SECRETS)
    (version,) = synthesized["aws_secretsmanager_secret_version"]
    return [*found, f"aws_secretsmanager_secret_version.{version}"]
