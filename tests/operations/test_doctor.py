"""The doctor finds nothing where nothing is wrong, and each of many things planted where it is."""

from __future__ import annotations

import json
import os
import uuid
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

import pytest
from azure.storage.blob import BlobServiceClient, generate_account_sas

from speechops.embedded.tiers import Tier
from speechops.errors import StoreError
from speechops.registry.blob import BlobStore
from speechops.registry.documents import Benchmark, Cause, ModelReference, Release, ReleaseKind
from speechops.registry.folder import FolderStore
from speechops.registry.registry import CONFIGURATION, IDENTITY, Registry
from tests.identity.entra import CLIENT, TENANT
from tests.kit.faults import Fault, FaultKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from speechops.registry.store import Blob
    from tests.operations.clinic import Clinic
    from tests.operations.project import Project


# --- what is planted; each returns what the doctor has to say ---


def speech_refuses(clinic: Clinic, status: int, *, method: str = "", code: str = "") -> None:
    clinic.service.control.plant(
        Fault(kind=FaultKind.STATUS, method=method, path="", status=status, code=code, times=0)
    )


def wrong_key(clinic: Clinic) -> str:
    clinic.give(speech_key="0123456789abcdef", azure_client_id="", azure_tenant_id="")
    speech_refuses(clinic, 401)
    return "Check the key or the sign-in, and that it belongs to this endpoint and region."


def nothing_to_sign_in_with(clinic: Clinic) -> str:
    clinic.environment["GITHUB_ACTIONS"] = "true"
    clinic.give(azure_client_id="", azure_tenant_id="")
    return "No Azure credentials were given. Set azure-client-id and azure-tenant-id"


def no_tenant(clinic: Clinic) -> str:
    clinic.environment["GITHUB_ACTIONS"] = "true"
    clinic.give(azure_tenant_id="")
    return "azure-client-id is set, but azure-tenant-id is not. az account show --query tenantId prints it."


def no_permission_for_id_tokens(clinic: Clinic) -> str:
    clinic.environment["GITHUB_ACTIONS"] = "true"
    del clinic.environment["ACTIONS_ID_TOKEN_REQUEST_URL"]
    return "Add permissions: id-token: write to the job"


def no_federated_credential(clinic: Clinic) -> str:
    clinic.entra.refusals += ["AADSTS700213: No matching federated identity record found."] * 9
    return f"az ad app federated-credential create --id {CLIENT} --parameters"


def unknown_application(clinic: Clinic) -> str:
    clinic.entra.refusals += ["AADSTS700016: Application not found in the directory."] * 9
    return "the application does not exist in the tenant (AADSTS700016). Check azure-client-id"


def no_custom_domain(clinic: Clinic) -> str:
    clinic.project.endpoint = "https://westeurope.api.cognitive.microsoft.com"
    return "az cognitiveservices account update --name NAME --resource-group GROUP --custom-domain NAME"


def wrong_address(clinic: Clinic) -> str:
    speech_refuses(clinic, 404)
    return "does not support the Speech-to-text API version 2025-10-15. Check speech-endpoint and api-version"


def unreachable(clinic: Clinic) -> str:
    clinic.project.endpoint = "https://no-such-host.invalid"
    return "its name cannot be resolved (no-such-host.invalid)"


def no_role_on_speech(clinic: Clinic) -> str:
    speech_refuses(clinic, 403)
    return (
        'az role assignment create --role "Cognitive Services Speech Contributor" '
        f"--assignee {CLIENT} --scope $(az cognitiveservices account list --query "
        "\"[?properties.customSubDomainName=='contoso'].id\" --output tsv)"
    )


def reader_on_speech(clinic: Clinic) -> str:
    speech_refuses(clinic, 403, method="DELETE")
    return "The identity may read the Speech resource but not modify it."


def sign_in_that_may_not_write(clinic: Clinic) -> str:
    speech_refuses(clinic, 401, method="DELETE")
    return "The identity may read the Speech resource but not modify it."


def key_that_is_refused(clinic: Clinic) -> str:
    """A role would not help: nobody signs in."""
    clinic.give(speech_key="0123456789abcdef", azure_client_id="", azure_tenant_id="")
    speech_refuses(clinic, 403)
    return "(Forbidden) Give the identity the role Cognitive Services Speech Contributor"


def projects_in_a_version_without(clinic: Clinic) -> str:
    clinic.give(api_version="2024-11-15", speech_project="demo")
    return "Version 2024-11-15 of the API has no projects"


