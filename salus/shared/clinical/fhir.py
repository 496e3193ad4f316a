"""The FHIR door of the store: every type that is kept here (and those that other modules write through to it)."""

from starlette.responses import Response

from salus.formats.fhir import faithful
from salus.formats.fhir.compartments import TYPES
from salus.kernel.context import Context
from salus.kernel.errors import Refusal
from salus.shared.clinical import actions, queries
from salus.shared.clinical.queries.whole import NIL
from salus.shared.clinical.rules import bundles
from salus.shared.clinical.rules.keeping import Kept
from salus.shared.clinical.rules.refusals import NotAResource
from salus.web.doors import CurrentContext
from salus.web.fhir import answering, batching, capability
from salus.web.fhir.asking import Asked, AskedOfUs
from salus.web.fhir.capability import Served
from salus.web.fhir.doors import LARGEST, Fhir, types
from salus.web.fhir.made import MADE, Found, Made, kept_by
from salus.web.fhir.refusals import outcome_of

HISTORY_PAGE = 50
types("stored", TYPES)
kept_by(queries)
fhir = Fhir()


@fhir.get("/{kind:stored}/{resource_id:fhir_id}", operation=queries.read)
def read(ctx: CurrentContext, asked: Asked) -> Response:
    """One resource as it is now."""
    return answering.resource(asked, queries.read(ctx, asked.kind, asked.resource_id))


@fhir.get("/{kind:stored}", operation=queries.search)
def search(ctx: CurrentContext, asked: Asked) -> Response:
    """Find resources of a type."""
    found = answering.searchset(asked, queries.search(ctx, asked.question))
    return Response(found, media_type=asked.media_type())


@fhir.get("/metadata", operation=queries.capabilities)
def metadata(ctx: CurrentContext, asked: Asked) -> Response:
    """What can be done here."""
    found = queries.capabilities(ctx)
    kept = [Served(name, writing=verbs) for name, verbs in found.writing.items() if name not in MADE]
    made = [Served(name, is_kept=False) for name in MADE]
    told = capability.statement(asked.base, [*kept, *made], endpoints=found.endpoints, at=ctx.now)
    return Response(faithful.text(told), media_type=asked.media_type())


@fhir.post("/{kind:stored}/_search", operation=queries.search)
def search_posted(ctx: CurrentContext, asked: Asked) -> Response:
    """Find resources of a type, by a form that no log of addresses sees."""
    return search(ctx, asked)


@fhir.post("/{kind:stored}", operation=actions.create)
def create(ctx: CurrentContext, asked: Asked) -> Response:
    """Keep a new resource."""
    written = actions.create(ctx, asked.resource, unless=asked.unless)
    return answering.written(asked, written.kept, is_new=written.is_new)


@fhir.put("/{kind:stored}", operation=actions.update_where)
def update_where(ctx: CurrentContext, asked: Asked) -> Response:
    """Replace the one resource that answers criteria, or keep a new one."""
    written = actions.update_where(ctx, asked.criteria, asked.resource)
    return answering.written(asked, written.kept, is_new=written.is_new)


@fhir.patch("/{kind:stored}", operation=actions.patch_where)
def patch_where(ctx: CurrentContext, asked: Asked) -> Response:
    """Change a part of the one resource that answers criteria."""
    written = actions.patch_where(ctx, asked.criteria, asked.change)
    return answering.written(asked, written.kept, is_new=written.is_new)


@fhir.delete("/{kind:stored}", operation=actions.remove_where)
def remove_where(ctx: CurrentContext, asked: Asked) -> Response:
    """Delete the one resource that answers criteria."""
    actions.remove_where(ctx, asked.criteria)
    return answering.deleted()


@fhir.get("/{kind:stored}/_history", operation=queries.changes)
def changes(ctx: CurrentContext, asked: Asked) -> Response:
    """The versions of all resources of a type, the newest first."""
    skipped, most = asked.number("_skip") or 0, min(asked.number("_count") or HISTORY_PAGE, HISTORY_PAGE)
    some = queries.changes(ctx, asked.kind, most=most, skipped=skipped)
    here = f"{asked.base}/{asked.kind}/_history"
    links = [{"relation": "self", "url": here}]
    if some.has_more:
        links.append({"relation": "next", "url": f"{here}?_skip={skipped + most}&_count={most}"})
    return Response(answering.history(asked, some.found, links=links, total=None), media_type=asked.media_type())


