"""Letters as a mechanism: written once in the act that causes them, sent later, kept as a record; links in letters. Knows no booking."""
