# tidegauge as one image for all its parts; `docker compose up` runs them.
FROM python:3.12-slim AS build
WORKDIR /src
COPY requirements-runtime.lock requirements-node.lock pyproject.toml hatch_build.py README.md ./
COPY engine engine
COPY connectors connectors
COPY streams streams
COPY gateway gateway
COPY drill drill
COPY tidegauge tidegauge
RUN python -m venv /opt/tidegauge \
 && /opt/tidegauge/bin/pip install --no-cache-dir --require-hashes -r requirements-runtime.lock \
 && /opt/tidegauge/bin/pip install --no-cache-dir --no-deps .

FROM python:3.12-slim
RUN useradd --system --uid 10001 --create-home tidegauge
COPY --from=build /opt/tidegauge /opt/tidegauge
ENV PATH=/opt/tidegauge/bin:$PATH PYTHONUNBUFFERED=1 NUMBA_CACHE_DIR=/home/tidegauge/numba
USER tidegauge
WORKDIR /home/tidegauge
# Compiled once here, so that no worker waits for it when it starts.
RUN python -c "from tidegauge.warm import compile_engine; compile_engine()"
ENTRYPOINT ["tidegauge"]
