"""Places: booking, the waiting list, giving back, and the public pages that show places left."""
