"""One module per operation; each reads like the sentence that describes it."""
