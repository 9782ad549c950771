"""The figures of a run, as people read them."""

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct

from tests.crash.comparison import SHOWN, Verdict
from tests.crash.points import AT_RANDOM, POINTS


class Figures(Struct, frozen=True, kw_only=True):
    """What happened. ``seconds``: under fire; ``settling``: until nothing moved any more."""

    seed: int
    seconds: float
    settling: float
    due: int
    taken: int
    departures: int
    kills: Mapping[str, int]
    drained: int
    refused: int
    lost_commits: Mapping[str, int]
    outcomes: Mapping[str, int]
    injected: Mapping[str, int]
    troubles: Mapping[str, int]
    resolved: int
    verdict: Verdict

    def lines(self) -> list[str]:
        """The table."""
        verdict = self.verdict
        total = sum(self.kills.values())
        lasted = f"{self.seconds:,.0f} + {self.settling:,.0f}"
        taken = f"{self.taken:,} ({self.taken / (self.seconds + self.settling):,.0f} a second)"
        found = [
            ("seed", self.seed),
            ("seconds under fire, and until all was settled", lasted),
            ("mails that fell due", f"{self.due:,}"),
            ("mails that SES took", taken),
            ("people who left meanwhile", self.departures),
            ("workers killed", total),
            *((f"  {point}", self.kills.get(point, 0)) for point in (*POINTS, AT_RANDOM)),
            ("workers ended with SIGTERM", self.drained),
            ("workers whose start met a cut connection", self.refused),
            *_block("commits that broke", self.lost_commits),
            *_block("faults of SES", self.injected),
            *_block("answers of SES that were no acceptance", self.outcomes),
            *((name, f"{count:,}") for name, count in sorted(self.troubles.items())),
            *_block("where the mails stand", verdict.states),
            ("unknown mails that became known", f"{self.resolved:,}"),
            ("unknown: SES has it", f"{verdict.unknown_taken:,}"),
            ("unknown: SES does not have it", f"{verdict.unknown_not_taken:,}"),
            *((name, len(faults)) for name, faults in verdict.faults.items()),
        ]  # fmt: skip
        lines = [f"{name:<52}{value!s:>24}" for name, value in found]
        for name, faults in verdict.faults.items():
            lines += [f"{name}: {fault}" for fault in faults[:SHOWN]]
            if len(faults) > SHOWN:
                lines.append(f"{name}: and {len(faults) - SHOWN} more")
        return lines


def _block(title: str, counts: Mapping[str, int]) -> list[tuple[str, str]]:
    rows = [(f"  {name}", f"{count:,}") for name, count in sorted(Counter(counts).items())]
    return [(title, f"{sum(counts.values()):,}"), *rows]
