"""A home made ready for a run."""

from typing import Self

from tenantcrm import clock
from tenantcrm.sandbox import ports
from tenantcrm.sandbox.addresses import Addresses, Events
from tenantcrm.sandbox.home import Home, cannot_use
from tenantcrm.sandbox.lock import HomeLock
from tenantcrm.sandbox.ports import Claims
from tenantcrm.sandbox.terminal import Terminal
from tenantcrm.sandbox.time_machine import TimeMachine


class PreparedHome:
    """A home that is this run's: locked, with ports, passwords and a running clock."""

    def __init__(
        self,
        home: Home,
        terminal: Terminal,
        *,
        host: str,
        port: int | None,
        rate: float,
        events: Events = "http",
    ) -> None:
        """Describe the run; nothing is touched before it is entered.

        Args:
            home: the home.
            terminal: hears when an earlier run has to end first.
            host: what web and the inbox listen on.
            port: web's port, or None for any.
            rate: virtual seconds per real one.
            events: how web and workers hear what became of mails.
        """
        self.home = home
        self.rate = rate
        self._terminal = terminal
        self._host, self._port, self._events = host, port, events
        self._claims = Claims()

    def __enter__(self) -> Self:
        """Take the home.

        Raises:
            ConfigurationError: it is another run's, damaged or not to be used; or no port is free.
        """
        self.home.make()
        try:
            self.lock = HomeLock.take(self.home.lock, self._terminal.line)
            try:
                self._take()
            except BaseException:
                self._give_back()
                raise
        except OSError as fault:
            raise cannot_use(self.home.root, fault) from fault
        return self

    def _take(self) -> None:
        self.home.ready.unlink(missing_ok=True)
        passwords = self.home.passwords()
        chosen = ports.choose(self.home.ports, self._claims, host=self._host, web=self._port)
        self.addresses = Addresses(passwords, chosen, self._host, self._events)
        self.lock.describe(self.addresses.url, self._host)
        self.clock = TimeMachine(self.home.clock)
        self.clock.start(self.rate)
        clock.follow(self.home.clock)

    def __exit__(self, *_: object) -> None:
        """Leave it."""
        self._give_back()

    def _give_back(self) -> None:
        clock.follow(None)
        self._claims.release()
        self.lock.release()
