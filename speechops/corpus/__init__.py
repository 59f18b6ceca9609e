"""The data that a team keeps in git: read, checked against the service's rules, packed, fingerprinted."""

from speechops.corpus.content import Utterance
from speechops.corpus.datafile import DataFile, check_together, fingerprint, read, recording, recordings
from speechops.corpus.findings import Finding, check_rules, weighed
from speechops.corpus.kinds import Kind, Purpose, Tier
from speechops.corpus.leakage import How, Leak, leaks
from speechops.corpus.length import seconds_of_audio
from speechops.corpus.locales import check_locale
from speechops.corpus.repair import Repair, repair
from speechops.corpus.rules import Rule, Severity

__all__ = [
    "DataFile",
    "Finding",
    "How",
    "Kind",
    "Leak",
    "Purpose",
    "Repair",
    "Rule",
    "Severity",
    "Tier",
    "Utterance",
    "check_locale",
    "check_rules",
    "check_together",
    "fingerprint",
    "leaks",
    "read",
    "recording",
    "recordings",
    "repair",
    "seconds_of_audio",
    "weighed",
]
