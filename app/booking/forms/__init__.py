"""What may be typed about places: to find a course, about one's own bookings, for others, at the desk."""
