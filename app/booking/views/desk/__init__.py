"""What a coordinator does with places: one session, its bookings, its list, calling off, the ledger, policies."""
