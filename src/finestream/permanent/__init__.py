"""The permanent monitor of a project: its arrangement, its one instance, the supervisor that keeps its address answering, and the successor
of that. SHELL.

Why it takes such care of the address: what the client (2.1.332) was seen to do with one that it has from ``env`` of a settings file.

* Refused connections: 10 retries after about 0.5, 1, 2, 4, 9, 18, 37, 37, 37, 37 s, three minutes in all. No hook that is a command runs
  meanwhile, so no hook can start a dead monitor before the turn has failed; where that ends a ``-p`` session, StopFailure is often lost.
  A connection that waits in the queue of a listening socket costs nothing but the wait.
* A connection that is cut in mid-stream: one retry after half a second.
* A file that is changed while a session runs is read anew within two seconds, and the next request goes to the new address, in the same
  turn even. Retries that have begun go on to the old one.
* A variable that is taken out of the file stays as it was until the client is started again.
"""
