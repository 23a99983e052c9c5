"""A Terraform that is new enough is found, or the pinned one fetched and verified, or its absence is explained."""

from __future__ import annotations

import hashlib
import http.server
import io
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

from ops.console.errors import ToolMissingError
from ops.terraform.binary import PINNED, Release, host_platform, terraform
from tests.support.stand_in_tools import executable, terraform_that_says

PROGRAM = b"""#!/bin/sh
if [ "$1" = version ]; then echo '{"terraform_version": "1.11.4"}'; else echo the pinned one; fi
"""

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


@pytest.mark.parametrize("version", ["1.11.0", "1.11.4", "1.12.0-beta1", "1.20.3", "2.0.0"])
def test_a_terraform_on_path_that_is_new_enough_is_used(tmp_path: Path, version: str) -> None:
    binary = terraform_that_says(version, tmp_path / "bin")
    assert terraform(tmp_path, {"PATH": str(tmp_path / "bin")}, release("http://127.0.0.1:1")) == binary
    assert files_below(tmp_path) == [binary]


@pytest.mark.parametrize("version", ["1.5.0", "1.10.9", "0.15.5"])
def test_the_pinned_one_is_used_if_that_on_path_is_too_old(
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


@pytest.mark.parametrize("damaged", [b"", PROGRAM[:40], b"\x7fELF garbage", b"\xff" * 100])
def test_a_damaged_one_is_downloaded_again(
    tmp_path: Path, site: Site, empty_path: dict[str, str], capsys: pytest.CaptureFixture[str], damaged: bytes
) -> None:
    wanted = release(site(ARCHIVE, len(ARCHIVE)))
    binary = terraform(tmp_path, empty_path, wanted)
    binary.write_bytes(damaged)
    assert terraform(tmp_path, empty_path, wanted).read_bytes() == PROGRAM
    assert f"{binary} is damaged, so it is downloaded again\n" in capsys.readouterr().err


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


def test_without_terraform_and_network_the_message_says_where_it_looked_and_what_to_do(
    tmp_path: Path, empty_path: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with pytest.raises(ToolMissingError, match=r"Connection refused\n  way out:   install Terraform") as refusal:
        terraform(tmp_path, empty_path, release(f"http://127.0.0.1:{closed_port()}"))
    assert refusal.value.exit_code == 4
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


def test_this_machine_is_named_as_terraform_names_it() -> None:
    assert re.fullmatch(r"(linux|darwin)_(amd64|arm64)", host_platform())
    assert platform.system().lower() in host_platform()
