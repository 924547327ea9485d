"""Selfcheck: is the instrument right on this machine, this device, and with these versions of the libraries?

checks    what is checked: each compares with something that is known, and counts what disagrees
run       all of them on one model, with what to distrust where one fails
"""
