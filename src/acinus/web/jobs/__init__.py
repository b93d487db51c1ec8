"""Jobs: work too long for one answer, kept in a table that outlives the server and computed by processes of their own.

In: a checked request for people, arms and endpoints. Out: a state, progress, and the result of a durable run.

Knows one SQLite file and one folder for each job. Never knows HTTP, nor how a run is computed; never computes a
shard twice, because a run's folder says which are there.
"""

from __future__ import annotations
