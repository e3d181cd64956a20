"""measure.py OUTPUT COMMAND…: runs it with its standard output in the file OUTPUT; prints what it cost as one line of JSON.

wait4 gives the CPU time (user and system) of the child and of all its own children that it waited for, and the peak memory of
the largest of them. Memory below Python's own (about 9 MiB) reads as that.
"""

import json
import os
import subprocess
import sys
import time

output, *command = sys.argv[1:]
with open(output, "wb") as out:
    begin = time.monotonic()
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - begin
print(
    json.dumps(
        {
            "wall": seconds,
            "cpu": usage.ru_utime + usage.ru_stime,
            "rss": usage.ru_maxrss / 1024,
            "status": os.waitstatus_to_exitcode(status),
        }
    )
)
