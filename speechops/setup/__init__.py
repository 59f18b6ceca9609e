"""Setting a repository up: the files that SpeechOps needs in it, and what an older set-up had."""
