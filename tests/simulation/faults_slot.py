"""What goes wrong in a slot, and how often each: SIMs and contacts, lines, modems and their ttys."""

from collections.abc import Mapping

from .faults import Fault
from .faults_modem import (
    broken,
    hub_gone,
    hung,
    noisy,
    opens_slowly,
    renumbered,
    restarted,
    slow,
    storm,
    taken,
    unplugged,
)
from .faults_sim import (
    bounced,
    contact_lost,
    edge_lost,
    entry_lost,
    flapping,
    line_stuck,
    moved,
    out_of_service,
    pulled,
    swapped,
)

SLOT_FAULTS: Mapping[Fault, int] = {
    pulled: 10,
    swapped: 8,
    moved: 3,
    bounced: 4,
    contact_lost: 3,
    line_stuck: 2,
    edge_lost: 3,
    entry_lost: 2,
    hung: 6,
    restarted: 4,
    renumbered: 4,
    unplugged: 2,
    hub_gone: 2,
    noisy: 3,
    slow: 3,
    broken: 2,
    storm: 1,
    out_of_service: 4,
    flapping: 1,
    taken: 1,
    opens_slowly: 1,
}
