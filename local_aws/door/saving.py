"""When the local AWS saves what it holds: as it stops, and each time that a Terraform gives back its lock.

While a Terraform holds a lock, its state lacks what it has just made, so nothing is saved: what an earlier Terraform
left stays the saved local AWS, in which the state and the resources agree.

An interrupted Terraform drops the calls of its provider that are under way. The local AWS carries them out all the
same, so the state would lack what they create. Before `make local` interrupts its Terraform, it asks for a `hold`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from moto.s3.models import FakeKey, s3_backends

from local_aws.door.guard import Application, Environ, StartResponse, answer

PROVIDER = "terraform-provider-"  # in the user agent of a provider; Terraform's own calls, for its state, lack it
LOCK = ".tflock"  # Terraform's S3 backend with use_lockfile
SECONDS_TO_DRAIN = 5.0  # for calls under way

logger = logging.getLogger(__name__)


class Saving:
    """The WSGI application whose calls, and the ECS agent, wait while it saves."""

    def __init__(
        self, application: Application, save: Callable[[], None], agent_lock: AbstractContextManager[object]
    ) -> None:
        self._application = application
        self._save = save
        self._agent_lock = agent_lock
        self._under_way = 0
        self._of_providers = 0  # of those under way
        self._locks: set[str] = set()
        self._is_saving = False
        self._is_held = False
        self._changed = threading.Condition()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        method, path = environ["REQUEST_METHOD"], str(environ["PATH_INFO"])
        of_provider = PROVIDER in str(environ.get("HTTP_USER_AGENT", ""))
        with self._changed:
            self._changed.wait_for(lambda: not self._is_saving)
            if of_provider and self._is_held:
                self._changed.wait_for(lambda: not self._is_held)  # an interrupted provider drops it meanwhile
                return answer(start_response, "503 Service Unavailable", "text/plain", b"Terraform is interrupted.\n")
            self._under_way += 1
            self._of_providers += of_provider
            if method == "PUT" and path.endswith(LOCK):
                self._locks.add(path)
        try:
            # Whole, so that the call has ended.
            whole = list(self._application(environ, start_response))
        finally:
            with self._changed:
                self._under_way -= 1
                self._of_providers -= of_provider
                self._changed.notify_all()
        if method == "DELETE" and path.endswith(LOCK):
            with self._changed:
                self._locks.discard(path)
                self._is_held = False
                self._changed.notify_all()
            self.save()
        return whole

    def hold(self) -> None:
        """Keep new calls of a provider back until its Terraform gives back its lock, and answer those under way first.

        They wait, and are refused then: refused at once, the provider would send them again, interrupted or not.
        """
        with self._changed:
            self._is_held = bool(self._locks)
            self._changed.wait_for(lambda: not self._of_providers, SECONDS_TO_DRAIN)

    def save(self) -> None:
        """Save, unless a Terraform is at work. A failure is in the log: the local AWS itself goes on."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_saving)
            self._is_saving = True
            self._changed.wait_for(lambda: not self._under_way, SECONDS_TO_DRAIN)
        try:
            with self._agent_lock:
                if not _is_terraform_at_work():
                    self._save()
        except Exception:
            logger.exception("the local AWS could not be saved")
        finally:
            with self._changed:
                self._is_saving = False
                self._changed.notify_all()


def _is_terraform_at_work() -> bool:
    return any(
        name.endswith(LOCK) and isinstance(key, FakeKey)  # not the marker that a deletion leaves
        for regions in list(s3_backends.values())
        for backend in regions.values()
        for bucket in backend.buckets.values()
        for name, key in bucket.keys.items()
    )
