"""Letters as people meet them: the outbox and the wording at the desk, links that lead from a letter to here, letters that come back."""
