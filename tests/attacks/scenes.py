"""Which scene is set for which operation."""

from dataclasses import replace

from tests.attacks import stages, visits
from tests.attacks.stages import Set, Stage, name_of
from tests.strangers.knocking import Entrance

SCENES = stages.SCENES | visits.SCENES


def set_for(door: Entrance, stage: Stage) -> Set:
    """The scene for whoever knocks at this door next."""
    scene = SCENES.get(name_of(door))
    return scene(replace(stage, door=door)) if scene else Set()
