"""Who the run is to Azure: which of the ways to sign in is open, tokens, and what is secret about them."""

from speechops.identity.keyring import Keyring, secrets
from speechops.identity.sign_in import SignIn
from speechops.identity.speech import SpeechToken, check_custom_domain
from speechops.identity.way import Way, choose

__all__ = ["Keyring", "SignIn", "SpeechToken", "Way", "check_custom_domain", "choose", "secrets"]
