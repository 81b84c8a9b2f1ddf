# One image for web, worker, beat and sweep; the command says which (docker-compose.yml).
FROM python:3.12-slim

ENV PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=1 \
    CCS_DATA_DIR=/data

# pg_dump and psql for backups come with the Python packages; nothing else is needed.
RUN useradd --system --uid 10001 --home-dir /app ccs && install -d -o ccs -g ccs /app /data
WORKDIR /app

COPY requirements.txt ./
RUN pip install --disable-pip-version-check --require-hashes -r requirements.txt

COPY --chown=ccs:ccs . ./
USER ccs
# Collecting needs no server; the folder keeps what the settings generate out of the image.
RUN CCS_DATA_DIR=/tmp/build python manage.py collectstatic --noinput --verbosity=0 \
    && rm -rf /tmp/build

VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=6s --start-period=20s CMD ["python", "-m", "ccs.health_check"]
CMD ["python", "-m", "gunicorn", "ccs.wsgi:application", "--bind=0.0.0.0:8000", \
     "--worker-class=gthread", "--workers=2", "--threads=4", "--no-control-socket", \
     "--worker-tmp-dir=/dev/shm", "--log-level=warning"]
