"""Makes what follows from the code: action.yml and tables."""