@fhir.post("/{kind:stored}/$validate", operation=queries.validate)
def validate(ctx: CurrentContext, asked: Asked) -> Response:
    """Whether a resource could be kept."""
    faults = queries.validate(ctx, asked.resource)
    told = outcome_of(NotAResource(faults), ctx.correlation_id) if faults else answering.well_done("Nothing is wrong.")
    return Response(faithful.text(told), media_type=asked.media_type())


@fhir.get("/Patient/{resource_id:fhir_id}/$everything", operation=queries.everything)
def everything(ctx: CurrentContext, asked: Asked) -> Response:
    """Everything in a patient's record."""
    some = queries.everything(ctx, asked.resource_id, most=HISTORY_PAGE, after=asked.row("_after") or NIL)
    here = f"{asked.base}/Patient/{asked.resource_id}/$everything"
    links = [{"relation": "self", "url": here}]
    if some.has_more:
        links.append({"relation": "next", "url": f"{here}?_after={some.found[-1].row_id}"})
    return Response(answering.collected(asked, some.found, links=links), media_type=asked.media_type())


@fhir.get("/Patient/{resource_id:fhir_id}/{kind:stored}", operation=queries.search)
def search_compartment(ctx: CurrentContext, asked: Asked) -> Response:
    """Find resources of a type within a patient's record."""
    found = answering.searchset(asked, queries.search(ctx, asked.about(f"Patient/{asked.resource_id}")))
    return Response(found, media_type=asked.media_type())


@fhir.put("/{kind:stored}/{resource_id:fhir_id}", operation=actions.update)
def update(ctx: CurrentContext, asked: Asked) -> Response:
    """Replace a resource."""
    written = actions.update(ctx, asked.resource_id, asked.resource, if_version=asked.if_version)
    return answering.written(asked, written.kept, is_new=written.is_new)


@fhir.patch("/{kind:stored}/{resource_id:fhir_id}", operation=actions.patch)
def patch(ctx: CurrentContext, asked: Asked) -> Response:
    """Change a part of a resource."""
    written = actions.patch(ctx, asked.kind, asked.resource_id, asked.change, if_version=asked.if_version)
    return answering.written(asked, written.kept, is_new=written.is_new)


@fhir.delete("/{kind:stored}/{resource_id:fhir_id}", operation=actions.remove)
def remove(ctx: CurrentContext, asked: Asked) -> Response:
    """Delete a resource."""
    actions.remove(ctx, asked.kind, asked.resource_id, if_version=asked.if_version)
    return answering.deleted()


@fhir.get("/{kind:stored}/{resource_id:fhir_id}/_history", operation=queries.history)
def history(ctx: CurrentContext, asked: Asked) -> Response:
    """The versions of a resource, the newest first."""
    before, most = asked.number("_before"), min(asked.number("_count") or HISTORY_PAGE, HISTORY_PAGE)
    past = queries.history(ctx, asked.kind, asked.resource_id, most=most, before=before)
    here = f"{asked.base}/{asked.kind}/{asked.resource_id}/_history"
    links = [{"relation": "self", "url": here}]
    if past.has_more:
        links.append({"relation": "next", "url": f"{here}?_before={past.versions[-1].version}"})
    total = past.versions[0].version if past.versions and before is None else None
    return Response(answering.history(asked, past.versions, links=links, total=total), media_type=asked.media_type())


@fhir.get("/{kind:stored}/{resource_id:fhir_id}/_history/{version_id}", operation=queries.version)
def version(ctx: CurrentContext, asked: Asked) -> Response:
    """One version of a resource."""
    return answering.resource(asked, queries.version(ctx, asked.kind, asked.resource_id, asked.version_id))


@fhir.post("", operation=actions.transact, max_body=LARGEST)
def transact(ctx: CurrentContext, asked: Asked) -> Response:
    """Carry out a transaction, all of it or nothing; or a batch, each entry by itself."""
    bundle = batching.bundle_of(asked)
    answers = actions.transact(ctx, bundles.entries(bundle), is_atomic=bundle["type"] == "transaction", elsewhere=MADE)
    return batching.answered(asked, bundle["type"], [_answer(ctx, asked, answer) for answer in answers])


def _answer(ctx: Context, asked: AskedOfUs, answer: actions.Answer) -> str:
    match answer.found if isinstance(answer, actions.FromElsewhere) else answer:
        case actions.Written(kept, is_new):
            return batching.of_version(asked, kept, status=201 if is_new else 200)
        case Kept() | Made() as one:
            return batching.of_version(asked, one, status=200)
        case queries.Page() | Found() as page:
            return batching.of_bundle(answering.searchset(asked, page))
        case Refusal() as refusal:
            return batching.of_refusal(refusal, ctx.correlation_id)
    return batching.of_deletion()
