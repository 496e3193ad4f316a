"""Where programs that speak FHIR find out how they are let in (SMART App Launch 2.2, "Conformance")."""

from starlette.responses import Response

from salus.formats.fhir import faithful
from salus.shared.oauth import queries
from salus.web.doors import CurrentContext
from salus.web.fhir.asking import Asked
from salus.web.fhir.doors import Fhir

fhir = Fhir()


@fhir.get("/.well-known/smart-configuration", operation=queries.smart_configuration)
def smart_configuration(ctx: CurrentContext, asked: Asked) -> Response:
    """How programs are let in, as SMART on FHIR has it."""
    return Response(faithful.text(queries.smart_configuration(ctx)), media_type="application/json")
