"""measure.py COMMAND…: runs it with its output thrown away; prints what it cost as one line of JSON.

wait4 gives the child's own peak memory and CPU time. Memory below Python's own (about 9 MiB) reads as that.
"""

import json
import os
import subprocess
import sys
import time

begin = time.monotonic()
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(child.pid, 0)
print(
    json.dumps(
        {
            "seconds": time.monotonic() - begin,
            "cpu": usage.ru_utime + usage.ru_stime,
            "rss": usage.ru_maxrss / 1024,
            "status": os.waitstatus_to_exitcode(status),
        }
    )
)
