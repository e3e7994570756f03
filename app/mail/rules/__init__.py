"""What is right for letters: their states and pauses, their wording, how text becomes a page of mail."""