def no_storage(clinic: Clinic) -> str:
    clinic.give(storage_account="")
    return "which is lost with the runner. Set storage-account"


def storage_takes_no_such_token(clinic: Clinic) -> str:
    clinic.entra.audience = "https://management.azure.com"
    return "the token was rejected. Check that azure-tenant-id is the tenant of the account's subscription."


def storage_misspelt(clinic: Clinic) -> str:
    clinic.give(storage_account="no--such..account")
    return "is not a valid storage account. Use its name, 3 to 24 lower-case letters and digits"


def sas(clinic: Clinic, *, days: int, permission: str = "rwdlac", types: str = "sco") -> None:
    token = generate_account_sas(
        clinic.storage.account,
        clinic.storage.key,
        resource_types=types,
        permission=permission,
        expiry=clinic.project.clock.now() + timedelta(days=days),
    )
    clinic.give(storage_sas=token)


def sas_expired(clinic: Clinic) -> str:
    sas(clinic, days=-1)
    return "The SAS expired on 2026-01-06"


def sas_without_rights(clinic: Clinic) -> str:
    sas(clinic, days=3650, permission="rl")
    return "The SAS lacks the permissions wdc."


def rotated_key(clinic: Clinic) -> str:
    text = clinic.storage.connection_string.replace(clinic.storage.key, "bm90IHRoZSBrZXk=")
    clinic.give(storage_connection_string=text, storage_account="")
    return "the account key is wrong or was rotated"


def public_container(clinic: Clinic) -> str:
    account = BlobServiceClient.from_connection_string(clinic.storage.connection_string)
    account.create_container("configuration", public_access="container")
    return "az storage container set-permission --account-name 127 --name configuration --public-access off"


