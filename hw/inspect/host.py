"""Everything that the machine says, in one value."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from agent.doctor.host import Host
from hw.chips import Chips
from hw.inspect.gpio import pins
from hw.inspect.plugs import plugs
from hw.inspect.power import model, throttled, unit
from hw.inspect.processes import account, holders, processes, service
from hw.inspect.roots import Roots
from hw.inspect.storage import disk


def inspect(store: Path, wanted: Sequence[str], environ: Mapping[str, str], roots: Roots, chips: Chips | None = None) -> Host:
    """`store`: the database's path; `wanted`: the pins of the configuration; what the caller's environment lacks, the service's has."""
    installed, variables = unit(roots)
    return Host(
        model(roots),
        processes(roots),
        account(roots),
        service(roots),
        plugs(roots),
        holders(roots),
        throttled(roots),
        disk(roots, store),
        pins(roots, wanted, {**variables, **environ}, chips),
        installed,
    )
