"""How certificates and records are written as files."""
