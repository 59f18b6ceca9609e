# The image of the Action: git, Python packages by their hashes, and this package, compiled. It runs as root and
# sets no working directory, because GitHub mounts the workspace and decides both.
#
# Dockerfile.local is this file with LOCK=local: it adds the embedded speech service and its recogniser. There
# are two files because GitHub builds an Action's image without build arguments; a test holds them together.
# The base image is named by its tag; a release is built from its digest in requirements/images/Dockerfile.
FROM python:3.13-slim
ARG LOCK=core

# git finds what a push changed; its version may follow Debian's security updates.
# hadolint ignore=DL3008
RUN apt-get update \
 && apt-get install --yes --no-install-recommends git \
 && apt-get clean \
 && rm -rf /var/lib/apt/lists/* /var/log/*

COPY requirements/${LOCK}.txt /opt/speechops/requirements.txt
RUN pip install --require-hashes --no-deps --only-binary :all: --no-cache-dir --no-compile \
      --disable-pip-version-check --root-user-action ignore --requirement /opt/speechops/requirements.txt

COPY entrypoint.py /opt/speechops/entrypoint.py
COPY post.py /opt/speechops/post.py
COPY speechops /opt/speechops/speechops

# A container begins with a fresh file system: what is not compiled now is compiled at every start, and the
# official base image ships its standard library without bytecode.
RUN python -m compileall -q -j 0 --invalidation-mode unchecked-hash -x '/(test|tests|idlelib|lib2to3|tkinter|turtledemo|ensurepip|pip)/' \
      /usr/local/lib/python3.13 /opt/speechops

ENV SPEECHOPS_CONTAINER=true

ENTRYPOINT ["/usr/local/bin/python", "-E", "-s", "/opt/speechops/entrypoint.py"]
