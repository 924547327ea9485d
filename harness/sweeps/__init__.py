"""Sweeps: many heads against the book, in shards that any worker may do, with nothing lost when one dies.

    plan      what is to be swept, and its digest
    tasks     the shards, in tasks of one family and one block of layers
    worker    does a task: cells from a session
    journal   finished tasks, in a file beside the store until the run is whole
    eta       what each task takes, and so how long the rest will
    workers_local, workers_ray   who does the tasks: this process, several, or a Ray cluster
    sweep     the whole of it

Arithmetic, draws and verdicts are those of `harness.trials`: a sweep tries each cell as `pytest properties/` does.
"""
