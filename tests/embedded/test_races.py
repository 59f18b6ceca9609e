"""Several clients at once: what one holds, another cannot take away."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from speechops.embedded.tiers import Tier
from tests.embedded.api import Api, block_name, identity, reference
from tests.embedded.conftest import SENTENCES
from tests.stub_engine import archive

if TYPE_CHECKING:
    from tests.embedded.api import Json
    from tests.kit.server import RunningService

CLIENTS = 4
STEPS = 25


@pytest.mark.parametrize("seed", range(3))
def test_clients__cannot_delete_what_others_use(
    service: RunningService, text: Json, test_data: Json, seed: int
) -> None:
    """Whoever wins each race, no endpoint is left without its model and no work loses its inputs."""

    def work(number: int) -> list[int]:
        chance = random.Random(f"{seed} {number}")  # noqa: S311 - a schedule, no secret
        api = Api(service.url)
        body: Json = {"displayName": "x", "locale": "en-US"}
        statuses = []
        for _ in range(STEPS):
            models = api.values("models")
            model = reference(chance.choice(models)) if models else None
            step = chance.randrange(5)
            if step == 0 or model is None:
                given = {**body, "datasets": [reference(text)]}
                answer = api.call("POST", "models", json=given)
            elif step == 1:
                answer = api.call("POST", "endpoints", json={**body, "model": model})
            elif step == 2:
                inputs = {"model1": model, "model2": model, "dataset": reference(test_data)}
                answer = api.call("POST", "evaluations", json={**body, **inputs})
            elif step == 3:
                endpoints = [each["self"] for each in api.values("endpoints")]
                endpoints = endpoints or [f"endpoints/{identity(text)}"]
                answer = api.call("PATCH", chance.choice(endpoints), json={"model": model})
            else:
                answer = api.call("DELETE", model["self"])
            statuses.append(answer.status_code)
        return statuses

    with ThreadPoolExecutor(CLIENTS) as clients:
        seen = Counter(status for statuses in clients.map(work, range(CLIENTS)) for status in statuses)
    assert set(seen) <= {200, 201, 204, 400, 404, 409}
    assert seen[201]
    assert seen[204]
    api = Api(service.url)
    models = {each["self"] for each in api.values("models")}
    assert {each["model"]["self"] for each in api.values("endpoints")} <= models
    assert {each["status"] for each in api.values("evaluations")} <= {"Succeeded"}
    assert {each["status"] for each in api.values("endpoints")} <= {"Succeeded"}


def test_quota__holds_for_all_clients_together(service: RunningService) -> None:
    service.control.set_tier(Tier.F0)

    def create(_: int) -> int:
        body = {"displayName": "x", "locale": "en-US", "kind": "Language"}
        return Api(service.url).call("POST", "datasets", json=body).status_code

    with ThreadPoolExecutor(CLIENTS) as clients:
        statuses = Counter(clients.map(create, range(4 * CLIENTS)))
    assert statuses == {201: 2, 400: 4 * CLIENTS - 2}


def test_blocks__come_in_parallel(service: RunningService, api: Api) -> None:
    data = archive(SENTENCES * 20)
    path = f"datasets/{identity(api.create('datasets', kind='Acoustic'))}"
    size = len(data) // 40 + 1
    parts = {block_name(at): data[at * size : (at + 1) * size] for at in range(40)}

    def send(name: str) -> None:
        Api(service.url).put_block(path, name, parts[name])

    with ThreadPoolExecutor(8) as clients:
        list(clients.map(send, parts))
    entries = [{"kind": "Uncommitted", "id": name} for name in parts]
    assert api.call("POST", f"{path}/blocks:commit", json=entries).status_code == 200
    assert api.get(path)["properties"]["acceptedLineCount"] == len(SENTENCES) * 20
