"""How to break each invariant of letters."""

BROKEN = {
    "letters-know-their-next-step": "UPDATE letter SET next_try_at = NULL WHERE status = 'queued'",
    "letters-held-by-workers": "UPDATE letter SET claimed_by = 'somebody', lease_until = written_at",
    "sent-letters-have-a-time": "UPDATE letter SET status = 'sent', next_try_at = NULL",
    "doubts-are-bounded": "UPDATE letter SET doubts = 3",
    "no-link-secret-in-letters": "UPDATE letter SET text = 'http://localhost/a/the-secret-itself'",
    "links-as-digests": "UPDATE link SET digest = 'the secret itself ' || id",
    "links-end-with-a-reason": "UPDATE link SET ended_at = made_at",
}
