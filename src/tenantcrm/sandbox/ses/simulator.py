"""The simulator: its parts, opened together."""

import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from tenantcrm import clock
from tenantcrm.sandbox.ses.account import Account, Allowance
from tenantcrm.sandbox.ses.configuration_sets import ConfigurationSets
from tenantcrm.sandbox.ses.faults import Faults
from tenantcrm.sandbox.ses.identities import Identities, Status
from tenantcrm.sandbox.ses.mails import Mails, Taken
from tenantcrm.sandbox.ses.sources import Sources
from tenantcrm.sandbox.ses.store import Store
from tenantcrm.sandbox.ses.suppressions import Suppressions
from tenantcrm.sandbox.ses.tenants import SesTenants
from tenantcrm.sandbox.ses.wires import Wires


@dataclass(frozen=True, slots=True)
class Options:
    """How a simulator is started."""

    home: Path | None = None
    """Where it keeps its mail and finds the time machine; None: nothing outlives the process."""
    region: str = "us-east-1"
    allowance: Allowance = field(default_factory=Allowance)
    verified: tuple[str, ...] = ()
    """Identities that are there, and verified, from the start."""
    first_status: Status = "SUCCESS"
    """How far the proofs of an identity are that is made later."""
    wires: Wires = field(default_factory=Wires)
    """Whom to tell of mails, from the start."""


@dataclass(frozen=True, slots=True)
class Simulator:
    """What every operation works on."""

    region: str
    store: Store
    mails: Mails
    account: Account
    identities: Identities
    configuration_sets: ConfigurationSets
    suppressions: Suppressions
    tenants: SesTenants
    folder: Path
    """Where all of it is kept."""
    _sources: Sources
    _folder: "tempfile.TemporaryDirectory[str] | None" = None
    faults: Faults = field(default_factory=Faults)
    listeners: list[Callable[[Taken], None]] = field(default_factory=list)
    """Called on the event loop for every mail that was taken; they return at once."""
    run: str = field(default_factory=partial(secrets.token_hex, 4))
    """Another one at each start: what was shown by an earlier run may look different now."""

    def accepted(self, taken: Taken) -> None:
        """Tell the listeners of a mail that is committed, whatever its sender was answered."""
        for listener in self.listeners:
            listener(taken)

    @classmethod
    async def open(cls, options: Options) -> "Simulator":
        """Open the store, and follow the time machine where there is one."""
        folder = None
        home = options.home
        if home is None:
            folder = tempfile.TemporaryDirectory(prefix="tenantcrm-ses-")
            home = Path(folder.name)
        machine = home / "clock.json"
        clock.follow(machine if machine.exists() else None)
        kept = home / "ses"
        kept.mkdir(parents=True, exist_ok=True, mode=0o700)
        store = Store.open(kept / "inbox.sqlite3")
        sources = Sources(kept / "sources.mail")
        identities = await Identities.load(store, options.first_status)
        known = {identity.name for identity in identities.all()}
        for name in options.verified:
            if name not in known:
                await identities.create(name, status="SUCCESS")
        return cls(
            region=options.region,
            store=store,
            mails=Mails(sources),
            account=await Account.load(store, options.allowance),
            identities=identities,
            configuration_sets=await ConfigurationSets.load(store),
            suppressions=await Suppressions.load(store),
            tenants=await SesTenants.load(store),
            folder=kept,
            _sources=sources,
            _folder=folder,
        )

    async def close(self) -> None:
        """Finish what is under way and close the store."""
        await self.store.close()
        self._sources.close()
        if self._folder is not None:
            self._folder.cleanup()
