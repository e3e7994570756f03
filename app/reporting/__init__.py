"""Reports over all rooms and the ways they are handed out; owns no facts."""
