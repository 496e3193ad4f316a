"""Opening a person's health data, by an administrator who says why."""

from salus.exchanges.health_data import schemas
from salus.exchanges.health_data.actions import inspections as actions
from salus.web.doors import Api, CurrentContext

api = Api("/health-data/inspections", tag="Inspections")


@api.post("", operation=actions.open_health_data, answer=list[schemas.OpenedRead], status=201, limit="20/hour")
def open_health_data(ctx: CurrentContext, wish: schemas.Inspection) -> list[schemas.OpenedRead]:
    opened = actions.open_health_data(ctx, wish.person_id, reason=wish.reason)
    return [schemas.OpenedRead(name=name, preview=schemas.PreviewRead.model_validate(seen)) for name, seen in opened]
