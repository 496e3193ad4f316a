"""`python -m salus.sim`: run the processor until it is told to stop."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
import uvicorn

from salus.sim.app import create_app


def main(
    *,
    secret: Annotated[str, typer.Option(envvar="SALUS_GATEWAY_KEY", help="The key that callers must show.")],
    webhook_secret: Annotated[
        str, typer.Option(envvar="SALUS_GATEWAY_WEBHOOK_SECRET", help="Base64; signs what is sent to the webhook.")
    ],
    host: Annotated[str, typer.Option(help="The interface it listens on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port it listens on.")] = 8010,
    home: Annotated[Path, typer.Option(help="The folder it remembers in.")] = Path(".salus/sim"),
    webhook_url: Annotated[str, typer.Option(help="Who is told what happened; nobody if left out.")] = "",
    seed: Annotated[int | None, typer.Option(help="Make ids and chance the same in every run.")] = None,
) -> None:
    """A card processor that moves no money."""
    app = create_app(secret_key=secret, webhook_secret=webhook_secret, webhook_url=webhook_url, home=home, seed=seed)
    # An answer held back by a knob must not hold up the stop as well.
    uvicorn.run(app, host=host, port=port, log_level="warning", timeout_graceful_shutdown=2)


if __name__ == "__main__":
    typer.run(main)
