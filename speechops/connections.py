"""What operations reach: git and GitHub, the store, the Speech resource or the embedded service.

Everything is opened where it is first needed, and closed when the run ends.
"""

from __future__ import annotations

import contextlib
import importlib.util
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from speechops import clouds, destinations
from speechops.errors import Place, PlatformError, UsageError, reason
from speechops.github import event as events
from speechops.project import parse_project

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from speechops.access import Access
    from speechops.clock import Clock
    from speechops.embedded.server import RunningService
    from speechops.github.api import GitHub
    from speechops.github.event import Event
    from speechops.output import Output
    from speechops.planning.checkout import Checkout
    from speechops.planning.git import Git
    from speechops.registry.store import Store
    from speechops.run import Platform
    from speechops.settings import Settings
    from speechops.speech import SpeechClient

CONTAINER = "SPEECHOPS_CONTAINER"


@dataclass(frozen=True, slots=True)
class Connections:
    """Opens what a run needs, as its environment says."""

    environment: Mapping[str, str]
    clock: Clock
    output: Output

    @property
    def in_container(self) -> bool:
        """Whether this is the Action's image, which says so itself."""
        return self.environment.get(CONTAINER) == "true"

    def run_id(self) -> str:
        """Name the run: the same for a re-run by GitHub, so that it takes up what the first one left."""
        run = self.environment.get("GITHUB_RUN_ID", "")
        return run or f"{self.clock.now():%Y%m%d%H%M%S}-{secrets.token_hex(3)}"

    def event(self) -> Event:
        """Return the event of the run; outside of GitHub one without a name."""
        payload = self.environment.get("GITHUB_EVENT_PATH", "")
        return events.read(Path(payload), self.environment) if payload else events.Event("")

    def git(self, settings: Settings, folder: Path) -> Git:
        """Return git in a folder."""
        from speechops.planning.git import Git, process_runner  # noqa: PLC0415

        return Git(
            folder.absolute(),
            process_runner(self.environment),
            token=settings.github_token,
            server_url=self.environment.get("GITHUB_SERVER_URL") or events.PUBLIC_SERVER,
            workspace=self.environment.get("GITHUB_WORKSPACE", "") if self.in_container else "",
        )

    def checkout(self, settings: Settings) -> Checkout | None:
        """Return what is checked out around ``speechops.yml``; None outside of git."""
        from speechops.planning.checkout import open_checkout  # noqa: PLC0415

        folder = settings.described.path.parent if settings.described else Path()
        try:
            return open_checkout(self.git(settings, folder))
        except PlatformError:  # there is no git
            return None

    def commit(self, settings: Settings) -> str:
        """Return the commit that the run is about, else the one that is checked out; empty outside git."""
        commit = settings.commit or self.event().commit or self.environment.get("GITHUB_SHA", "")
        if commit:
            return commit
        try:
            found = self.git(settings, _folder(settings)).ask("rev-parse", "HEAD")
        except PlatformError:  # there is no git
            return ""
        return found.decode().strip() if found else ""

    @contextlib.contextmanager
    def platform(self, settings: Settings) -> Iterator[Platform | None]:
        """Open GitHub where a token is given and the repository is known."""
        from speechops.run import Platform  # noqa: PLC0415

        with self.github(settings.github_token) as github:
            yield None if github is None else Platform(github, self.event())

    @contextlib.contextmanager
    def github(self, token: str) -> Iterator[GitHub | None]:
        """Open the API of GitHub, with a token and for a known repository."""
        repository = self.environment.get("GITHUB_REPOSITORY", "")
        if not token or not repository:
            yield None
            return
        from speechops.github.api import GitHub  # noqa: PLC0415
        from speechops.speech import open_session  # noqa: PLC0415

        api_url = self.environment.get("GITHUB_API_URL") or events.PUBLIC_API
        self.output.say(f"The GitHub token goes to {clouds.host_of(api_url)}.")
        with open_session() as session:
            yield GitHub(
                repository,
                token=token,
                session=session,
                clock=self.clock,
                api_url=api_url,
                log=self.output.say,
            )

    @contextlib.contextmanager
    def access(self, settings: Settings) -> Iterator[Access]:
        """Open the ways to sign requests.

        Raises :class:`UsageError` if a pull request changes where credentials would go.
        """
        from speechops import access  # noqa: PLC0415
        from speechops.speech import open_session  # noqa: PLC0415

        self._refuse_moved_destinations(settings)
        keyring = access.keyring(settings, self.environment, in_actions=self.output.in_actions)
        with open_session() as session:
            yield access.Access(keyring, session, self.clock, learn=self.output.hide, say=self.output.say)

    def _refuse_moved_destinations(self, settings: Settings) -> None:
        """Compare the destinations that a pull request's ``speechops.yml`` names with those of its base."""
        event, described = self.event(), settings.described
        if event.name not in events.PULL_REQUEST or described is None or not settings.destinations:
            return
        if settings.speech.is_this_machine and not settings.storage.is_account:
            return  # no credential is needed
        git = self.git(settings, described.path.parent)
        try:
            content = _at(git, event.base, described.path)
        except (PlatformError, ValueError) as error:
            raise UsageError(
                f"Whether this pull request changes where credentials go is not known: {error}",
                hint=f"Give {', '.join(settings.destinations)} as inputs of the Action, and github-token.",
                place=described.place(next(iter(settings.destinations))),
            ) from error
        base = {} if content is None else parse_project(described.path, content).top
        destinations.refuse_moved(
            settings.destinations,
            {name: value.strip() for name, value in base.items()},
            described.place,
        )

    def store(self, settings: Settings, access: Access) -> Store:
        """Open the store, and warn where anyone may read what it keeps."""
        if not settings.storage.is_account:
            return access.store(settings.storage)
        from speechops.access import publicity  # noqa: PLC0415

        store = access.account(settings.storage)
        for warning in publicity(store):
            self.output.warn(warning)
        return store

    @contextlib.contextmanager
    def speech(
        self, settings: Settings, access: Access, log: Callable[[str], None]
    ) -> Iterator[SpeechClient]:
        """Open the speech service: the embedded one is started for the time of the run."""
        from speechops.speech import ApiVersion, SpeechClient, open_session  # noqa: PLC0415

        with contextlib.ExitStack() as stack:
            endpoint = settings.speech.url
            if settings.speech.is_local:
                endpoint = stack.enter_context(self.embedded(settings.local_folder)).url
            yield SpeechClient(
                endpoint,
                credential=access.credential(settings.speech),
                session=stack.enter_context(open_session()),
                clock=self.clock,
                version=ApiVersion(settings.speech.api_version),
                log=log,
            )

    def embedded(self, folder: Path, *, port: int = 0, cache: Path | None = None) -> RunningService:
        """Start the embedded service, with what its recogniser learnt once in ``cache``.

        Raises :class:`UsageError` where it is not installed or cannot be started.
        """
        missing = [name for name in ("werkzeug", "pocketsphinx") if importlib.util.find_spec(name) is None]
        if missing:
            way = (
                "use the Action OWNER/speechops/embedded"
                if self.output.in_actions
                else "install speechops[local]"
            )
            raise UsageError(
                f"The embedded speech service is not installed: {missing[0]} is missing.",
                hint=f"Set speech-endpoint to your Speech resource, or {way}.",
                place=Place(input="speech-endpoint"),
            )
        from speechops.embedded import server  # noqa: PLC0415
        from speechops.embedded.state import FolderInUseError  # noqa: PLC0415

        try:
            return server.start(folder, port=port, engine=server.recogniser(cache or folder / "recogniser"))
        except FolderInUseError as error:
            raise UsageError(
                str(error),
                hint="Name another folder with local-folder or, while speechops serve runs in it, use that "
                "one: --speech-endpoint http://127.0.0.1:5005.",
            ) from error
        except OSError as error:
            raise UsageError(
                f"The embedded speech service cannot be started: {reason(error)}.",
                hint="Name another folder with local-folder, or another port.",
            ) from error


def _at(git: Git, commit: str, path: Path) -> bytes | None:
    """Return a file as a commit has it, None if it has none. Raises :class:`PlatformError`, ValueError."""
    from speechops.planning.tree import Tree  # noqa: PLC0415

    git.obtain(commit)
    return Tree(git, commit).file(git.prefix() + path.name)


def _folder(settings: Settings) -> Path:
    """Return the folder of the data, where git is asked for the commit."""
    for model in settings.models:
        if model.test_data is not None and model.test_data.parent.is_dir():
            return model.test_data.parent
    return Path()
