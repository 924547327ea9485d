"""The atlas: what many readings of all heads show together, as tables.

tokens        a data set's attention tokens, each position counted once
vocabularies  which tokens a head reads, how often
shared        which of them two heads have in common
coverage      the union over heads as prompts are added
overlap       the same model on two inputs, two models on the same input
plane         tokens in the plane by their embedding
judging       a number with interval and control, and a judgement
sizes         those claims that are about how many tokens there are
claims        what the seed notebook claims, held against all that
findings      all of these, computed from the data sets
tables        what there is much of, for CSV and JSON
drawing       which prompts are drawn in full
document      all of it in one folder: atlas.json and a CSV a table
making        the whole way, from a model to that folder
"""
