"""The data set: the attention tokens of many prompts by many heads, as one table.

sources    where prompts come from: reviews, random ids, a file ...
columns    what a row says
rows       from prompts to rows: one forward pass, then head by head
order      all that a data set depends on, as it is written into it
work       what is finished already, in a folder beside the file, so that a killed run can go on
output     finished parts put together into one file
making     the whole way
"""
