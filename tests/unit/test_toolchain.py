"""Terraform, its provider, Node and the cdktf CLI are found, fetched and verified, or their absence is explained."""

from __future__ import annotations

import hashlib
import http.server
import importlib.metadata
import io
import json
import os
import platform
import re
import socket
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ops import toolchain
from ops.errors import DiskFullError, ToolMissingError
from ops.provider_mirror import PROVIDER, VERSION, cli_config, holds_provider, implied_directories
from ops.terraform_binary import PINNED, Release, host_platform, terraform

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = b"#!/bin/sh\necho the pinned one\n"

# What the release site answers, by the length it announces; see `site`.
Site = Callable[[bytes, int], str]


def zipped(program: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("terraform", program)
        archive.writestr("LICENSE.txt", "a licence")
    return file.getvalue()


ARCHIVE = zipped(PROGRAM)


def release(address: str, content: bytes = ARCHIVE) -> Release:
    return Release(version="1.11.4", site=address, sha256={host_platform(): hashlib.sha256(content).hexdigest()})


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def terraform_that_says(version: str, folder: Path) -> Path:
    answer = json.dumps({"terraform_version": version})
    return executable(folder / "terraform", f"#!/bin/sh\n[ \"$*\" = 'version -json' ] && echo '{answer}'\n")


@pytest.fixture
def empty_path(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "nothing").mkdir()
    return {"PATH": str(tmp_path / "nothing"), "HOME": str(tmp_path / "home")}


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A release site on the loopback that serves the given bytes, announcing the given length."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    servers: list[tuple[http.server.HTTPServer, threading.Thread]] = []

    def serve(content: bytes, announced: int) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                found = self.path == f"/1.11.4/terraform_1.11.4_{host_platform()}.zip"
                self.send_response(200 if found else 404)
                self.send_header("Content-Length", str(announced if found else 0))
                self.end_headers()
                if found:
                    self.wfile.write(content)

            def log_message(self, format: str, *args: object) -> None:
                pass

        server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        servers.append((server, thread))
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield serve
    for server, thread in servers:
        server.shutdown()
        thread.join()
        server.server_close()


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if not path.is_dir()]


# --- Terraform ---


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.12.0-beta1", "1.20.3", "2.0.0"])
def test_a_terraform_on_path_that_is_new_enough_is_used(tmp_path: Path, version: str) -> None:
    binary = terraform_that_says(version, tmp_path / "bin")
    assert terraform(tmp_path, {"PATH": str(tmp_path / "bin")}, release("http://127.0.0.1:1")) == binary
    assert files_below(tmp_path) == [binary]


@pytest.mark.parametrize("version", ["1.5.0", "1.10.9", "0.15.5"])
def test_one_that_is_too_old_is_passed_over_in_favour_of_the_pinned_one(
    tmp_path: Path, site: Site, version: str, capsys: pytest.CaptureFixture[str]
) -> None:
    old = terraform_that_says(version, tmp_path / "bin")
    binary = terraform(tmp_path, {"PATH": str(old.parent)}, release(site(ARCHIVE, len(ARCHIVE))))
    assert binary == tmp_path / ".tools/terraform-1.11.4/terraform"
    said = capsys.readouterr()
    assert said.out == ""
    assert f"{old} is {version}; 1.11 or newer is needed, so the project takes its own 1.11.4\n" in said.err


def test_one_that_does_not_start_is_passed_over(tmp_path: Path, site: Site) -> None:
    broken = executable(tmp_path / "bin/terraform", "#!/bin/sh\necho no version is set >&2\nexit 126\n")
    binary = terraform(tmp_path, {"PATH": str(broken.parent)}, release(site(ARCHIVE, len(ARCHIVE))))
    assert binary.read_bytes() == PROGRAM


