"""The connections of a run: git and GitHub, the store, the Speech resource or the embedded service.

Everything is opened when it is first needed, and closed when the run ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
import threading
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import clouds, destinations, inputs
from speechops.errors import Place, PlatformError, SpeechOpsError, UsageError, reason
from speechops.github import event as events
from speechops.github.files import CommandFiles
from speechops.operations.table import Need

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from speechops.access import Access
    from speechops.clock import Clock
    from speechops.console import Console
    from speechops.embedded.server import RunningService
    from speechops.github.api import GitHub
    from speechops.github.event import Event
    from speechops.github.platform import Platform
    from speechops.output import Output
    from speechops.planning.checkout import Checkout
    from speechops.planning.git import Git
    from speechops.registry.registry import Registry
    from speechops.registry.store import Store
    from speechops.resources import SpeechSettings
    from speechops.settings import Settings
    from speechops.speech import SpeechClient
    from speechops.targets import TargetSettings

CONTAINER = "SPEECHOPS_CONTAINER"
CHECKS = "checks"
"""The state of the Action that names the checks of a step, for the post step."""

_LONGEST_COMMAND, _POLL_SECONDS = 3600.0, 0.5


@dataclass(eq=False)
class Connections:
    """Opens what a run needs according to its settings and environment; ``stack`` closes it."""

    environment: Mapping[str, str] = field(repr=False)
    clock: Clock
    output: Output
    console: Console
    settings: Settings
    stack: contextlib.ExitStack
    checks: list[int] = field(default_factory=list)
    _targets: dict[str, SpeechClient] = field(default_factory=dict, init=False)
    _keeping: threading.Lock = field(default_factory=threading.Lock, init=False)

    def open(self, needs: frozenset[Need]) -> None:
        """Open what an operation needs, before it begins."""
        if Need.STORE in needs:
            _ = self.registry
        if Need.SERVICE in needs:
            _ = self.speech
        if Need.PLATFORM in needs:
            _ = self.platform

    def run_id(self) -> str:
        """Return the ID of the run: a re-run on GitHub has the same and continues what is left."""
        run = self.environment.get("GITHUB_RUN_ID", "")
        return run or f"{self.clock.now():%Y%m%d%H%M%S}-{secrets.token_hex(3)}"

    def keep_check(self, check: int) -> None:
        """Remember a check for the post step, in case this process is killed."""
        with self._keeping:
            self.checks.append(check)
            CommandFiles.of(self.environment).save_state(CHECKS, ",".join(map(str, self.checks)))

    @cached_property
    def event(self) -> Event:
        """The event of the run; outside of GitHub one without a name."""
        payload = self.environment.get("GITHUB_EVENT_PATH", "")
        return events.read(Path(payload), self.environment) if payload else events.Event("")

    @property
    def repository(self) -> str:
        """The repository on GitHub, as owner/name; empty elsewhere."""
        return self.environment.get("GITHUB_REPOSITORY", "")

    def git(self, folder: Path) -> Git:
        """Return git in a folder."""
        from speechops.planning.git import Git, process_runner  # noqa: PLC0415

        return Git(
            folder.absolute(),
            process_runner(self.environment),
            token=self.settings.text(inputs.GITHUB_TOKEN),
            server_url=self.environment.get("GITHUB_SERVER_URL") or events.PUBLIC_SERVER,
            workspace=self.environment.get("GITHUB_WORKSPACE", "") if self._in_container else "",
        )

    def checkout(self) -> Checkout | None:
        """Return what is checked out around ``speechops.yml``; None outside of git."""
        from speechops.planning.checkout import open_checkout  # noqa: PLC0415

        described = self.settings.described
        try:
            return open_checkout(self.git(described.path.parent if described else Path()))
        except PlatformError:  # git is not installed
            return None

    @property
    def _in_container(self) -> bool:
        """Whether this is the Action's image, which sets a variable."""
        return self.environment.get(CONTAINER) == "true"

    @cached_property
    def commit(self) -> str:
        """The commit of the run, else the one that is checked out; empty outside git."""
        commit = self.settings[inputs.COMMIT] or self.event.commit or self.environment.get("GITHUB_SHA", "")
        if commit:
            return commit
        try:
            found = self.git(self._folder()).ask("rev-parse", "HEAD")
        except PlatformError:  # git is not installed
            return ""
        return found.decode().strip() if found else ""

    def _folder(self) -> Path:
        """Return the folder of the data, in which git looks up the commit."""
        for model in self.settings.models:
            test = model.test_data if model.reads(inputs.TEST_DATA) else None
            if test is not None and test.parent.is_dir():
                return test.parent
        folder = self.settings[inputs.CONFIG].parent
        return folder if folder.is_dir() else Path()

    @cached_property
    def platform(self) -> Platform | None:
        """GitHub; None without a token, or outside of a repository on GitHub."""
        from speechops.github.platform import Platform  # noqa: PLC0415

        token = self.settings.text(inputs.GITHUB_TOKEN)
        github = self.stack.enter_context(open_github(self.environment, self.clock, self.output, token))
        return None if github is None else Platform(github, self.event)

    @cached_property
    def access(self) -> Access:
        """The credentials for requests.

        Raises :class:`UsageError` if a pull request changes where credentials would be sent.
        """
        from speechops import access  # noqa: PLC0415
        from speechops.speech import open_session  # noqa: PLC0415

        self._refuse_moved_destinations()
        return access.Access(
            access.keyring(self.settings, self.environment, in_actions=self.output.in_actions),
            self.stack.enter_context(open_session()),
            self.clock,
            learn=self.output.hide,
            say=self.output.say,
        )

    def _refuse_moved_destinations(self) -> None:
        """Compare the destinations that ``speechops.yml`` names with those that were merged."""
        settings, event = self.settings, self.event
        described = settings.described
        if described is None or not settings.destinations or event.of_default_branch:
            return
        remote = settings.reads(inputs.SPEECH_ENDPOINT) and not settings.speech.is_this_machine
        if not remote and not settings.storage.is_account:
            return  # no credential is needed
        git = self.git(described.path.parent)
        try:
            content = _at(git, self._merged(git), described.path)
        except (PlatformError, ValueError) as error:
            raise UsageError(
                f"Cannot tell whether {event.unmerged} changes where credentials are sent: {error}",
                hint=f"Set {', '.join(settings.destinations)} as inputs of the Action, and github-token.",
                place=described.place(next(iter(settings.destinations))),
            ) from error
        destinations.refuse_moved(settings.destinations, described, content, what=event.unmerged)

    def _merged(self, git: Git) -> str:
        """Return the commit of the default branch to compare with. Raises :class:`PlatformError`.

        The base of a pull request may be any branch: whoever makes one can make it name what he wants.
        """
        event = self.event
        into_default = event.name in events.PULL_REQUEST and event.default_branch in {"", event.base_branch}
        return event.base if into_default and event.base else git.tip(event.default_branch)

    @cached_property
    def registry(self) -> Registry:
        """The registry; warns if the storage account is publicly readable."""
        from speechops.registry.registry import Registry, Repository  # noqa: PLC0415

        registry = Registry(self._store(), report=self.output.warn, clean=self.output.redact.clean)
        id_ = self.environment.get("GITHUB_REPOSITORY_ID", "")
        if self.settings.storage.is_account and id_:
            registry.belong(
                Repository(id_, self.repository),
                claim=self.settings.operation.recorded,
                take_over=self.settings[inputs.TAKE_OVER_STORE],
            )
        return registry

    @cached_property
    def loop(self) -> str:
        """The id of the developer's loop in this folder, which marks what it makes; empty for other runs."""
        if not self.settings.developer_endpoint:
            return ""
        from speechops.registry import overlay  # noqa: PLC0415

        return overlay.identity(self.settings.loop_folder)

    @cached_property
    def team_speech(self) -> SpeechClient:
        """The team's Speech resource, while the run works on a developer's own."""
        settings = self.settings.team_speech
        return self.client(settings, settings.url)

    @cached_property
    def speech_resource_id(self) -> str:
        """The Azure resource id of the team's Speech resource: the input, else what the sign-in finds.

        Raises :class:`UsageError` if there is neither.
        """
        given = self.settings[inputs.SPEECH_RESOURCE_ID]
        if given:
            return given
        cause = "the sign-in sees no resource at its address"
        try:
            found = self.access.resource_id(self.settings.team_speech)
        except SpeechOpsError as error:
            found, cause = "", error.message.rstrip(".")
        if found:
            return found
        raise UsageError(
            f"speech-resource-id is missing, and cannot be looked up: {cause}.",
            hint="az cognitiveservices account show --name NAME --resource-group GROUP --query id",
            place=Place(input="speech-resource-id"),
        )

    def _store(self) -> Store:
        if self.settings.developer_endpoint and not self.settings[inputs.SHARE_RESULT]:
            from speechops.registry.overlay import OverlayStore  # noqa: PLC0415

            return OverlayStore(self._shared_store(), self.settings.loop_folder)
        return self._shared_store()

    def _shared_store(self) -> Store:
        if not self.settings.storage.is_account:
            from speechops.registry.folder import FolderStore  # noqa: PLC0415 - the other one is heavy

            return FolderStore(self.settings.storage.folder)
        from speechops.access import publicity  # noqa: PLC0415

        store = self.access.account(self.settings.storage)
        for warning in publicity(store):
            self.output.warn(warning)
        return store

    @cached_property
    def speech(self) -> SpeechClient:
        """The speech service: the embedded one is started for the duration of the run."""
        settings = self.settings.speech
        if settings.is_local:
            service = self.embedded(self.settings[inputs.LOCAL_FOLDER])
            return self.client(settings, self.stack.enter_context(service).url)
        return self.client(settings, settings.url)

    def client(self, settings: SpeechSettings, endpoint: str) -> SpeechClient:
        """Open a Speech resource, with its own credential."""
        from speechops.speech import ApiVersion, SpeechClient, open_session  # noqa: PLC0415

        return SpeechClient(
            endpoint,
            credential=self.access.credential(settings),
            session=self.stack.enter_context(open_session()),
            clock=self.clock,
            version=ApiVersion(settings.api_version),
            log=self.console.line,
        )

    def target(self, target: TargetSettings) -> SpeechClient:
        """Return the Speech resource of a target, opened once; that of the run if it is the same."""
        here = self.settings.speech
        if target.speech.url.casefold() == here.url.casefold():
            return self.speech
        if target.name not in self._targets:
            self._targets[target.name] = self.client(target.speech, target.speech.url)
        return self._targets[target.name]

    def embedded(self, folder: Path, *, port: int = 0, cache: Path | None = None) -> RunningService:
        """Start the embedded service, with its recognizer's training cache in ``cache``.

        Raises :class:`UsageError` if it is not installed or cannot be started.
        """
        missing = [name for name in ("werkzeug", "pocketsphinx") if importlib.util.find_spec(name) is None]
        if missing:
            local = (
                "use the Action OWNER/speechops/embedded"
                if self.output.in_actions
                else "install speechops[local]"
            )
            raise UsageError(
                f"The embedded speech service is not installed: {missing[0]} is missing.",
                hint=f"Set speech-endpoint to your Speech resource, or {local}.",
                place=Place(input="speech-endpoint"),
            )
        from speechops.embedded import server  # noqa: PLC0415
        from speechops.embedded.refusals import is_disk_full  # noqa: PLC0415

        engine = server.recogniser(cache or folder / "recogniser")
        try:
            return self._when_free(folder, lambda: server.start(folder, port=port, engine=engine))
        except OSError as error:
            full = "Free disk space" if is_disk_full(error) else "Choose another folder with local-folder"
            raise UsageError(
                f"The embedded speech service cannot be started: {reason(error)}.",
                hint=f"{full}{', or another port' if port else ''}.",
            ) from error

    def _when_free(self, folder: Path, start: Callable[[], RunningService]) -> RunningService:
        """Start the service once no other command uses one in the folder.

        Raises :class:`UsageError` if ``speechops serve`` uses it, which ends when its user wants, or if the
        other command takes longer than :data:`_LONGEST_COMMAND`.
        """
        from speechops.embedded import server  # noqa: PLC0415
        from speechops.embedded.state import FolderInUseError  # noqa: PLC0415

        end = self.clock.monotonic() + _LONGEST_COMMAND
        said = False
        while True:
            try:
                return start()
            except FolderInUseError as error:
                if url := server.served_at(folder):
                    raise UsageError(
                        f"speechops serve runs in {folder}.", hint=f"Use it with --speech-endpoint {url}."
                    ) from error
                if self.clock.monotonic() > end:
                    raise UsageError(
                        f"Another command still uses the embedded service in {folder} after "
                        f"{_LONGEST_COMMAND:.0f} s.",
                        hint="Wait for it or end it, or set local-folder to use a separate one.",
                    ) from error
            if not said:
                self.output.say(
                    f"Another command uses the embedded service in {folder}: waiting for it to end."
                )
                said = True
            self.clock.sleep(_POLL_SECONDS)


def _at(git: Git, commit: str, path: Path) -> bytes | None:
    """Return a file as a commit has it, None if it has none. Raises :class:`PlatformError`, ValueError."""
    from speechops.planning.tree import Tree  # noqa: PLC0415

    git.obtain(commit)
    return Tree(git, commit).file(git.prefix() + path.name)


@contextlib.contextmanager
def open_github(
    environment: Mapping[str, str], clock: Clock, output: Output, token: str
) -> Iterator[GitHub | None]:
    """Open the API of GitHub, with a token and for a known repository."""
    repository = environment.get("GITHUB_REPOSITORY", "")
    if not token or not repository:
        yield None
        return
    from speechops.github.api import GitHub  # noqa: PLC0415
    from speechops.speech import open_session  # noqa: PLC0415

    api_url = environment.get("GITHUB_API_URL") or events.PUBLIC_API
    output.say(f"The GitHub token goes to {clouds.host_of(api_url)}.")
    with open_session() as session:
        yield GitHub(
            repository,
            token=token,
            session=session,
            clock=clock,
            api_url=api_url,
            log=output.say,
            clean=output.redact.clean,
        )
