"""How the store of clinical records says no."""

from collections.abc import Sequence

from salus.formats.fhir.structure import Fault
from salus.kernel.errors import Conflict, Invalid, NotAllowed, Refusal


class PurposeNeeded(NotAllowed):
    message = (
        "Opening somebody's health record as an administrator needs a reason, which they will see. "
        "Send it in the header x-purpose."
    )


class NotTheirDoctor(NotAllowed):
    message = "You may write only into the records of patients who are assigned to you."


class KeptElsewhere(Refusal):
    status = 405
    message = "Resources of this type are made and changed by what they stand for, and not here."


class Gone(Refusal):
    status = 410
    message = "This resource was deleted."


class VersionDiffers(Refusal):
    status = 412
    message = "Somebody changed this resource in the meantime. Read it again, and repeat with its new ETag."


class NotOne(Refusal):
    status = 412
    message = "More than one resource answers these criteria. Name more of them."


class Malformed(Refusal):
    """A request that cannot mean anything."""

    status = 400
    message = "This request is not what FHIR asks for."


class NotAResource(Invalid):
    """A resource that may not be kept. `faults` say what is wrong with it, and where."""

    message = "This is no resource that can be kept."

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].message if faults else None, field=faults[0].where if faults else None)
        self.faults = tuple(faults)


class Moved(Invalid):
    message = "A resource stays with the patient it is about. Delete it, and write it anew for the other."


class Dangling(Conflict):
    message = "A reference in the bundle leads to nothing, or to more than one resource."
