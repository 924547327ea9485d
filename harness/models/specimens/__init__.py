"""Specimens: small models built by hand, whose heads' behaviour is known exactly."""
