# The image is the checkout: sql/, dags/ and plugins/ lie beside the package, which is installed editable from the hashed lock.
FROM python:3.11-slim-bookworm

ENV PATH=/opt/nightshift/.venv/bin:$PATH \
    AIRFLOW_HOME=/opt/airflow \
    MPLCONFIGDIR=/opt/airflow/matplotlib \
    PYTHONUNBUFFERED=1
WORKDIR /opt/nightshift

# The packages change seldom, the code often: a layer of its own for each.
COPY requirements.lock ops/uv.txt ./
RUN python -m venv .venv \
    && .venv/bin/pip install --no-cache-dir --require-hashes -r uv.txt \
    && .venv/bin/uv pip install --no-cache --compile-bytecode --require-hashes -r requirements.lock \
    && rm uv.txt

COPY setup.cfg pyproject.toml README.md LICENSE ./
COPY pipeline pipeline
COPY ops ops
COPY sql sql
COPY dags dags
COPY plugins plugins
RUN .venv/bin/uv pip install --no-cache --compile-bytecode --no-deps --no-build-isolation -e .

# Group 0 owns what is written, so that any user id may run the image. Named volumes take these folders' modes.
RUN mkdir -p /opt/airflow/logs /var/nightshift \
    && chown -R 50000:0 /opt/airflow /var/nightshift \
    && chmod -R g+rwX /opt/airflow /var/nightshift
USER 50000:0

CMD ["nightshift", "--help"]