def free_and_full(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    clinic.service.control.seed("datasets", 2, display_name="theirs")
    return "2 of 2 datasets of tier F0 are in use. A run needs 1 more."


def free_with_an_endpoint(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    theirs = clinic.service.control.seed("endpoints", 1, display_name="hand-made")[0]
    return (
        "1 of 1 endpoints of tier F0 are in use, 1 more are needed. Existing endpoints: "
        f"hand-made ({theirs})."
    )


def free_with_an_endpoint_of_another_store(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    marks = {"speechops-model": "m", "speechops-fingerprint": "f", "speechops-run": "1"}
    theirs = clinic.service.control.seed(
        "endpoints", 1, display_name="m", custom_properties={**marks, "speechops-store": "0" * 32}
    )[0]
    return f"1 of 1 endpoints of tier F0 are in use, 1 more are needed. Existing endpoints: m ({theirs})."


def free_with_many_files(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0", training_text="a.txt, b.txt, c.txt")
    return "m has 3 files of training data; a resource of tier F0 has room for 2 datasets."


def free_without_room_for_all_files(clinic: Clinic) -> str:
    """A run is of one model: that with the most files needs the most room."""
    free_with_more_models_than_endpoints(clinic)
    clinic.service.control.seed("datasets", 1, display_name="theirs")
    return "1 of 2 datasets of tier F0 are in use. A run needs 2 more."


def free_with_more_models_than_endpoints(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    config = clinic.project.folder / "speechops.yml"
    n, o = (f"  {name}:\n    locale: en-US\n    test-data: test\n" for name in "no")
    config.write_text(f"{config.read_text()}{n}    training-data: {{text: 'a.txt, b.txt'}}\n{o}")
    return "0 of 1 endpoints of tier F0 are in use, 3 more are needed. Set endpoint-id"


def free_with_an_endpoint_of_no_store(clinic: Clinic) -> str:
    """The store has no name yet: nothing can be of it."""
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    marks = {"speechops-model": "m", "speechops-fingerprint": "f", "speechops-run": "1"}
    clinic.service.control.seed("endpoints", 1, display_name="m", custom_properties=marks)
    return "1 of 1 endpoints of tier F0 are in use, 1 more are needed."


def standard_and_full(clinic: Clinic) -> str:
    clinic.service.control.seed("datasets", 500, display_name="old")
    return "500 of 500 datasets of tier S0 are in use. A run needs 1 more."


def standard_and_nearly_full(clinic: Clinic) -> str:
    clinic.service.control.seed("datasets", 450, display_name="old")
    return "450 of 500 datasets of tier S0 are in use. Run maintain"


def unknown_locale(clinic: Clinic) -> str:
    clinic.give(locale="tlh-QO")
    return "locale: the speech service has no base model for tlh-QO."


def base_model_expired(clinic: Clinic) -> str:
    clinic.give(base_model="20240601")
    return "base-model: "


def endpoint_that_is_not_there(clinic: Clinic) -> str:
    clinic.give(endpoint_id=str(uuid.uuid4()))
    return "Correct endpoint-id, or remove it: deploy creates an endpoint."


def endpoint_that_is_another(clinic: Clinic) -> str:
    there = clinic.service.control.seed("endpoints", 1, display_name="live")[0]
    clinic.give(endpoint_id=str(uuid.uuid4()))
    return f"Its endpoints: live ({there})."


def endpoint_where_there_is_none(clinic: Clinic) -> str:
    clinic.give(endpoint_id=str(uuid.uuid4()))
    return "It has no endpoints."


def _in_a_folder(clinic: Clinic) -> FolderStore:
    return FolderStore(clinic.project.folder / ".speechops/store")


def _promoted(clinic: Clinic, reference: ModelReference) -> None:
    pointer = Registry(_in_a_folder(clinic)).move_benchmark(
        Benchmark("m", reference, "", 0.1, "", "2026-01-01T00:00:00.000000Z", "1", Cause.TRAIN_DATA),
        pointer=None,
    )
    assert pointer.benchmark.reference == reference


def damaged_pointer(clinic: Clinic) -> str:
    _in_a_folder(clinic).write(CONFIGURATION, "m.json", b"{")
    return "delete it and restore the last release with rollback: docs/reliability.md, A damaged pointer."


def pointer_of_a_newer_version(clinic: Clinic) -> str:
    _in_a_folder(clinic).write(CONFIGURATION, "m.json", b'{"schema": 99}')
    return "A newer version of SpeechOps wrote it: use that version here too, and do not change the pointer."


def damaged_id_of_the_store(clinic: Clinic) -> str:
    _in_a_folder(clinic).write(CONFIGURATION, IDENTITY, b"mine")
    return "is damaged. Restore it from the property speechops-store of any model that SpeechOps trained."


def store_folder_that_is_a_file(clinic: Clinic) -> str:
    clinic.give(store_folder=str(clinic.project.folder / "training.txt" / "store"))
    return "training.txt is not a folder."


def benchmark_gone(clinic: Clinic) -> str:
    _promoted(clinic, ModelReference(str(uuid.uuid4()), "m-train-data", base=False))
    return "The benchmark m-train-data is gone from the service."


def benchmark_expired(clinic: Clinic) -> str:
    model = clinic.service.control.seed("models", 1, display_name="m-train-data")[0]
    clinic.service.control.expire(model)
    _promoted(clinic, ModelReference(model, "m-train-data", base=False))
    return "The benchmark m-train-data expired on 2026-01-07."


def deployed_model_expired(clinic: Clinic) -> str:
    control = clinic.service.control
    model = control.seed("models", 1, display_name="m-train-data")[0]
    reference = ModelReference(model, "m-train-data", base=False)
    endpoint = control.seed("endpoints", 1, display_name="m", model={"id": model, "is_base": False})[0]
    _promoted(clinic, reference)
    release = Release(
        "1.0.0", "m", ReleaseKind.DEPLOY, "2026-01-01", "1", "a" * 40, endpoint, reference, 0.1, "better", ""
    )
    clinic.project.registry.add_release(release)
    control.expire(model)
    return "The endpoint silently answers with the newest base model: deploy a newer one."


def unprotected_environment(clinic: Clinic) -> str:
    clinic.github.state.environments["production"].pop("reviewers")
    return "gh api --method PUT repos/octo-team/speech-data/environments/production"


def no_such_environment(clinic: Clinic) -> str:
    clinic.give(environment="prodution")
    return "The environment prodution does not exist"


def no_github_token(clinic: Clinic) -> str:
    clinic.give(github_token="")
    return "Set github-token to ${{ github.token }}"


def wait_beyond_the_job(clinic: Clinic) -> str:
    clinic.environment["GITHUB_ACTIONS"] = "true"
    clinic.give(max_wait="12h")
    return "max-wait is 12.0 h; GitHub ends jobs on its hosted runners after 6 h."


def key_beside_a_sign_in(clinic: Clinic) -> str:
    clinic.give(speech_key="0123456789abcdef")
    return "A speech-key is set, so the Azure sign-in is not used for the Speech resource."


def key_beside_credentials(clinic: Clinic) -> str:
    credentials = {"clientId": CLIENT, "tenantId": TENANT, "clientSecret": "s"}
    clinic.give(speech_key="0123456789abcdef", azure_credentials=json.dumps(credentials))
    clinic.give(azure_client_id="", azure_tenant_id="")
    return "A speech-key is set, so the Azure sign-in is not used for the Speech resource."


def approval_without_an_environment(clinic: Clinic) -> str:
    clinic.give(environment="")
    return "require-approval is set, but environment does not say which environment deploy runs in."


def environment_that_needs_no_approval(clinic: Clinic) -> str:
    clinic.github.state.environments["production"].pop("reviewers")
    clinic.give(require_approval="false")
    return "No person has to approve the environment production."


def endpoint_of_another_locale(clinic: Clinic) -> str:
    endpoint = clinic.service.control.seed("endpoints", 1, locale="de-DE")[0]
    clinic.give(endpoint_id=endpoint)
    return f"Endpoint {endpoint} is for de-DE, not for en-US."


def whisper_as_base_model(clinic: Clinic) -> str:
    control = clinic.service.control
    created = control.now - timedelta(days=1)
    control.add_base_model("en-US", name="20260106", created=created, formats=("Display",))
    clinic.give(base_model="20260106")
    return "20260106 has no lexical output (a Whisper model): display text is scored."


def pinned_base_model_that_ends_soon(clinic: Clinic) -> str:
    created = datetime(2024, 12, 1, tzinfo=UTC)
    clinic.service.control.add_base_model("en-US", name="20241201", created=created)
    clinic.give(base_model="20241201")
    return "Training on 20241201 expires on 2026-01-15, in less than 30 days. Set base-model to newest."


def sas_for_one_container(clinic: Clinic) -> str:
    clinic.give(storage_sas="?sv=2024-11-04&sr=c&sp=rwdlac&se=2036-01-01T00:00:00Z&sig=x")
    return "The SAS is for one container; SpeechOps uses several."


def sas_that_expires_soon(clinic: Clinic) -> str:
    sas(clinic, days=13)
    return "The SAS expires on 2026-01-20"


def sas_that_cannot_read(clinic: Clinic) -> str:
    clinic.give(storage_sas="?sp=wd&sv=2024-11-04&se=2036-01-01&sig=x")
    return "The SAS lacks the permissions rlc."


def sas_that_expired_on_a_day(clinic: Clinic) -> str:
    """Azure takes a date without a time too."""
    clinic.give(storage_sas="sp=rwdlac&se=2026-01-06&sig=x")
    return "The SAS expired on 2026-01-06 00:00 UTC."


WARNINGS = {
    key_beside_credentials,
    projects_in_a_version_without,
    standard_and_nearly_full,
    key_beside_a_sign_in,
    environment_that_needs_no_approval,
    whisper_as_base_model,
    pinned_base_model_that_ends_soon,
}
ON_STORAGE = [
    no_storage,
    storage_takes_no_such_token,
    storage_misspelt,
    sas_expired,
    sas_without_rights,
    sas_that_cannot_read,
    sas_that_expired_on_a_day,
    sas_for_one_container,
    sas_that_expires_soon,
    rotated_key,
    public_container,
]
"""What needs a storage account; the others are examined without one."""

PLANTED = [
    wrong_key,
    nothing_to_sign_in_with,
    no_tenant,
    no_permission_for_id_tokens,
    no_federated_credential,
    unknown_application,
    no_custom_domain,
    wrong_address,
    unreachable,
    no_role_on_speech,
    reader_on_speech,
    sign_in_that_may_not_write,
    key_that_is_refused,
    projects_in_a_version_without,
    free_and_full,
    free_with_an_endpoint,
    free_with_an_endpoint_of_another_store,
    free_with_an_endpoint_of_no_store,
    free_with_many_files,
    free_without_room_for_all_files,
    free_with_more_models_than_endpoints,
    standard_and_nearly_full,
    standard_and_full,
    unknown_locale,
    base_model_expired,
    endpoint_that_is_not_there,
    endpoint_that_is_another,
    endpoint_where_there_is_none,
    damaged_pointer,
    pointer_of_a_newer_version,
    damaged_id_of_the_store,
    store_folder_that_is_a_file,
    benchmark_gone,
    benchmark_expired,
    deployed_model_expired,
    unprotected_environment,
    no_such_environment,
    no_github_token,
    wait_beyond_the_job,
    key_beside_a_sign_in,
    key_beside_credentials,
    approval_without_an_environment,
    environment_that_needs_no_approval,
    endpoint_of_another_locale,
    whisper_as_base_model,
    pinned_base_model_that_ends_soon,
]


def test_doctor__nothing_planted__finds_nothing_and_changes_nothing(clinic: Clinic) -> None:
    before = clinic.service.control.dump()
    answer = clinic.run("doctor")
    assert answer.code == 0, answer.text
    assert "No problems: 12 checks, 0 warnings." in answer.text
    assert answer.outputs["errors"] == answer.outputs["warnings"] == "0"
    assert clinic.service.control.dump() == before
    assert not [call for call in clinic.service.control.counts if call.startswith(("POST", "PUT", "PATCH"))]


@pytest.mark.bad_requests
@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_doctor__planted__found_with_the_step_that_fixes_it(
    laptop: Clinic, plant: Callable[[Clinic], str]
) -> None:
    words = plant(laptop)
    answer = laptop.run("doctor")
    assert words in " ".join(answer.text.split()), answer.text
    assert answer.code == (0 if plant in WARNINGS else 1), answer.text
    assert answer.outputs["errors" if answer.code else "warnings"] != "0"
    assert "Traceback" not in answer.text


@pytest.mark.bad_requests
@pytest.mark.parametrize("plant", ON_STORAGE, ids=lambda plant: plant.__name__)
def test_doctor__planted_on_storage__found_with_the_step_that_fixes_it(
    clinic: Clinic, plant: Callable[[Clinic], str]
) -> None:
    words = plant(clinic)
    answer = clinic.run("doctor")
    assert words in " ".join(answer.text.split()), answer.text
    assert answer.code == 1
    assert "Traceback" not in answer.text


def free_with_room_for_one_file(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    clinic.service.control.seed("datasets", 1, display_name="theirs")
    return "1 of 2 datasets of tier F0 are in use."


def free_and_full_of_its_own(clinic: Clinic) -> str:
    """A run deletes them before it needs their places; the endpoint is the one that it deploys to."""
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0")
    marks = {"speechops-model": "m", "speechops-fingerprint": "f", "speechops-run": "1"}
    marks["speechops-store"] = clinic.project.registry.identity()
    clinic.service.control.seed("datasets", 2, custom_properties=marks)
    clinic.service.control.seed("endpoints", 1, custom_properties=marks)
    return "2 of 2 datasets of tier F0 are in use."


def free_with_the_endpoint_that_is_named(clinic: Clinic) -> str:
    clinic.service.control.set_tier(Tier.F0)
    clinic.give(speech_tier="F0", endpoint_id=clinic.service.control.seed("endpoints", 1)[0])
    return "1 of 1 endpoints of tier F0 are in use."


def standard_with_room(clinic: Clinic) -> str:
    clinic.service.control.seed("datasets", 449, display_name="old")
    return "449 of 500 datasets of tier S0 are in use."


def no_token_where_no_approval_is_required(clinic: Clinic) -> str:
    clinic.give(github_token="", require_approval="false")
    return "Without github-token the protection of production cannot be read."


def no_environment_at_all(clinic: Clinic) -> str:
    clinic.give(environment="", require_approval="false")
    return "No environment is set: no approval is required."


def version_without_projects(clinic: Clinic) -> str:
    clinic.give(api_version="2024-11-15")
    return "answers in version 2024-11-15."


def project_in_a_version_with_them(clinic: Clinic) -> str:
    clinic.give(speech_project="demo")
    return "answers in version 2025-10-15."


def key_alone(clinic: Clinic) -> str:
    clinic.give(speech_key="0123456789abcdef", azure_client_id="", azure_tenant_id="")
    return "No sign-in is needed"


def long_wait_on_a_laptop(clinic: Clinic) -> str:
    clinic.give(max_wait="12h")
    return "answers in version"


def endpoint_whose_locale_is_spelt_otherwise(clinic: Clinic) -> str:
    clinic.give(endpoint_id=clinic.service.control.seed("endpoints", 1, locale="en-us")[0])
    return "1 of 50 endpoints of tier S0 are in use."


def newest_base_model_that_ends_soon(clinic: Clinic) -> str:
    """No other can be chosen, and a newer one comes before."""
    created = datetime(2024, 12, 1, tzinfo=UTC)
    clinic.service.control.add_base_model("tlh-QO", name="20241201", created=created)
    clinic.give(locale="tlh-QO")
    return "20241201 for tlh-QO."


def refusal_of_a_deletion_that_says_nothing_of_rights(clinic: Clinic) -> str:
    speech_refuses(clinic, 409, method="DELETE")
    return "permission to write unknown"


def benchmark_with_a_date(clinic: Clinic) -> str:
    _promoted(clinic, ModelReference(clinic.service.control.seed("models", 1)[0], "m", base=False))
    return "Valid until 20"


FINE = [
    free_with_room_for_one_file,
    free_and_full_of_its_own,
    free_with_the_endpoint_that_is_named,
    standard_with_room,
    no_token_where_no_approval_is_required,
    no_environment_at_all,
    version_without_projects,
    project_in_a_version_with_them,
    key_alone,
    long_wait_on_a_laptop,
    endpoint_whose_locale_is_spelt_otherwise,
    newest_base_model_that_ends_soon,
    refusal_of_a_deletion_that_says_nothing_of_rights,
    benchmark_with_a_date,
]


@pytest.mark.bad_requests
@pytest.mark.parametrize("plant", FINE, ids=lambda plant: plant.__name__)
def test_doctor__what_is_no_fault__is_no_warning(laptop: Clinic, plant: Callable[[Clinic], str]) -> None:
    before = laptop.run("doctor").outputs
    words = plant(laptop)
    answer = laptop.run("doctor")
    assert words in " ".join(answer.text.split()), answer.text
    assert answer.code == 0, answer.text
    assert answer.outputs == before


def test_doctor__of_several_problems__names_the_first_and_counts_the_others(laptop: Clinic) -> None:
    laptop.give(environment="prodution", locale="tlh-QO", storage_account="")
    answer = laptop.run("doctor")
    assert answer.outputs["errors"] == "2"
    last = answer.text[answer.text.rindex("error: ") :]
    assert "no base model for tlh-QO" in last
    assert "1 more in the table above." in last


def test_doctor__on_this_machine__needs_neither_sign_in_nor_account(project: Project) -> None:
    answer = project.run("doctor")
    assert answer.code == 0, answer.text
    assert "No sign-in is needed" in answer.text
    assert answer.outputs == {"errors": "0", "warnings": "0"}


def test_doctor__store_folder_that_may_not_be_written(
    laptop: Clinic, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    allowed = os.access  # root may write what it likes, so the answer is made up
    monkeypatch.setattr(os, "access", lambda path, mode: allowed(path, mode) and str(path) != str(folder))
    laptop.give(store_folder=str(folder))
    answer = laptop.run("doctor")
    assert answer.code == 1
    text = " ".join(answer.text.split())
    assert f"Results cannot be stored in {folder}: {folder} cannot be written." in text
    assert not list(folder.iterdir())


def test_doctor__without_a_sign_in_says_so_once(clinic: Clinic) -> None:
    clinic.entra.refusals += ["AADSTS700016: Application not found in the directory."] * 99
    answer = clinic.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text
    assert " ".join(answer.text.split()).count("It cannot be checked without a sign-in.") == 2
    clinic.give(speech_key="0123456789abcdef")
    answer = clinic.run("doctor")
    assert answer.outputs == {"errors": "1", "warnings": "1"}, answer.text
    assert "They cannot be read." in " ".join(answer.text.split())


def test_doctor__what_stops_several_checks_is_one_error(clinic: Clinic) -> None:
    nothing_to_sign_in_with(clinic)
    answer = clinic.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text
    assert " ".join(answer.text.split()).count("It cannot be checked: see sign-in.") == 2


def test_doctor__signed_address_needs_no_sign_in(clinic: Clinic) -> None:
    assert "for the storage account." in " ".join(clinic.run("doctor").text.split())
    sas(clinic, days=15)
    assert clinic.run("doctor").outputs["warnings"] == "0"
    sas(clinic, days=3650)
    answer = clinic.run("doctor")
    assert answer.outputs == {"errors": "0", "warnings": "0"}, answer.text
    assert "for the storage account." not in " ".join(answer.text.split())
    clinic.give(storage_sas="", storage_connection_string=clinic.storage.connection_string)
    answer = clinic.run("doctor")
    assert answer.code == 0, answer.text
    assert "for the storage account." not in " ".join(answer.text.split())
    clinic.give(storage_account="", storage_connection_string="")
    text = " ".join(clinic.run("doctor").text.split())
    assert "for the storage account." not in text
    assert "for the Speech resource." in text


def test_doctor__public_container_of_others_is_a_warning(clinic: Clinic) -> None:
    account = BlobServiceClient.from_connection_string(clinic.storage.connection_string)
    account.create_container("website", public_access="container")
    answer = clinic.run("doctor")
    assert answer.outputs == {"errors": "0", "warnings": "1"}, answer.text
    assert "The container website" in " ".join(answer.text.split())


def test_doctor__store_that_cannot_be_read_is_one_error(laptop: Clinic) -> None:
    """What SpeechOps has made counts as that of this store: deploy would use the endpoint."""
    laptop.service.control.set_tier(Tier.F0)
    marks = {"speechops-model": "m", "speechops-fingerprint": "f", "speechops-run": "1"}
    laptop.service.control.seed("endpoints", 1, custom_properties={**marks, "speechops-store": "0" * 32})
    laptop.give(speech_tier="F0")
    store_folder_that_is_a_file(laptop)
    answer = laptop.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text


def test_doctor__damaged_pointer_of_one_model_hides_no_other(laptop: Clinic) -> None:
    config = laptop.project.folder / "speechops.yml"
    config.write_text(f"{config.read_text()}  n:\n    locale: en-US\n    test-data: test\n")
    damaged_pointer(laptop)
    text = " ".join(laptop.run("doctor").text.split())
    assert "benchmark of m wrong" in text
    assert "benchmark of n fine" in text


def test_doctor__pointer_of_one_model_that_cannot_be_read_hides_no_other(laptop: Clinic) -> None:
    config = laptop.project.folder / "speechops.yml"
    config.write_text(f"{config.read_text()}  n:\n    locale: en-US\n    test-data: test\n")
    pointer = laptop.project.folder / ".speechops/store" / CONFIGURATION / "m.json"
    pointer.mkdir(parents=True)
    answer = laptop.run("doctor")
    text = " ".join(answer.text.split())
    assert (answer.code, answer.outputs["errors"]) == (1, "1"), text
    assert f"benchmark of m wrong Cannot read {pointer}: Is a directory." in text
    assert "benchmark of n fine" in text


def test_doctor__pointer_in_an_account_is_an_error_unless_the_account_cannot_be_read(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = BlobStore.read
    unreadable = {"m.json"}

    def refuse(store: BlobStore, container: str, name: str) -> Blob | None:
        if not unreadable or name in unreadable:
            raise StoreError("Refused.")
        return read(store, container, name)

    monkeypatch.setattr(BlobStore, "read", refuse)
    answer = clinic.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text
    assert "benchmark of m wrong Refused." in " ".join(answer.text.split())
    unreadable.clear()
    answer = clinic.run("doctor")
    assert answer.outputs["errors"] == "1", answer.text
    assert "benchmarks unknown They cannot be read. Refused." in " ".join(answer.text.split())


def test_doctor__benchmark_that_expires_soon_is_a_warning(laptop: Clinic) -> None:
    created = datetime(2023, 12, 1, tzinfo=UTC)
    base = laptop.service.control.add_base_model("en-US", name="20231201", created=created)
    _promoted(laptop, ModelReference(base, "20231201", base=True))
    answer = laptop.run("doctor")
    assert answer.code == 0, answer.text
    assert "The benchmark 20231201 expires on" in " ".join(answer.text.split())


def test_doctor__storage_that_may_only_be_read_names_the_role_with_both_ends(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> NoReturn:
        raise StoreError("Refused.", hint="az role assignment create --assignee CLIENT --scope ACCOUNT_ID")

    with monkeypatch.context() as patch:
        patch.setattr(BlobStore, "delete", refuse)
        answer = clinic.run("doctor")
    text = " ".join(answer.text.split())
    assert answer.outputs["errors"] == "1", answer.text
    assert "storage, permission to write wrong Refused." in text
    assert f"--assignee {CLIENT} --scope $(az storage account show --name 127 --query id" in text
    monkeypatch.setattr(BlobStore, "public_containers", refuse)  # a role on containers does not list them
    answer = clinic.run("doctor")
    assert answer.outputs["errors"] == "0", answer.text
    assert "storage, containers unknown Refused." in " ".join(answer.text.split())
