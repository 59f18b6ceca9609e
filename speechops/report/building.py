"""The test of a report, built from a stored result: every utterance aligned, errors counted, advice given."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from speechops import advice, scoring
from speechops.registry.documents import Form
from speechops.report.report import (
    LEAKED,
    Confusion,
    Display,
    DisplayErrors,
    Model,
    Term,
    Test,
    Utterance,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from speechops.advice import Evidence
    from speechops.registry.documents import TestResult, Vocabulary
    from speechops.scoring import Counts, Normaliser, Scores

_CONFUSIONS = 200


def of_result(
    result: TestResult,
    normaliser: Normaliser,
    groups: Mapping[str, str] | None = None,
    terms: Sequence[str] = (),
    vocabularies: tuple[Vocabulary | None, Vocabulary | None] = (None, None),
    scores: tuple[Scores, Scores | None] | None = None,
    *,
    display: bool = False,
    spoken: Normaliser | None = None,
) -> Test:
    """Return a test with every utterance aligned; ``scores`` are its alignments, made here if not given.

    ``normaliser`` has the rules that the result was judged by, ``spoken`` those of words, if they are others;
    ``display`` says that transcripts and recognized text are in display form.
    ``groups`` names the group of an utterance by id; of ``terms``, those that were said or recognized are
    scored; ``vocabularies`` are what benchmark and candidate were trained on.
    """
    verdict = result.verdict
    excluded = frozenset(verdict.comparison.excluded) if verdict else frozenset()
    utterances = tuple(
        _utterances(result, normaliser, scores or _scores(result, normaliser), groups or {}, excluded)
    )
    judged = [utterance for utterance in utterances if not utterance.left_out]
    evidence = advice.collect(judged)
    found = tuple(_terms(judged, spoken or normaliser, terms))
    before, after = vocabularies
    benchmark = verdict.comparison.benchmark if verdict else _total(judged)
    situation = advice.Situation(
        evidence,
        normaliser.unit,
        before,
        after,
        verdict.outcome if verdict else None,
        result.leaked,
        excluded=bool(excluded),
        total=len(utterances) + len(result.missing),
    )
    names = {word for term in found for word in normaliser.words(term.name)}
    return Test(
        name=result.name,
        created=result.created,
        cause=result.cause,
        commit=result.commit,
        run=result.run,
        fingerprint=result.test,
        unit=normaliser.unit,
        form=result.form,
        normalization=normaliser.key,
        benchmark=_model(result, "benchmark", benchmark),
        candidate=_model(result, "candidate", verdict.comparison.candidate)
        if verdict and result.candidate
        else None,
        verdict=verdict,
        utterances=utterances,
        confusions=_confusions(evidence),
        terms=found,
        missing=result.missing,
        leaks=result.leaks,
        leaked=result.leaked,
        advice=advice.advise(situation),
        tables=advice.tables(evidence, before, after, names),
        display=_display(result, spoken or normaliser, excluded) if display else None,
        characters=result.characters,
    )


def _display(result: TestResult, spoken: Normaliser, excluded: frozenset[str]) -> Display:
    benchmark = _display_errors(result, "benchmark", spoken, excluded)
    candidate = _display_errors(result, "candidate", spoken, excluded) if result.candidate else None
    return Display(benchmark, candidate)


def _display_errors(
    result: TestResult, role: str, spoken: Normaliser, excluded: frozenset[str]
) -> DisplayErrors:
    judged = [item for item in result.utterances if item.audio not in excluded]
    pairs = [(item.reference, getattr(item, role).text(Form.DISPLAY)) for item in judged]
    tokens = scoring.display_tokens(result.locale)
    words = Form.LEXICAL if _have_lexical(result) else Form.DISPLAY
    heard = ((item.audio, item.reference, getattr(item, role).text(words)) for item in judged)
    service = result.service.get(role)
    return DisplayErrors(
        scoring.score((("", *pair) for pair in pairs), tokens).total,
        scoring.score(heard, spoken).total,
        {str(name): times for name, times in scoring.error_classes(pairs, tokens, spoken).items()},
        service.token_error_rate if service else None,
        service.token_errors if service else {},
    )


def _have_lexical(result: TestResult) -> bool:
    hypotheses = [text for item in result.utterances for text in (item.benchmark, item.candidate) if text]
    return all(hypothesis.has(Form.LEXICAL) for hypothesis in hypotheses)


def _model(result: TestResult, role: str, counts: Counts) -> Model:
    reference = result.candidate if role == "candidate" and result.candidate else result.benchmark
    service = result.service.get(role)
    return Model(
        reference.id,
        reference.name,
        reference.base,
        counts,
        service.word_error_rate if service else None,
        reference.expires,
    )


def _total(utterances: Iterable[Utterance]) -> Counts:
    return scoring.Counts.of("".join(utterance.benchmark_path for utterance in utterances))


def _utterances(
    result: TestResult,
    normaliser: Normaliser,
    scores: tuple[Scores, Scores | None],
    groups: Mapping[str, str],
    excluded: frozenset[str],
) -> Iterator[Utterance]:
    benchmark, candidate = scores
    paths = candidate.paths if candidate else (None,) * len(benchmark.paths)
    rows = zip(result.utterances, result.texts(), benchmark.paths, paths, strict=True)
    for item, (audio, reference, first, second), before, after in rows:
        yield Utterance(
            audio,
            normaliser(reference),
            _counted(reference, first, normaliser),
            before,
            None if after is None else _counted(reference, second, normaliser),
            after,
            groups.get(audio, ""),
            LEAKED if audio in excluded else "",
            item.seconds,
            reference,
        )


def _scores(result: TestResult, normaliser: Normaliser) -> tuple[Scores, Scores | None]:
    if result.candidate is None:
        return scoring.score((text[:3] for text in result.texts()), normaliser), None
    return scoring.score_pair(result.texts(), normaliser)


def _counted(reference: str, hypothesis: str, normaliser: Normaliser) -> str:
    return " ".join(scoring.counted_words(reference, hypothesis, normaliser))


def _terms(utterances: Sequence[Utterance], normaliser: Normaliser, terms: Sequence[str]) -> Iterator[Term]:
    """Yield the terms that were said or recognized."""
    if not terms:
        return
    index = scoring.TermIndex(terms, normaliser)
    sides = [
        (utterance.reference, utterance.benchmark, utterance.candidate or "") for utterance in utterances
    ]
    texts = list(dict.fromkeys(text for side in sides for text in side))
    words = map(normaliser.cut, normaliser.batch(texts))
    found = dict(zip(texts, map(index.occurrences, words), strict=True))
    before, after = (
        scoring.term_scores(((found[said], found[heard[at]]) for said, *heard in sides), index)
        for at in (0, 1)
    )
    for old, new in zip(before, after, strict=True):
        if old.said or old.recognized or new.recognized:
            yield Term(old.term, old.said, old.recognized, old.found, new.recognized, new.found)


def _confusions(evidence: Evidence) -> tuple[Confusion, ...]:
    """Return the most frequent error regions of both models together, the most frequent first."""
    sides = (evidence.benchmark, evidence.candidate)
    before, after = (
        Counter((mistake.region.said, mistake.region.heard) for mistake in side.mistakes)
        if side
        else Counter()
        for side in sides
    )
    ranked = sorted((before + after).items(), key=lambda item: (-item[1], item[0]))
    return tuple(
        Confusion(" ".join(said), " ".join(heard), before[said, heard], after[said, heard])
        for (said, heard), _ in ranked[:_CONFUSIONS]
    )
