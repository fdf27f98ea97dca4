# The command `gitops-docs` with everything that it needs: Python, git, the package. Build it where `make dist` has made the wheel:
#   make dist && docker build -t gitops-docs .
#   docker run --rm -v "$PWD:/repo:ro" gitops-docs check .
FROM python:3.13-slim AS build
COPY dist/*.whl /dist/
RUN python -m venv /opt/gitops-docs && /opt/gitops-docs/bin/pip install --no-cache-dir --no-compile /dist/*.whl

FROM python:3.13-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends git \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --create-home --uid 10001 docs
COPY --from=build /opt/gitops-docs /opt/gitops-docs
ENV PATH=/opt/gitops-docs/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER docs
WORKDIR /repo
EXPOSE 8000
ENTRYPOINT ["gitops-docs"]
CMD ["--help"]
