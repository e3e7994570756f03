"""What pages show of courses, sessions and bookings; nothing here writes."""
