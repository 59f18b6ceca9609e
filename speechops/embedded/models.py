"""Models: the service's own, and the custom ones that are trained from datasets."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from speechops.embedded import calls, filters, representations
from speechops.embedded.base_models import years_after_quarter
from speechops.embedded.calls import Call, Route, common_of_work, exclusive
from speechops.embedded.entities import BaseModel, Dataset, Kind, Model, ModelReference, Status
from speechops.embedded.refusals import invalid, not_found

if TYPE_CHECKING:
    from collections.abc import Sequence

    from werkzeug.wrappers import Response

    from speechops.embedded.bodies import Body
    from speechops.embedded.representations import Document

DEPRECATED = "The specified model is deprecated and cannot be used for this operation."


def list_base(call: Call) -> Response:
    """``GET /models/base``: base models of all locales."""
    published = call.service.base_models()
    return call.page("models/base", published, representations.base_model, filters.WORK, retry=False)


def read_base(call: Call, id_: str) -> Response:
    """``GET /models/base/{id}``."""
    return call.reply(representations.base_model(call.view, _base(call, id_)), retry=False)


def base_manifest(call: Call, id_: str) -> Response:
    """``GET /models/base/{id}/manifest``. The recognizer's own files belong to its package."""
    call.version.sas_lifetime(call.request.args, required=True)
    reference = call.view.model_reference(_base(call, id_).reference)
    return call.reply({"model": reference, "modelFiles": [], "properties": {}}, retry=False)


@exclusive
def create(call: Call) -> Response:
    """``POST /models``: the training starts."""
    body = call.body("model")
    properties = common_of_work(call, body)
    if body.has("text"):
        raise body.wrong("text", "is not supported by the embedded service: use a dataset")
    base = _base_to_adapt(call, body, properties["locale"])
    datasets = _datasets(call, body, properties["locale"])
    _check_kinds(body, base, datasets)
    now = properties["created"]
    model = Model(
        id=str(uuid.uuid4()),
        base_model=base.id,
        datasets=tuple(dataset.id for dataset in datasets),
        weight_percent=body.inner("properties").number("customModelWeightPercent", least=1, most=100),
        expires=years_after_quarter(now, 2),
        requested=now,
        **properties,
    )
    call.service.begin(model)
    return call.created(representations.work(call.view, model))


def manifest(call: Call, id_: str) -> Response:
    """``GET /models/{id}/manifest``: the files that the training wrote."""
    lifetime = call.version.sas_lifetime(call.request.args, required=True)
    model = call.find(Model, id_)
    if model.status is not Status.SUCCEEDED:
        raise invalid(f"The model is {model.status}.", inner="InvalidModel")
    folder = call.service.state.contents(model.id)
    files: list[Document] = [
        {
            "name": path.name,
            "contentUrl": call.service.signer.url(
                call.view.root, representations.content_path(model.id, f"model/{path.name}"), lifetime
            ),
        }
        for path in sorted((folder / "model").iterdir())
        if path.is_file()
    ]
    reference = call.view.model_reference(model.reference)
    return call.reply({"model": reference, "modelFiles": files, "properties": {}}, retry=False)


# For evaluations and endpoints


def usable(call: Call, body: Body, name: str, locale: str) -> ModelReference | None:
    """Return the model that a body names, ``None`` where it names none.

    Raises :class:`Refusal` if it is not there, not ready, past its date or of another locale.
    """
    if not body.has(name):
        return None
    url = body.inner(name).required("self")
    base_url = call.view.url("models/base/").partition("?")[0]
    if url.startswith(base_url):
        base = call.service.base_model(body.reference(name, call.view, BaseModel.collection) or "")
        if base is None:
            raise body.no_entity(name)
        reference, model_locale = base.reference, base.locale
    else:
        model = call.service.get(Model, body.reference(name, call.view, Model.collection) or "")
        if model is None:
            raise body.no_entity(name)
        if call.service.clock.now() >= model.expires:
            raise invalid(DEPRECATED, inner="ModelDeprecated", target=name)
        if model.status is not Status.SUCCEEDED:
            raise body.wrong(name, f"is a model in state {model.status}", inner=_not_ready(name, model))
        reference, model_locale = model.reference, model.locale
    if model_locale != locale:
        raise body.wrong(name, f"is a model of another locale than {locale}", inner="InvalidModel")
    return reference


def _not_ready(name: str, model: Model) -> str:
    if name != "model":
        return "InvalidModel"
    return "DeployingFailedModel" if model.status is Status.FAILED else "ModelNotDeployable"


def _base(call: Call, id_: str) -> BaseModel:
    base = call.service.base_model(id_)
    if base is None:
        raise not_found()
    return base


def _base_to_adapt(call: Call, body: Body, locale: str) -> BaseModel:
    """Return the base model that is named, or the newest of the locale that can be adapted."""
    now = call.service.clock.now()
    id_ = body.reference("baseModel", call.view, BaseModel.collection)
    if id_ is None:
        fitting = [
            model
            for model in call.service.base_models()
            if model.locale == locale and model.kinds and now < model.adaptation_until
        ]
        if not fitting:
            raise body.wrong("locale", "has no base model that can be adapted", inner="InvalidBaseModel")
        return fitting[-1]
    base = call.service.base_model(id_)
    if base is None:
        raise body.no_entity("baseModel")
    if base.locale != locale:
        raise body.wrong("baseModel", f"is a model of another locale than {locale}", inner="InvalidBaseModel")
    if now >= base.adaptation_until:
        raise invalid(DEPRECATED, inner="ModelDeprecated", target="model.baseModel")
    return base


def _datasets(call: Call, body: Body, locale: str) -> list[Dataset]:
    ids = body.references("datasets", call.view, Dataset.collection)
    if not ids:
        raise body.wrong("datasets", "is required")
    return [dataset_to_use(call, body, f"datasets[{index}]", id_, locale) for index, id_ in enumerate(ids)]


def dataset_to_use(call: Call, body: Body, name: str, id_: str, locale: str) -> Dataset:
    """Return an imported dataset of a locale. Raises :class:`Refusal` if it is none."""
    dataset = call.service.get(Dataset, id_)
    if dataset is None:
        raise body.no_entity(name)
    if dataset.status is not Status.SUCCEEDED:
        inner = "FailedDataset" if dataset.status is Status.FAILED else "InvalidDataset"
        raise body.wrong(name, f"is a dataset in state {dataset.status}", inner=inner)
    if dataset.locale != locale:
        raise body.wrong(name, f"is a dataset of another locale than {locale}", inner="InvalidDataset")
    return dataset


def _check_kinds(body: Body, base: BaseModel, datasets: Sequence[Dataset]) -> None:
    kinds = {dataset.kind for dataset in datasets}
    unsupported = sorted(kinds - set(base.kinds))
    if unsupported:
        raise body.wrong(
            "datasets",
            f"has {', '.join(unsupported)}, which the base model {base.display_name} does not support",
            inner="InvalidAdaptationMapping",
        )
    if kinds >= {Kind.LANGUAGE_MARKDOWN, Kind.PRONUNCIATION}:
        raise body.wrong(
            "datasets",
            "has Pronunciation along with LanguageMarkdown; write pronunciations into the structured text",
            inner="InvalidAdaptationMapping",
        )


ROUTES = (
    *calls.reading(Model),
    *calls.changing(Model),
    *calls.with_files(Model),
    Route("POST", "/models", create),
    Route("GET", "/models/base", list_base),
    Route("GET", "/models/base/<id_>", read_base),
    Route("GET", "/models/base/<id_>/manifest", base_manifest),
    Route("GET", "/models/<id_>/manifest", manifest),
)
