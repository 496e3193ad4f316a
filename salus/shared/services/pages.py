"""Where administrators see which services outside do not answer."""

from salus.kernel.actor import Role
from salus.shared.services import queries
from salus.web.doors import CurrentContext, Page, Pages

pages = Pages()
pages.menu("Outside services", "/services", roles={Role.ADMINISTRATOR}, place=87)


@pages.get("/services", operation=queries.services)
def services(ctx: CurrentContext) -> Page:
    return Page("services/services.html", services=queries.services(ctx), now=ctx.now)
