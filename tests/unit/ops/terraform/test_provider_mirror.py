"""A mirror of the AWS provider is found where Terraform would look, and what the user configured is respected."""

from __future__ import annotations

import importlib.metadata
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from ops.console.errors import ToolMissingError
from ops.terraform.binary import host_platform
from ops.terraform.provider_mirror import PROVIDER, VERSION, cli_config, holds_provider, implied_directories
from tests.support.stand_in_tools import unpacked, without_mirrors


def packed(mirror: Path) -> Path:
    archive = mirror / PROVIDER / f"terraform-provider-aws_{VERSION}_{host_platform()}.zip"
    archive.parent.mkdir(parents=True)
    archive.touch()
    return mirror


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    return without_mirrors(tmp_path)


def test_the_provider_version_is_the_one_the_python_binding_was_generated_from() -> None:
    about = importlib.metadata.metadata("cdktf-cdktf-provider-aws")
    assert f"hashicorp/aws provider version {VERSION}\n" in str(about)


@pytest.mark.parametrize("layout", [unpacked, packed])
def test_a_given_mirror_of_either_layout_is_named_in_the_configuration(
    tmp_path: Path, environ: dict[str, str], layout: Callable[[Path], Path]
) -> None:
    mirror = layout(tmp_path / 'a "mirror"')
    config = cli_config(tmp_path, environ | {"TF_PROVIDER_MIRROR": str(mirror)}, ())
    assert config == tmp_path / ".tools/terraform.tfrc"
    assert config.read_text().splitlines()[1:] == [
        "provider_installation {",
        "  filesystem_mirror {",
        f"    path    = {json.dumps(str(mirror))}",
        '    include = ["registry.terraform.io/hashicorp/aws"]',
        "  }",
        "  direct {",
        '    exclude = ["registry.terraform.io/hashicorp/aws"]',
        "  }",
        "}",
    ]
    assert [path.name for path in (tmp_path / ".tools").iterdir()] == ["terraform.tfrc"]


def test_a_given_mirror_that_is_none_is_refused_with_the_layout_that_is_wanted(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    here = host_platform()
    unpacked(tmp_path / "mirror", "5.99.0")
    with pytest.raises(ToolMissingError) as refusal:
        cli_config(tmp_path, environ | {"TF_PROVIDER_MIRROR": f"{tmp_path}/mirror"}, ())
    assert str(refusal.value) == (
        f"TF_PROVIDER_MIRROR is {tmp_path}/mirror, which is no mirror with the AWS provider 5.100.0 for {here}.\n"
        f"  wanted in it: registry.terraform.io/hashicorp/aws/5.100.0/{here}/terraform-provider-aws_v5.100.0*\n"
        f"            or: registry.terraform.io/hashicorp/aws/terraform-provider-aws_5.100.0_{here}.zip\n"
        "  way out:      name such a directory (`terraform providers mirror DIR` makes one), or unset the variable."
    )
    assert not (tmp_path / ".tools").exists()


def test_a_mirror_directly_in_a_shared_directory_is_found_and_one_deeper_is_not(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    shared = tmp_path / "opt"
    unpacked(shared / "vendor" / "deeper")
    assert cli_config(tmp_path, environ, (shared, tmp_path / "absent")) is None
    mirror = unpacked(shared / "tf")
    config = cli_config(tmp_path, environ, (shared,))
    assert config is not None
    assert f'path    = "{mirror}"' in config.read_text()


def test_a_mirror_with_another_version_is_not_taken(tmp_path: Path, environ: dict[str, str]) -> None:
    unpacked(tmp_path / "opt" / "tf", "5.99.0")
    assert cli_config(tmp_path, environ, (tmp_path / "opt",)) is None
    assert not holds_provider(tmp_path / "opt" / "tf")


def test_the_directories_that_terraform_documents_are_searched_on_each_system() -> None:
    root, environ = Path("/project"), {"HOME": "/users/me", "APPDATA": "/data"}
    names = {
        system: [str(path) for path in implied_directories(root, environ, system)]
        for system in ("Linux", "Darwin", "Windows")
    }
    assert names == {
        "Linux": [
            "/project/terraform.d/plugins",
            "/users/me/.terraform.d/plugins",
            "/users/me/.local/share/terraform/plugins",
            "/usr/local/share/terraform/plugins",
            "/usr/share/terraform/plugins",
        ],
        "Darwin": [
            "/project/terraform.d/plugins",
            "/users/me/.terraform.d/plugins",
            "/users/me/Library/Application Support/io.terraform/plugins",
            "/Library/Application Support/io.terraform/plugins",
        ],
        "Windows": [
            "/project/terraform.d/plugins",
            "/data/terraform.d/plugins",
            "/data/HashiCorp/Terraform/plugins",
        ],
    }
    moved = environ | {"XDG_DATA_HOME": "/x", "XDG_DATA_DIRS": "/y:/z"}
    assert [str(path) for path in implied_directories(root, moved, "Linux")[2:]] == [
        "/x/terraform/plugins",
        "/y/terraform/plugins",
        "/z/terraform/plugins",
    ]


def test_a_mirror_in_the_home_directory_is_found(tmp_path: Path, environ: dict[str, str]) -> None:
    mirror = unpacked(tmp_path / "home" / ".terraform.d" / "plugins")
    config = cli_config(tmp_path, environ, ())
    assert config is not None
    assert f'path    = "{mirror}"' in config.read_text()


def test_an_inherited_configuration_file_is_respected(tmp_path: Path, environ: dict[str, str]) -> None:
    own = tmp_path / "own.tfrc"
    own.touch()
    assert (
        cli_config(tmp_path, environ | {"TF_CLI_CONFIG_FILE": str(own)}, (unpacked(tmp_path / "opt" / "tf").parent,))
        == own
    )
    assert not (tmp_path / ".tools").exists()


def test_a_configuration_in_the_home_directory_that_says_where_providers_come_from_is_respected(
    tmp_path: Path, environ: dict[str, str]
) -> None:
    shared = unpacked(tmp_path / "opt" / "tf").parent
    own = tmp_path / "home" / ".terraformrc"
    own.write_text("disable_checkpoint = true\n")
    assert cli_config(tmp_path, environ, (shared,)) is not None
    own.write_text("provider_installation {\n  direct {}\n}\n")
    assert cli_config(tmp_path, environ, (shared,)) is None
