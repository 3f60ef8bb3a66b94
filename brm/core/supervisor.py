"""Keeps the processes of the product running and stops them together.

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor, and so that
whatever a child started is found and ended with it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0  # seconds before a dead child is started again
LONG_LIFE = 60.0  # seconds after which a child counts as healthy and the pause is short again
PATIENCE = 11.0  # seconds a child has for a clean end
LOOK_EVERY = 0.2  # seconds
PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Ask Linux to end this process when the supervisor dies, however; runs in the child."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """One process of the product: its command, its environment, and how often it died lately."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        renews_on_hangup: bool = False,
    ) -> None:
        self.name = name
        self.renews_on_hangup = renews_on_hangup  # SIGHUP makes it read its settings anew
        self.command = list(command)
        self.env = dict(env)
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.start_again_at = 0.0
        self.pause = FIRST_PAUSE

    def start(self) -> None:
        """Start the process in a group of its own."""
        self.started_at = time.monotonic()
        self.process = subprocess.Popen(  # noqa: S603  the commands are ours
            self.command, env=self.env, process_group=0, preexec_fn=die_with_parent
        )

    def signal_group(self, number: int) -> bool:
        """Send the signal to the child and all it started; False when none of them is left."""
        if self.process is None:
            return False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, number)
            return True
        return False

    def look_after(self, now: float, tell: Callable[[str], None]) -> None:
        """Start the process again when it has died, later each time that it dies young."""
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            self.signal_group(signal.SIGKILL)
            self.process = None
            if now - self.started_at > LONG_LIFE:
                self.pause = FIRST_PAUSE
            self.start_again_at = now + self.pause
            tell(f"{self.name} ended ({code}); starting it again in {self.pause:.0f} s")
            self.pause = min(2 * self.pause, LONGEST_PAUSE)
        if self.process is None and now >= self.start_again_at:
            self.start()


class Supervisor:
    """Starts children, restarts the dead, and ends all of them on SIGINT or SIGTERM."""

    def __init__(self, children: Sequence[Child], tell: Callable[[str], None]) -> None:
        self.children = children
        self.tell = tell
        self.stopping = threading.Event()

    def run(
        self,
        *,
        is_ready: Callable[[], bool],
        when_ready: Callable[[], None],
        settings_as_of: Callable[[], object] = lambda: None,
    ) -> None:
        """Run until told to stop; call `when_ready` once, when `is_ready` first says so.

        When `settings_as_of` answers something new, the children read their settings anew.
        """
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self.stopping.set())
        announced, as_of = False, settings_as_of()
        try:
            while not self.stopping.is_set():
                for child in self.children:
                    child.look_after(time.monotonic(), self.tell)
                if not announced and is_ready():
                    announced = True
                    when_ready()
                if settings_as_of() != as_of:
                    as_of = settings_as_of()
                    self.renew()
                self.stopping.wait(LOOK_EVERY)
        finally:
            self.stop()

    def renew(self) -> None:
        """Have the children read their settings anew: the web server without a pause."""
        for child in self.children:
            if child.process is not None:
                child.process.send_signal(
                    signal.SIGHUP if child.renews_on_hangup else signal.SIGTERM
                )

    def stop(self) -> None:
        """Ask every child to end, wait for it, and kill what is left of its group."""
        running = [child for child in self.children if child.process is not None]
        for child in running:
            child.process.terminate()
        until = time.monotonic() + PATIENCE
        for child in running:
            with suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, until - time.monotonic()))
        for child in running:
            if child.signal_group(signal.SIGKILL):
                child.process.wait()
