"""The faults: one changed line each, and the tests that have to notice it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Fault:
    """``old`` becomes ``new`` in ``module``; at least one of ``tests`` (arguments of pytest) must then
    fail."""

    name: str
    module: str
    old: str
    new: str
    tests: str

    @property
    def path(self) -> Path:
        """The module's file."""
        return ROOT / f"{self.module.replace('.', '/')}.py"

    def put_into(self, source: str) -> str:
        """Return the faulty source. Raises ValueError if the line is not there, or is there twice."""
        if source.count(self.old) != 1:
            raise ValueError(f"{self.name}: {self.module} has {self.old!r} {source.count(self.old)} times")
        return source.replace(self.old, self.new)


_OPERATIONS = "tests/operations"
_FREEZE = f"{_OPERATIONS}/test_freeze.py"
_LIFE = f"{_OPERATIONS}/test_long_life.py"
_KEEPING = f"{_OPERATIONS}/test_keeping.py"
_WRITTEN = f"{_OPERATIONS}/test_written.py"
_RETENTION = "tests/upkeep/test_retention.py -k never_takes"
_FINDING = "tests/speech/test_finding.py"

FAULTS = (
    # What is ours.
    Fault(
        "other-stores",
        "speechops.run",
        "\n            and entity.store == self.registry.identity()",
        "",
        f"{_KEEPING} -k owns_what_it_made",
    ),
    Fault(
        "other-models",
        "speechops.run",
        '\n            and properties["speechops-model"] == self.model.name',
        "",
        f"{_OPERATIONS}/test_maintain.py -k not_ours",
    ),
    # What may be deleted; each rule of the choice has its test in tests/upkeep.
    Fault(
        "grace",
        "speechops.upkeep.retention",
        "GRACE = timedelta(days=1)",
        "GRACE = timedelta(hours=1)",
        _RETENTION,
    ),
    Fault(
        "benchmark-before",
        "speechops.upkeep.retention",
        "referenced.add(benchmark.previous.id)",
        "pass",
        _RETENTION,
    ),
    Fault(
        "running-tests",
        "speechops.upkeep.retention",
        "running = [test for test in listing.evaluations if not test.status.is_final]",
        "running: list[Evaluation] = []",
        _RETENTION,
    ),
    Fault(
        "datasets-of-other-models",
        "speechops.upkeep.retention",
        "for model in listing.models if model.id not in leaving",
        "for model in filter(owns, listing.models) if model.id not in leaving",
        _RETENTION,
    ),
    Fault(
        "unreadable-release",
        "speechops.upkeep.deletion",
        "if len(releases) != len(run.registry.versions(run.model.name)):",
        "if False:",
        f"{_KEEPING} -k cannot_be_read",
    ),
    Fault(
        "not-marked-first",
        "speechops.upkeep.deletion",
        "            if pointer:\n                mark_pending",
        "            if pointer and False:\n                mark_pending",
        f"{_KEEPING} -k 'called_off or refused_in_the_middle'",
    ),
    Fault(
        "called-off",
        "speechops.upkeep.deletion",
        "identity not in pointer.benchmark.pending_deletion",
        "False",
        f"{_KEEPING} -k called_off",
    ),
    Fault(
        "pending-kept",
        "speechops.operations.maintain",
        "referenced | candidates.pending(run, pointer)",
        "referenced",
        f"{_KEEPING} -k waits_for_approval",
    ),
    Fault(
        "listed-first",
        "speechops.operations.maintain",
        "        return frozenset()\n    for record",
        "        return frozenset()\n    return None\n    for record",
        f"{_OPERATIONS}/test_maintain.py -k first_lists",
    ),
    Fault(
        "never",
        "speechops.operations.maintain",
        'settings[DELETE] == "never":\n        return frozenset()',
        'settings[DELETE] == "never":\n        return None',
        f"{_OPERATIONS}/test_maintain.py -k never_list",
    ),
    Fault(
        "retired-of-others",
        "speechops.upkeep.retire",
        "if run.owns(model) and model.fingerprint == training",
        "if model.fingerprint == training",
        f"{_LIFE} -k retire",
    ),
    Fault(
        "retired-in-use",
        "speechops.upkeep.retire",
        " and model.id not in referenced",
        "",
        f"{_KEEPING} -k keeps_the_model_of_its_release",
    ),
    Fault(
        "datasets-in-use",
        "speechops.upkeep.retire",
        " and dataset.id not in kept",
        "",
        f"{_LIFE} -k retire",
    ),
    # What is paid for.
    Fault(
        "failed-trained-again",
        "speechops.operations.unfinished",
        "if model.status is not Status.FAILED",
        "",
        f"{_LIFE} -k failed_is_reported_once",
    ),
    Fault(
        "trains-what-never-began",
        "speechops.operations.unfinished",
        "    if begun:\n",
        "    if begun or True:\n",
        f"{_LIFE} -k before_its_training",
    ),
    Fault(
        "completed-twice",
        "speechops.operations.unfinished",
        "            ending=outcome.ending,\n",
        "",
        f"{_KEEPING} -k rolled_back",
    ),
    Fault(
        "trained-twice",
        "speechops.speech.finding",
        "    if found is not None:\n        return Found(found, made=False)\n",
        "",
        f"{_FINDING} -k asks_by_name",
    ),
    Fault(
        "lost-training",
        "speechops.speech.drafts",
        "COSTLY_LOOKS = (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)",
        "COSTLY_LOOKS = (1.0, 2.0)",
        f"{_FINDING} -k half_a_minute",
    ),
    Fault(
        "another-store",
        "speechops.speech.drafts",
        "return own and entity.store == self.store",
        "return own",
        f"{_FINDING} {_KEEPING} -k 'owns_what or store'",
    ),
    Fault(
        "failed-is-found",
        "speechops.speech.finding",
        "entity.status is Status.FAILED or ",
        "",
        f"{_FINDING} -k passes_over",
    ),
    Fault(
        "list-that-is-none",
        "speechops.speech.failures",
        'return "" if isinstance(answer.data.get("values"), list) else',
        'return "" if True else',
        "tests/speech/test_client.py -k not_a_list",
    ),
    Fault(
        "repeated-creation",
        "speechops.speech.transport",
        "if outcome.may_have_acted and not call.repeatable:",
        "if False:",
        "tests/speech/test_transport.py -k create",
    ),
    Fault(
        "block-size",
        "speechops.speech.upload",
        "if self._received.get(name) != len(data):",
        "if name not in self._received:",
        "tests/speech/test_upload.py",
    ),
    # The pointer.
    Fault(
        "pointer-without-etag",
        "speechops.registry.registry",
        "if_match=pointer.etag if pointer else None,",
        "if_match=None,",
        "tests/registry/test_registry.py",
    ),
    Fault(
        "pointer-uncounted",
        "speechops.registry.registry",
        "pointer.benchmark.revision + 1 if pointer else 1",
        "1",
        "tests/registry/test_registry.py",
    ),
    Fault(
        "pointer-of-others",
        "speechops.registry.registry",
        "if benchmark.model != model:",
        "if False:",
        f"{_LIFE} -k pointer_of_another",
    ),
    Fault(
        "damage-overwritten",
        "speechops.registry.typed_store",
        "if stored is None:\n                return change(document)\n            changed = change(stored)",
        "changed = change(document if stored is None else stored)",
        "tests/registry/test_registry.py",
    ),
    Fault(
        "future-records",
        "speechops.registry.registry",
        "for name in (*reversed(past), *reversed(future)):",
        "for name in reversed(names):",
        f"{_LIFE} -k from_the_future",
    ),
    Fault(
        "stale-summaries",
        "speechops.registry.summaries",
        "if states.get(name) == entry[0]}",
        "if name in states}",
        "tests/registry/test_summaries.py",
    ),
    Fault(
        "conflict-ignored",
        "speechops.registry.folder",
        "if if_match is not None and self._etag(path) != if_match:",
        "if False:",
        "tests/registry/test_store.py",
    ),
    # Promotion.
    Fault(
        "older-benchmark",
        "speechops.evaluation.candidates",
        "test.benchmark.id == pointer.benchmark.reference.id if pointer",
        "True if pointer",
        f"{_OPERATIONS}/test_evidence.py -k older_benchmark",
    ),
    Fault(
        "frozen",
        "speechops.operations.train_data",
        "if pointer and pointer.benchmark.frozen:",
        "if False:",
        f"{_OPERATIONS}/test_maintain.py -k freeze",
    ),
    Fault(
        "approval-while-frozen",
        "speechops.evaluation.candidates",
        "    if pointer and pointer.benchmark.frozen:\n",
        "    if False:\n",
        f"{_FREEZE} -k approved",
    ),
    Fault(
        "rollback-lifts-freeze",
        "speechops.operations.rollback",
        'frozen=pointer.benchmark.frozen if pointer else "",',
        'frozen="",',
        f"{_FREEZE} -k rollback",
    ),
    Fault(
        "blocked-by-freeze-deleted",
        "speechops.evaluation.candidates",
        "in {Action.ASK, Action.PROMOTE} and",
        "in {Action.ASK} and",
        f"{_FREEZE} -k maintain",
    ),
    # Endpoints, and copies in other resources.
    Fault(
        "endpoint-of-the-team",
        "speechops.delivery.endpoint",
        "if target.endpoint_id or target.releases() != releases:",
        "if target.releases() != releases:",
        f"{_OPERATIONS}/test_endpoint.py -k failure_deletes",
    ),
    Fault(
        "restored-over-another-run",
        "speechops.delivery.endpoint",
        '    if serving(endpoint) != model:\n        return ""\n',
        "",
        f"{_OPERATIONS}/test_endpoint.py -k failure_leaves",
    ),
    Fault(
        "copy-of-another-store",
        "speechops.delivery.copies",
        " and properties.get(STORE) == run.registry.identity()",
        "",
        f"{_OPERATIONS}/test_copies.py -k own_copy",
    ),
    Fault(
        "weight-not-counted",
        "speechops.evaluation.models",
        '            str(weight or ""),\n',
        "",
        f"{_OPERATIONS}/test_work_counts.py -k weight",
    ),
    Fault(
        "interval-touches-zero",
        "speechops.scoring.verdict",
        "if interval.high < -least:",
        "if interval.high <= -least:",
        "tests/scoring/test_verdict.py",
    ),
    Fault(
        "approval-after-the-pointer",
        "speechops.operations.deploy",
        "        approved = approval.obtain(run, benchmark)\n",
        "        if pointer is None or pointer.benchmark != benchmark:\n"
        "            run.registry.move_benchmark(benchmark, pointer=pointer)\n"
        "        approved = approval.obtain(run, benchmark)\n",
        f"{_OPERATIONS}/test_publication.py -k before_the_pointer_moves",
    ),
    Fault(
        "approval-of-other-rules",
        "speechops.evaluation.candidates",
        "    _refuse_outdated(run, result, pointer)\n",
        "",
        f"{_OPERATIONS}/test_evidence.py -k other_rules_or_data",
    ),
    Fault(
        "evidence-of-pull-requests",
        "speechops.evaluation.reuse",
        "result.cause in (causes or (Cause.TRAIN_DATA,)) and ",
        "",
        f"{_OPERATIONS}/test_evidence.py -k outside_of_github",
    ),
    Fault(
        "draft-before-public",
        "speechops.github.releases",
        "key=lambda release: (release.draft, release.id)",
        "key=lambda release: (not release.draft, release.id)",
        "tests/github/test_releases.py -k public_release_before_a_draft",
    ),
    Fault(
        "second-endpoint",
        "speechops.delivery.endpoint",
        "recorded = [release.endpoint for release in target.releases() if release.endpoint][-1:]",
        "recorded: list[str] = []",
        f"{_OPERATIONS}/test_endpoint.py -k another_tool_replaced",
    ),
    Fault(
        "endpoint-of-a-renamed-target",
        "speechops.delivery.endpoint",
        "if row := target.released_on(identity):",
        "if row := None:",
        f"{_OPERATIONS}/test_targets.py -k before_the_target_had_its_name",
    ),
    Fault(
        "used-approval",
        "speechops.delivery.approval",
        "if before := records.replaced(run, benchmark, release.tag):",
        "if before := None:",
        f"{_OPERATIONS}/test_publication.py -k approves_no_second",
    ),
    Fault(
        "quite-other-words",
        "speechops.delivery.smoke_test",
        "(errors > 1 and errors > words * _MOST_ERRORS)",
        "False",
        f"{_OPERATIONS}/test_endpoint.py -k quite_other_words",
    ),
    Fault(
        "without-text",
        "speechops.scoring.verdict",
        "if missing <= _MOST_MISSING * whole:",
        "if True:",
        "tests/scoring/test_verdict.py",
    ),
    Fault(
        "expired-rollback",
        "speechops.operations.rollback",
        "if model.transcription_until and model.transcription_until <= run.speech.now():",
        "if False:",
        f"{_OPERATIONS}/test_rollback.py -k expired",
    ),
    Fault(
        "nine-words",
        "speechops.corpus.leakage",
        "_WORDS_AN_EDIT = 9",
        "_WORDS_AN_EDIT = 10",
        "tests/corpus/test_leaks.py",
    ),
    # What operations write, and what they leave behind in a world of other hands.
    Fault(
        "overtaken-endpoint",
        "speechops.operations.deploy",
        "        distribution.take_back(delivered)\n",
        "",
        f"{_OPERATIONS}/test_endpoint.py -k overtakes",
    ),
    Fault(
        "rolled-back-from",
        "speechops.operations.rollback",
        "previous=pointer.benchmark.reference if pointer else None,",
        "previous=None,",
        f"{_WRITTEN} -k to_another_model",
    ),
    Fault(
        "older-test-data",
        "speechops.operations.test_data",
        "error_rate=rate, test=numbers.test, run=run.id",
        "error_rate=rate, run=run.id",
        f"{_WRITTEN} -k stays_with",
    ),
    Fault(
        "gone-benchmark-tested",
        "speechops.operations.test_data",
        " or benchmarks.ended(run, reference):\n        return None",
        ":\n        return None",
        f"{_OPERATIONS}/test_attempts.py -k costs_nothing",
    ),
    Fault(
        "blocked-by-freeze-deployed",
        "speechops.evaluation.candidates",
        "if verdict.action is not Action.ASK:",
        "if False:",
        f"{_FREEZE} -k left_to_the_next",
    ),
    Fault(
        "results-of-other-runs",
        "speechops.evaluation.reuse",
        " and (not alone or result.run == run.id)",
        "",
        f"{_OPERATIONS}/test_evidence.py -k another_run_does",
    ),
    Fault(
        "template-of-another-locale",
        "speechops.evaluation.benchmarks",
        " or model.locale != run.model.locale:",
        ":",
        f"{_OPERATIONS}/test_old_benchmark.py -k unusable",
    ),
    Fault(
        "transcriptions-kept",
        "speechops.evaluation.entities",
        "        client.delete_transcription(transcription)",
        "        pass",
        f"{_KEEPING} -k turned_down_before",
    ),
    Fault(
        "copy-by-name-alone",
        "speechops.delivery.copies",
        " and not marked and not model.dataset_ids",
        " and not marked",
        f"{_OPERATIONS}/test_copies.py -k is_no_copy",
    ),
    Fault(
        "newer-endpoint",
        "speechops.delivery.endpoint",
        "return min(ours,",
        "return max(ours,",
        f"{_OPERATIONS}/test_endpoint.py -k of_two_endpoints",
    ),
    Fault(
        "failed-target-completed",
        "speechops.delivery.distribution",
        "[item for item in delivered if item.error is None], completed",
        "delivered, completed",
        f"{_OPERATIONS}/test_target_failures.py -k 'offline and at_a_deployment'",
    ),
    Fault(
        "overwritten-meanwhile",
        "speechops.registry.typed_store",
        "changed, if_match=etag, if_absent=",
        "changed, if_absent=",
        "tests/registry/test_registry.py -k while_it_looks",
    ),
    Fault(
        "submodule-not-committed",
        "speechops.planning.tree",
        "({path} if self._is_submodule(path) else set())",
        "set()",
        f"{_OPERATIONS}/test_plan.py -k in_a_submodule",
    ),
    Fault(
        "program-of-the-repository",
        "speechops.planning.git",
        '(*_NO_LFS, "core.fsmonitor=false")',
        "_NO_LFS",
        "tests/planning/test_git.py -k starts_no_program",
    ),
)
