"""Services as JSON."""

from collections.abc import Sequence

from salus.kernel.services import OutsideService
from salus.shared.services import queries
from salus.shared.services.schemas import ServiceRead
from salus.web.doors import Api, CurrentContext

api = Api("/services")


@api.get("", operation=queries.services, answer=list[ServiceRead])
def services(ctx: CurrentContext) -> Sequence[OutsideService]:
    return queries.services(ctx)
