"""The GitHub platform. Each module is a noun and is imported by name: ``releases.publish(github, ...)``.

========== =====================================================================================
commands   workflow commands on the step's output: masks, annotations, untrusted text
files      outputs, environment, state and summary of a step, through the runner's files
event      what happened, from the event's payload and the runner's variables
api        the client of the API (``GitHub``), its values in ``entities``, the HTTP layer in ``transport``
comments   one comment on a pull request, kept up to date
checks     a check run that is always completed
releases   one release for each deployed model; versions in ``version``
approval   whether a person has to approve a deployment
========== =====================================================================================
"""
