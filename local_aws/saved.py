"""The local AWS in a file: what moto's backends hold, Terraform's state included.

    first line     JSON: the versions and the account that the file was made by, and the digest of what follows
    the rest       a pickle of {service: {account: {region: backend}}}

The file is written beside its place and then moved there, so it is whole or not there. Its mode is 600: it holds the
secrets that were deployed. A pickle can run code, so a file that another user could have written is not read.

ECS tasks are processes, which end with the local AWS: none is saved, and the services start theirs again.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import pickle
import platform
import stat
import threading
import time
from collections import defaultdict
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)
from cryptography.x509 import Certificate, load_pem_x509_certificate

FILE = "aws.saved"
# Raise it when an addition to moto keeps something else in a backend than before.
LAYOUT = 1
ONLY_THE_OWNER = 0o077
LOCKS = (type(threading.Lock()), type(threading.RLock()))


@dataclass(frozen=True, kw_only=True)
class Versions:
    """What a saved local AWS has to be read by."""

    layout: int
    moto: str
    python: str
    account: str

    @classmethod
    def of(cls, account_id: str) -> Versions:
        """Those of this working copy."""
        return cls(layout=LAYOUT, moto=version("moto"), python=platform.python_version(), account=account_id)


def problem(directory: Path, account_id: str) -> str | None:
    """Why the saved local AWS of this directory cannot be restored; None if it can, or if there is none."""
    try:
        with (directory / FILE).open("rb") as file:
            found = os.fstat(file.fileno())
            if found.st_uid != os.geteuid() or stat.S_IMODE(found.st_mode) & ONLY_THE_OWNER:
                return "another user can read or write it"
            header, content = json.loads(file.readline()), file.read()
        wanted = asdict(Versions.of(account_id))
        other = [f"{name} {header[name]}, not {value}" for name, value in wanted.items() if header[name] != value]
        if other:
            return f"it was made by {', '.join(other)}"
        return None if header["sha256"] == hashlib.sha256(content).hexdigest() else "it is damaged"
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        return f"it cannot be read ({error})"


def set_aside(directory: Path) -> Path:
    """Keep the file under another name, which is returned."""
    kept = directory / f"{FILE}.unreadable-{time.strftime('%Y%m%dT%H%M%S')}"
    (directory / FILE).replace(kept)
    return kept


def save(directory: Path, account_id: str) -> None:
    """Write what every backend of moto holds. Nothing may change it meanwhile.

    Raises OSError if the disk does not take it; the file of an earlier call is then still there.
    """
    from moto.core.base_backend import BackendDict  # noqa: PLC0415  two seconds, which the command line does not need

    pickled = io.BytesIO()
    _Pickler(pickled, protocol=pickle.HIGHEST_PROTOCOL).dump(
        {
            backends.service_name: {account: dict(regions) for account, regions in backends.items()}
            for backends in vars(BackendDict)["_instances"]
        }
    )
    content = pickled.getvalue()
    header = {**asdict(Versions.of(account_id)), "sha256": hashlib.sha256(content).hexdigest()}
    draft = directory / f"{FILE}.{os.getpid()}.new"
    try:
        with open(draft, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
            file.write(json.dumps(header).encode() + b"\n" + content)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(directory / FILE)
    finally:
        draft.unlink(missing_ok=True)


def restore(directory: Path) -> bool:
    """Fill moto's backends with what was saved; False if nothing was. The file has no `problem`."""
    from moto.backends import get_backend  # noqa: PLC0415
    from moto.ecs.models import ecs_backends  # noqa: PLC0415
    from moto.s3.models import s3_backends  # noqa: PLC0415

    from local_aws.ecs.description import release_network  # noqa: PLC0415

    try:
        with (directory / FILE).open("rb") as file:
            file.readline()
            saved = pickle.load(file)  # noqa: S301  this user wrote it
    except FileNotFoundError:
        return False
    for service, accounts in saved.items():
        for account, regions in accounts.items():
            for region, backend in regions.items():
                dict.__setitem__(get_backend(service)[account], region, backend)
    for regions in ecs_backends.values():
        for backend in regions.values():
            for task in [task for tasks in backend.tasks.values() for task in tasks.values()]:
                release_network(task)
            backend.tasks = {}
    for account, regions in s3_backends.items():  # moto finds a bucket's account by its name
        for backend in regions.values():
            s3_backends.bucket_accounts |= dict.fromkeys(backend.buckets, (backend.partition, account))
    return True


class _Pickler(pickle.Pickler):
    """Takes what pickle refuses: locks, keys, certificates, and a defaultdict of a lambda or of a class of its own."""

    def reducer_override(self, value: Any) -> Any:
        if isinstance(value, LOCKS):
            return (threading.Lock if isinstance(value, LOCKS[0]) else threading.RLock), ()
        if isinstance(value, RSAPrivateKey | EllipticCurvePrivateKey):
            pem = value.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
            return _private_key, (pem,)
        if isinstance(value, RSAPublicKey | EllipticCurvePublicKey):
            return _public_key, (value.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),)
        if isinstance(value, Certificate):
            return _certificate, (value.public_bytes(Encoding.PEM),)
        if isinstance(value, defaultdict):
            factory = value.default_factory
            # The only lambda there is, in moto's SSM, returns this.
            factory = _nested if getattr(factory, "__name__", "") == "<lambda>" else factory
            attributes = dict(vars(value)) if hasattr(value, "__dict__") else None
            return _dictionary, (type(value), factory), attributes, None, iter(list(dict.items(value)))
        return NotImplemented


# pickle finds none of the library's own functions by their names.
def _private_key(pem: bytes) -> object:
    return load_pem_private_key(pem, None)


def _public_key(pem: bytes) -> object:
    return load_pem_public_key(pem)


def _certificate(pem: bytes) -> object:
    return load_pem_x509_certificate(pem)


def _dictionary(kind: type[defaultdict[Any, Any]], factory: Any) -> defaultdict[Any, Any]:
    made = kind.__new__(kind)
    made.default_factory = factory
    return made


def _nested() -> defaultdict[Any, Any]:
    return defaultdict(dict)
