"""Races, kills, lost connections: each guarantee on both databases, and for each a switch that takes the protection away."""
