"""The Azure identity of a run: its sign-in method, its tokens, and which parts of them are secret."""

from speechops.identity.keyring import Keyring, secrets
from speechops.identity.method import SignInMethod, choose
from speechops.identity.sign_in import SignIn
from speechops.identity.speech import SpeechToken, check_custom_domain

__all__ = ["Keyring", "SignIn", "SignInMethod", "SpeechToken", "check_custom_domain", "choose", "secrets"]
