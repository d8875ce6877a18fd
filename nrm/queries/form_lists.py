"""The lists of the deployment that forms offer: agencies and districts as they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from nrm.diagrams.forms.model import Option
from nrm.vocabulary.actor import Actor
from nrm.wiring.system import System


def form_lists(system: System, actor: Actor) -> Mapping[str, Sequence[Option]]:
    """Return list name -> options, for ``Form.with_lists``."""
    with system.database.reader(actor) as unit:
        active = system.agencies(unit).active
    return {
        "agencies": [Option(agency.id, agency.name) for agency in active],
        "districts": [Option(key, name) for key, name in system.configuration.districts.items()],
    }
