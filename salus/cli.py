"""The command line: the same actions, by hand."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

app = typer.Typer(
    help="Salus: health exchanges that rest on consent.", no_args_is_help=True, pretty_exceptions_enable=False
)
audit = typer.Typer(help="The records of what was done, and whether they are whole.", no_args_is_help=True)
app.add_typer(audit, name="audit")
erasures = typer.Typer(help="The erasures that must outlive every backup.", no_args_is_help=True)
app.add_typer(erasures, name="erasures")
fhir = typer.Typer(help="Clinical records, as FHIR has them.", no_args_is_help=True)
app.add_typer(fhir, name="fhir")
console = Console()
PLACES = "8192"
"""Connections one web process holds at the same time."""

# Every command imports what it needs when it runs: reading the help must not load a columnar database.


@app.command()
def dev() -> None:
    """Start everything on this machine, with demo data, until Ctrl-C."""
    from salus.dev import run

    sys.exit(run())


@app.command()
def serve() -> None:
    """Run the web server.

    Headers must arrive within five seconds, a kept connection is closed when nothing comes for as long, and bodies have
    a deadline of their own (`salus.web.bodies.BodyLimit`). A connection that waits costs some kilobytes, so there
    is room for very many: with granian's usual thousand, a thousand slow callers keep everybody else out (measured).
    """
    import resource
    import tempfile

    from salus.kernel.metrics import TOGETHER
    from salus.kernel.settings import settings

    here = settings()
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if here.metrics_port is not None and here.web_workers > 1:
        os.environ[TOGETHER] = tempfile.mkdtemp(prefix="salus-metrics-")
    os.execv(
        sys.executable,
        [
            sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "salus.app:serving",
            "--host", here.host, "--port", str(here.port), "--http1-header-read-timeout", "5000",
            "--backlog", PLACES, "--backpressure", PLACES,
            "--no-ws", "--log-level", "warning", "--workers", str(here.web_workers),
        ],
    )  # fmt: skip


@app.command()
def worker() -> None:
    """Do what is owed and the routines, until told to stop."""
    from salus.worker import begin, run

    begin()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    run(stop)


@app.command()
def gateway() -> None:
    """Run the built-in sim payment gateway, which moves no money. For development."""
    from urllib.parse import urlsplit

    from salus.kernel.settings import settings

    here = settings()
    os.environ["SALUS_GATEWAY_KEY"] = here.secret("gateway_key")
    os.environ["SALUS_GATEWAY_WEBHOOK_SECRET"] = here.secret("gateway_webhook_secret")
    port = urlsplit(here.gateway_url).port or 8010
    webhook = f"http://{here.host}:{here.port}/v1/webhooks/sim"
    os.execv(
        sys.executable,
        [
            sys.executable, "-m", "salus.sim", "--port", str(port), "--home", str(here.home / "sim"),
            "--webhook-url", webhook,
        ],
    )  # fmt: skip


@app.command()
def insurer() -> None:
    """Run the built-in sim insurer, which insures nobody. For development."""
    from urllib.parse import urlsplit

    from salus.kernel.settings import settings

    here = settings()
    os.environ["SALUS_INSURER_KEY"] = here.secret("insurer_key")
    port = urlsplit(here.insurer_url).port or 8020
    os.execv(sys.executable, [sys.executable, "-m", "salus.sim.insurer", "--port", str(port)])


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    from salus.migrate import upgrade

    upgrade()
    console.print("The database is up to date.")
    _replay_erasures()


@app.command()
def tenant(
    slug: Annotated[str, typer.Argument(help="Short name, such as `nordic`.")],
    name: Annotated[str, typer.Argument(help="What people see.")],
    host: Annotated[list[str] | None, typer.Option(help="Host names it answers at; none answers everywhere.")] = None,
) -> None:
    """Make a tenant, and its first administrator from SALUS_ADMIN_EMAIL and SALUS_ADMIN_PASSWORD."""
    from salus.tenancy import open_tenant

    open_tenant(slug=slug, name=name, hosts=host or [])
    console.print(f"{name} is open.")


@app.command()
def trade(
    export: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="An Apple Health export.")],
) -> None:
    """Run a whole trade of an export in a throw-away tenant, and account for it. Fails if any step does."""
    from salus.trade import run

    sys.exit(run(export, console))


@app.command()
def trace(
    correlation_id: Annotated[str, typer.Argument(help="As answers carry it, and pages that say what went wrong.")],
    log: Annotated[str | None, typer.Option(help="A file of log lines; `-` reads them from standard input.")] = None,
) -> None:
    """Print all that is known of one action: its records, what follows from them, and its log lines."""
    from salus.life import life, lines_of

    with lines_of(log) as lines:
        moments = life(correlation_id, lines)
    for moment in moments:
        typer.echo(moment)
    if not moments:
        typer.echo("Nothing is known under this id.", err=True)
    sys.exit(0 if moments else 1)


@app.command()
def operations() -> None:
    """Print every action and query with who may do it, as `docs/operations.md` holds it."""
    from salus.documents import operations_page

    typer.echo(operations_page(), nl=False)


@audit.command()
def verify(
    slug: Annotated[str | None, typer.Option("--tenant", help="Only this tenant.")] = None,
) -> None:
    """Recompute the log from the records and compare it with every seal and with what was published."""
    from salus.kernel.tenants import tenants
    from salus.shared.records.verification import verify as verified

    broken = False
    for each in tenants():
        if slug in {None, each.slug}:
            result = verified(each.id)
            broken |= not result.is_whole
            state = "[green]whole[/green]" if result.is_whole else "[red]broken[/red]"
            console.print(f"[bold]{each.name}[/bold]: {result.size:,} records, {result.checkpoints:,} seals: {state}")
            for finding in result.findings:
                console.print(f"  [red]{finding.words}[/red]")
    sys.exit(1 if broken else 0)


@fhir.command("load")
def load_records(
    folder: Annotated[Path, typer.Argument(exists=True, help="Of bundles and resources: .json and .ndjson.")],
    slug: Annotated[str, typer.Option("--tenant", help="The tenant whose records they are.")],
    email: Annotated[str | None, typer.Option("--as", help="The administrator who loads them, else Salus.")] = None,
) -> None:
    """Load clinical records. What was loaded before is not doubled.

    Fails if a file is refused, or if there is none; the others are loaded.
    """
    from rich.progress import Progress

    from salus.kernel.errors import Refusal
    from salus.loading import files_in, load, whose
    from salus.modules import load_all

    load_all()
    try:
        tenant_id, actor = whose(slug, email)
    except Refusal as refusal:
        typer.echo(refusal, err=True)
        raise typer.Exit(1) from None
    files = files_in(folder)
    with Progress(console=console) as progress:
        task = progress.add_task(f"Loading {len(files):,} files", total=sum(file.stat().st_size for file in files))
        loaded = load(files, tenant_id, actor, advance=lambda size: progress.advance(task, size))
    for refused in loaded.refused:
        typer.echo(refused, err=True)
    console.print(f"{loaded.new:,} are new, {loaded.changed:,} were changed, {loaded.unchanged:,} are as they were.")
    sys.exit(1 if loaded.refused or not files else 0)


@erasures.command()
def replay() -> None:
    """Erase again everyone whom a restored backup brought back. To be run after every restore, before people come in.

    Fails if a tombstone cannot be read: then the file was damaged, and somebody may be back who must not be.
    """
    sys.exit(0 if _replay_erasures() else 1)


def _replay_erasures() -> bool:
    """Whether every tombstone could be read."""
    from salus.kernel.actor import SYSTEM
    from salus.kernel.context import Context
    from salus.kernel.tenants import tenants
    from salus.modules import load_all
    from salus.shared.privacy.reactions.erasures import replay as replayed

    load_all()
    is_whole = True
    for each in tenants():
        found = replayed(Context(SYSTEM, each.id))
        is_whole &= not found.unreadable
        if found.erased or found.unreadable:
            console.print(
                f"[bold]{each.name}[/bold]: {found.erased} erased again, {found.known} were erased already, "
                f"{found.unreadable} tombstones cannot be read."
            )
    return is_whole
