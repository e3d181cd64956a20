"""wan.py ROUND_TRIP_MS: two hosts with a slow link between them, for kernels without netem. Needs root and /dev/net/tun.

Makes two network namespaces, each with a TUN device, and carries the IP packets between them itself, each one half the round trip
late; the TCP on both sides is the kernel's. Prints {"server": {"pid", "address"}, "client": {…}} when the link stands: enter with
`nsenter --net=/proc/PID/ns/net`. Ends when its standard input does, and the namespaces end with it; nothing of them has a name.
"""

import collections
import fcntl
import json
import os
import select
import struct
import subprocess
import sys
import time

TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x400454CA, 0x0001, 0x1000
half = float(sys.argv[1]) / 2000
addresses = {"server": "10.77.0.1", "client": "10.77.0.2"}


def namespace():
    """A process that does nothing but hold a network namespace, as long as this one lives."""
    holder = subprocess.Popen(["unshare", "--net", "cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    own = os.readlink("/proc/self/ns/net")
    while os.readlink(f"/proc/{holder.pid}/ns/net") == own:
        time.sleep(0.001)
    return holder


def device(name):
    tun = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(tun, TUNSETIFF, struct.pack("16sH22s", name.encode(), IFF_TUN | IFF_NO_PI, b""))
    return tun


def host(role, peer):
    """One side: its namespace's process and the device that its packets come out of."""
    name = f"wan{os.getpid() % 100000}{role[0]}"
    holder, tun = namespace(), device(name)
    subprocess.run(["ip", "link", "set", name, "netns", str(holder.pid)], check=True)
    inside = ["nsenter", f"--net=/proc/{holder.pid}/ns/net", "ip"]
    subprocess.run([*inside, "link", "set", "lo", "up"], check=True)
    subprocess.run([*inside, "addr", "add", addresses[role], "peer", addresses[peer], "dev", name], check=True)
    subprocess.run([*inside, "link", "set", name, "up", "mtu", "1500", "txqueuelen", "2000"], check=True)
    return holder, tun


def carry(ends):
    """Every packet that comes out of one device goes into the other one, later."""
    other = {ends[0]: ends[1], ends[1]: ends[0]}
    on_the_way = collections.deque()
    events = select.epoll()
    for end in (*ends, 0):
        events.register(end, select.EPOLLIN)
    while True:
        wait = max(0, on_the_way[0][0] - time.monotonic()) if on_the_way else -1
        for end, _ in events.poll(wait):
            if end == 0:
                if not os.read(0, 1):
                    return
                continue
            for packet in arrived(end):
                on_the_way.append((time.monotonic() + half, other[end], packet))
        while on_the_way and on_the_way[0][0] <= time.monotonic():
            _, end, packet = on_the_way.popleft()
            put(end, packet)


def arrived(end):
    for _ in range(64):
        try:
            yield os.read(end, 65535)
        except BlockingIOError:
            return


def put(end, packet):
    try:
        os.write(end, packet)
    except (BlockingIOError, OSError):
        pass  # the queue is full: a lost packet, which TCP sends again


# A carrier that waits for its turn on a busy machine makes the link slower than it says.
os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
hosts = {"server": host("server", "client"), "client": host("client", "server")}
told = {role: {"pid": holder.pid, "address": addresses[role]} for role, (holder, _) in hosts.items()}
print(json.dumps(told), flush=True)
carry([tun for _, tun in hosts.values()])
