"""From dataset files to a model: its language, its words, its acoustics."""

from __future__ import annotations

import random
import tempfile
from collections import defaultdict
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from speechops.embedded.engine import EngineError
from speechops.embedded.recogniser import base, datasets, model, ngrams, pronunciation, trie, wittenbell
from speechops.embedded.recogniser.acoustics import Aligner, Gaussians
from speechops.embedded.recogniser.corpus import TrainingCorpus
from speechops.embedded.recogniser.model import Description, Entry
from speechops.embedded.recogniser.transcriber import FRAMES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from speechops.embedded.engine import Material
    from speechops.embedded.recogniser.ngrams import Floats

DEFAULT_WEIGHT_PERCENT = 30
"""Weight of the training text; between 20 and 50 it hardly matters."""
WEIGHTS = range(1, 101)
LONGEST_AUDIO = 40.0
"""Seconds of a recording beyond which the service takes its text alone."""
ENOUGH_AUDIO = 180.0
"""Seconds of speech that fix the transform; more would cost time and change little."""
LEAST_AUDIO = 1.0
"""Seconds of speech without which the acoustics stay as they are."""


def train(folder: Path, material: Material, *, weight_percent: int | None, cache: Path) -> float:
    """Train a model from ``material`` into ``folder``; return the seconds of speech that it adapted to.

    ``weight_percent`` is the share of the material in the language model, the rest is the base model's. What
    is worked out from the base model once is kept in the folder ``cache``.

    Raises:
        EngineError: the weight is not between 1 and 100, a file cannot be read, or there is nothing to learn.

    """
    weight = DEFAULT_WEIGHT_PERCENT if weight_percent is None else weight_percent
    if weight not in WEIGHTS:
        raise EngineError(f"The weight of a model's data is from 1 to 100 percent, not {weight}.")
    corpus = TrainingCorpus(material)
    folder.mkdir(parents=True, exist_ok=True)
    display = corpus.display_rules()
    words = _write_language(folder, corpus, weight, cache, optional=bool(display))
    entries = _entries(words, corpus, cache)
    spoken = _write_acoustics(folder, material, corpus, entries)
    model.write(folder, Description(weight, tuple(entries), display))
    return spoken


def _write_language(
    folder: Path, corpus: TrainingCorpus, weight_percent: int, cache: Path, *, optional: bool
) -> tuple[str, ...]:
    """Mix the text into the base language model; return the words that the base model does not have.

    Without text the base language model stays, if the text is ``optional`` as there is output formatting.
    """
    sentences = corpus.sentences()
    first = next(sentences, None)
    if first is None and optional:
        return ()
    if first is None:
        raise EngineError("The data has no text to learn from.")
    general = base.language_model(cache)
    domain = wittenbell.estimated(chain([first], sentences), general.words)
    mixed = ngrams.interpolated(general.extended(domain.words), domain, weight_percent / 100)
    trie.write(mixed, folder / model.LANGUAGE)
    return domain.words[len(general.words) :]


def _entries(words: Iterable[str], corpus: TrainingCorpus, cache: Path) -> list[Entry]:
    """List the forms, and those of ``words`` that the dictionary lacks, with the ways to say them."""
    said: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)  # in words to look up
    displays, phones = {}, defaultdict(list)
    for form in corpus.forms:
        displays[form.word] = form.display
        if form.phones:
            phones[form.word].append(form.phones)
        else:
            said[form.word] += pronunciation.readings(form.spoken)
    plain = [word for word in words if word not in displays]
    for word in set(plain) - set(pronunciation.in_dictionary(plain)):
        if word in corpus.speller.acronyms:
            said[word] += pronunciation.readings(tuple(word))
        said[word].append((word,))

    found = pronunciation.of_words(
        {part for readings in said.values() for reading in readings for part in reading}, cache
    )
    for word, readings in said.items():
        phones[word] += [" ".join(found[part] for part in reading) for reading in readings]
    return [
        Entry(word, displays.get(word, ""), tuple(dict.fromkeys(phones[word]))) for word in sorted(phones)
    ]


def _write_acoustics(
    folder: Path, material: Material, corpus: TrainingCorpus, entries: Sequence[Entry]
) -> float:
    """Adapt the acoustics to the recordings; return the seconds of speech that were found in them."""
    if not material.acoustic:
        return 0.0
    frames: defaultdict[str, list[Floats]] = defaultdict(list)
    seconds = 0.0
    with ExitStack() as stack:
        aligner = Aligner(entries, Path(stack.enter_context(tempfile.TemporaryDirectory())))
        datasets_ = [stack.enter_context(datasets.recordings(path)) for path in material.acoustic]
        recordings = list(chain.from_iterable(datasets_))
        # In no order of the files, since one speaker's often stand together; the same each time.
        random.Random(0).shuffle(recordings)  # noqa: S311 - no secret
        for recording in recordings:
            if seconds >= ENOUGH_AUDIO:
                break
            if recording.seconds() > LONGEST_AUDIO:
                continue
            spoken = aligner.aligned(recording.samples(), corpus.speller.words(recording.text))
            seconds += sum(len(seen) for _, seen in spoken) / FRAMES
            for phone, seen in spoken:
                frames[phone].append(seen)
    if seconds < LEAST_AUDIO:
        return 0.0
    transform = Gaussians.read(base.acoustics()).adapted(
        {phone: np.concatenate(seen) for phone, seen in frames.items()}
    )
    transform.write(folder / model.ACOUSTICS)
    return seconds
