"""What answers add up to, for a period and for a session; and who has answered what."""
