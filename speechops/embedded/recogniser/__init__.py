"""The real recognizer of the embedded service: PocketSphinx, made trainable.

A custom model is the base model of en-US mixed with a trigram model of the training text, a dictionary of the
words that the text brings along, and where there is audio a transform of the acoustics.
"""

from __future__ import annotations

from speechops.embedded.engine import EngineError, Material, Recognition, Word
from speechops.embedded.recogniser.engine import PocketSphinxEngine

__all__ = ["EngineError", "Material", "PocketSphinxEngine", "Recognition", "Word"]
