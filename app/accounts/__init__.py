"""People, agencies, partnerships, roles, signing in, and what each view declares about who may open it."""
