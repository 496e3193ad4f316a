"""What follows when a password was in strange hands, and what time does to keys and tokens."""

from salus.kernel.context import Context
from salus.kernel.records import Record, after, every
from salus.shared.oauth import actions, queries


@after("people.reset_password")
@after("people.change_password")
@after("people.sign_out_everywhere")
@after("people.sign_out_person")
@after("people.reset_factors")
def end_permissions(ctx: Context, record: Record) -> None:
    if record.person_id is not None:
        actions.end_permissions(ctx, record.person_id)


@after("people.sign_out_everybody")
def end_all_permissions(ctx: Context, _record: Record) -> None:
    for person_id in queries.permitters(ctx):
        actions.end_permissions(ctx, person_id)


@every(seconds=60 * 60)
def keep_keys_young(ctx: Context) -> None:
    with ctx.again() as own:
        if queries.needs_new_key(own):
            actions.rotate_keys(own)


@every(seconds=6 * 60 * 60)
def forget_families(ctx: Context) -> None:
    with ctx.again() as own:
        actions.forget_families(own)
