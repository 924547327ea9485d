"""Nulls: models that learnt nothing, which a trained one is compared with."""
