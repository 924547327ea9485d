"""Checks: is this device sound, and does a reading depend on the basis inside the head?"""
