"""When the local AWS saves what it holds: as it stops, and each time that a Terraform gives back its lock.

While a Terraform holds a lock, its state lacks what it has just made, so nothing is saved: what an earlier Terraform
left stays the saved local AWS, in which the state and the resources agree.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from moto.s3.models import FakeKey, s3_backends

from ops.local.agent.guard import Application, Environ, StartResponse

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
        self._is_saving = False
        self._changed = threading.Condition()

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one call."""
        with self._changed:
            self._changed.wait_for(lambda: not self._is_saving)
            self._under_way += 1
        try:
            # Whole, so that the call has ended.
            answer = list(self._application(environ, start_response))
        finally:
            with self._changed:
                self._under_way -= 1
                self._changed.notify_all()
        if environ["REQUEST_METHOD"] == "DELETE" and str(environ["PATH_INFO"]).endswith(LOCK):
            self.save()
        return answer

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
