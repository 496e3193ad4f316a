"""A server of rendered pages, under the policy of the real one."""

from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

from rendered import landing

from salus.web.filters import STATIC

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


class Site(ThreadingHTTPServer):
    """Pages by path, static files, and a note of every form that arrived."""

    def __init__(self) -> None:
        self.pages: dict[str, str] = {"/received": landing()}
        self.posted: list[str] = []
        self.status = 200
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(SimpleHTTPRequestHandler):
    server: Site

    def translate_path(self, path: str) -> str:
        return str(STATIC) + path.split("?", maxsplit=1)[0].removeprefix("/static")

    def end_headers(self) -> None:
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def do_GET(self) -> None:
        page = self.server.pages.get(self.path.split("?")[0])
        if page is None:
            super().do_GET()
        else:
            self.answer(page)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(self.path)
        self.send_response(303)
        self.send_header("Location", "/received")
        self.end_headers()

    def answer(self, page: str) -> None:
        body = page.encode()
        self.send_response(self.server.status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        pass
