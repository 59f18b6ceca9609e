"""Attacks, through the command, the container or the browser; files are named as what an attacker tries."""