def test_a_missing_one_is_downloaded_once_verified_and_can_be_run(
    tmp_path: Path, site: Site, empty_path: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    wanted = release(site(ARCHIVE, len(ARCHIVE)))
    binary = terraform(tmp_path, empty_path, wanted)
    assert subprocess.run([binary], capture_output=True, text=True, check=True).stdout == "the pinned one\n"
    assert "==> downloading Terraform 1.11.4 (" in capsys.readouterr().err
    assert terraform(tmp_path, empty_path, release("http://127.0.0.1:1")) == binary
    assert capsys.readouterr().err == ""
    assert files_below(tmp_path / ".tools") == [binary]


def test_a_long_download_shows_how_far_it_is(
    tmp_path: Path, site: Site, empty_path: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    large = zipped(os.urandom(11_000_000))
    terraform(tmp_path, empty_path, release(site(large, len(large)), large))
    shown = [line.strip() for line in capsys.readouterr().err.splitlines()]
    assert shown == ["==> downloading Terraform 1.11.4 (11 MB)", "5 of 11 MB", "10 of 11 MB"]


def test_a_download_with_another_checksum_is_refused_and_leaves_nothing(
    tmp_path: Path, site: Site, empty_path: dict[str, str]
) -> None:
    forged = zipped(b"#!/bin/sh\necho forged\n")
    address = site(forged, len(forged))
    with pytest.raises(ToolMissingError) as refusal:
        terraform(tmp_path, empty_path, release(address))
    assert str(refusal.value) == (
        "Terraform 1.11 or newer is needed, and is neither on this machine nor within reach.\n"
        f"  looked in: PATH (PATH has none), {tmp_path}/.tools/terraform-1.11.4/terraform\n"
        f"  download:  {address}/1.11.4/terraform_1.11.4_{host_platform()}.zip has SHA-256"
        f" {hashlib.sha256(forged).hexdigest()}, not {hashlib.sha256(ARCHIVE).hexdigest()}; it was thrown away\n"
        "  way out:   install Terraform 1.11 or newer so that it is on PATH"
        " (https://developer.hashicorp.com/terraform/install),\n"
        "             or give this machine network access and run this again."
    )
    assert files_below(tmp_path / ".tools") == []


def test_without_terraform_and_network_the_message_says_where_was_looked_and_the_way_out(
    tmp_path: Path, empty_path: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ToolMissingError, match=r"Connection refused\n  way out:   install Terraform") as refusal:
        terraform(tmp_path, empty_path, release(f"http://127.0.0.1:{closed_port()}"))
    assert refusal.value.exit_code == 3
    assert f"  looked in: PATH (PATH has none), {tmp_path}/.tools/terraform-1.11.4/terraform\n" in str(refusal.value)
    assert files_below(tmp_path) == []


def test_an_interrupted_download_leaves_nothing_and_the_next_one_succeeds(
    tmp_path: Path, site: Site, empty_path: dict[str, str]
) -> None:
    half, whole = len(ARCHIVE) // 2, len(ARCHIVE)
    with pytest.raises(ToolMissingError, match=f"the connection broke after {half} of {whole} bytes"):
        terraform(tmp_path, empty_path, release(site(ARCHIVE[:half], whole)))
    assert files_below(tmp_path) == []
    assert terraform(tmp_path, empty_path, release(site(ARCHIVE, whole))).read_bytes() == PROGRAM


def test_a_platform_without_a_pinned_checksum_is_refused_before_anything_is_fetched(
    tmp_path: Path, empty_path: dict[str, str]
) -> None:
    with pytest.raises(ToolMissingError, match=f"the project has no checksum of Terraform for {host_platform()}"):
        terraform(tmp_path, empty_path, Release(version="1.11.4", site="http://127.0.0.1:1", sha256={}))


def test_every_supported_platform_has_a_checksum() -> None:
    assert set(PINNED.sha256) == {"linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in PINNED.sha256.values())
    assert len(set(PINNED.sha256.values())) == 4


# --- the provider ---


def unpacked(mirror: Path, version: str = VERSION) -> Path:
    executable(mirror / PROVIDER / version / host_platform() / f"terraform-provider-aws_v{version}_x5", "a provider")
    return mirror


def packed(mirror: Path) -> Path:
    archive = mirror / PROVIDER / f"terraform-provider-aws_{VERSION}_{host_platform()}.zip"
    archive.parent.mkdir(parents=True)
    archive.touch()
    return mirror


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    return {"HOME": str(tmp_path / "home"), "XDG_DATA_DIRS": str(tmp_path / "share")}


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


# --- what a terraform or cdktf process is given ---


@pytest.fixture
def machine(tmp_path: Path, environ: dict[str, str]) -> dict[str, str]:
    binary = terraform_that_says("1.11.4", tmp_path / "usr/bin")
    return environ | {"PATH": str(binary.parent), "TF_CLI_CONFIG_FILE": str(tmp_path / "absent.tfrc")}


def test_a_configuration_variable_that_names_no_file_does_not_get_in_the_way(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    assert toolchain.environment(tmp_path, machine, ())["TF_CLI_CONFIG_FILE"] == ""


def test_terraform_is_told_by_name_and_found_on_path(tmp_path: Path, machine: dict[str, str]) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert child["PATH"] == f"{tmp_path}/.tools/bin:{tmp_path}/usr/bin"
    assert child["TERRAFORM_BINARY_NAME"] == f"{tmp_path}/usr/bin/terraform"


def test_a_process_inside_a_process_is_given_the_same(tmp_path: Path, machine: dict[str, str]) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert toolchain.environment(tmp_path, machine | child, ()) == child


def test_a_downloaded_terraform_comes_before_the_one_that_is_too_old(tmp_path: Path, machine: dict[str, str]) -> None:
    terraform_that_says("1.5.0", tmp_path / "usr/bin")
    executable(tmp_path / ".tools/terraform-1.11.4/terraform", "#!/bin/sh\n")
    path = toolchain.environment(tmp_path, machine, ())["PATH"].split(os.pathsep)
    assert path == [f"{tmp_path}/.tools/bin", f"{tmp_path}/.tools/terraform-1.11.4", f"{tmp_path}/usr/bin"]


def test_two_stacks_share_one_download_of_the_provider_when_there_is_no_mirror(
    tmp_path: Path, machine: dict[str, str]
) -> None:
    child = toolchain.environment(tmp_path, machine, ())
    assert Path(child["TF_PLUGIN_CACHE_DIR"]).is_dir()
    own = machine | {"TF_PLUGIN_CACHE_DIR": "/own"}
    assert "TF_PLUGIN_CACHE_DIR" not in toolchain.environment(tmp_path, own, ())
    mirrored = toolchain.environment(tmp_path, machine, (unpacked(tmp_path / "opt" / "tf").parent,))
    assert "TF_PLUGIN_CACHE_DIR" not in mirrored


# --- the cdktf CLI ---


def test_the_cdktf_cli_is_not_installed_again_when_the_lock_did_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    marker = tmp_path / "node_modules" / ".installed"
    marker.parent.mkdir()
    both = (ROOT / "package.json").read_bytes() + (ROOT / "package-lock.json").read_bytes()
    marker.write_text(hashlib.sha256(both).hexdigest())
    os.utime(marker, (0, 0))
    toolchain.npm_ci(tmp_path)
    assert capsys.readouterr().err == ""
    assert marker.stat().st_mtime > 0


def test_an_npm_that_leaves_files_out_on_a_full_disk_and_ends_with_0_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("package.json", "package-lock.json"):
        (tmp_path / name).touch()
    npm = executable(
        tmp_path / "npm", "#!/bin/sh\nmkdir node_modules\necho 'npm warn tar TAR_ENTRY_ERROR ENOSPC' >&2\n"
    )
    monkeypatch.setattr(toolchain, "node", lambda: npm)
    with pytest.raises(DiskFullError) as refusal:
        toolchain.npm_ci(tmp_path)
    assert str(refusal.value) == (
        f"No space is left in {tmp_path} for node_modules (270 MB). Free some and run this again."
    )
    assert not (tmp_path / "node_modules" / ".installed").exists()


def test_this_machine_is_named_as_terraform_names_it() -> None:
    assert re.fullmatch(r"(linux|darwin)_(amd64|arm64)", host_platform())
    assert platform.system().lower() in host_platform()
