# tidegauge as one image for all its parts; `docker compose up` and deploy/kubernetes run them.
FROM python:3.12-slim AS build
WORKDIR /src
RUN python -m venv /opt/tidegauge
COPY requirements-runtime.lock ./
RUN /opt/tidegauge/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock
# What .dockerignore lets through: all that the package is built of, and nothing else.
COPY . .
RUN /opt/tidegauge/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home tidegauge \
 && install --directory --owner=tidegauge /data
COPY --from=build /opt/tidegauge /opt/tidegauge
COPY deploy/docker/entrypoint.sh /usr/local/bin/tidegauge-entrypoint
# Compiled once here, so that no worker waits for it when it starts.
RUN NUMBA_CACHE_DIR=/opt/tidegauge/compiled /opt/tidegauge/bin/python -c \
    "from tidegauge.warm import compile_engine; compile_engine()"
ENV PATH=/opt/tidegauge/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    TIDEGAUGE_COMPILED=/opt/tidegauge/compiled NUMBA_CACHE_DIR=/tmp/tidegauge-compiled
USER 10001
# Where a gateway keeps the tables of a log on Kafka, and a log in a directory stands.
WORKDIR /data
ENTRYPOINT ["sh", "/usr/local/bin/tidegauge-entrypoint"]
