# SPDX-License-Identifier: Apache-2.0
"""The few words of the DevTools protocol that a visit to a page needs, over chromium's --remote-debugging-pipe.

--dump-dom and --screenshot run scripts of their own in the page and so cannot be used with scripts switched off.
"""

import fcntl
import json
import os
import select
import subprocess
import time


def high(fd):
    """The same file under a number out of the way of 3 and 4."""
    copy = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10)
    os.close(fd)
    return copy


class Browser:
    """One chromium. Use as a context manager: it is ended on the way out, and `stderr` can be read afterwards."""

    def __init__(self, command, stderr_path, timeout=60):
        self.deadline = time.monotonic() + timeout
        self.number = 0
        self.buffer = b""
        self.events = []
        self.requests = set()  # URLs that the page asked for
        self.stderr = open(stderr_path, "wb")
        their_in, self.out = (high(fd) for fd in os.pipe())
        self.inp, their_out = (high(fd) for fd in os.pipe())
        # Chromium reads fd 3 and writes fd 4; bash moves ours there.
        shell = ["bash", "-c", f'exec "$@" 3<&{their_in} 4>&{their_out} {their_in}<&- {their_out}>&-', "bash"]
        self.process = subprocess.Popen(
            [*shell, *command, "--remote-debugging-pipe", "about:blank"], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=self.stderr, pass_fds=(their_in, their_out),
        )
        os.close(their_in)
        os.close(their_out)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        try:
            if kind is None:
                self.call("Browser.close")
                self.process.wait(20)  # it writes its network log now
        except (OSError, subprocess.TimeoutExpired):
            pass
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            for fd in (self.inp, self.out):
                os.close(fd)
            self.stderr.close()

    def message(self):
        while b"\0" not in self.buffer:
            left = self.deadline - time.monotonic()
            if left <= 0 or not select.select([self.inp], [], [], left)[0]:
                raise RuntimeError("chromium does not answer")
            data = os.read(self.inp, 1 << 16)
            if not data:
                raise RuntimeError("chromium has gone")
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(line)

    def call(self, method, session=None, **params):
        self.number += 1
        request = {"id": self.number, "method": method, "params": params}
        if session:
            request["sessionId"] = session
        os.write(self.out, json.dumps(request).encode() + b"\0")
        while True:
            answer = self.message()
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error'].get('message')}")
                return answer["result"]
            self.note(answer)

    def note(self, event):
        self.events.append(event.get("method"))
        if event.get("method") == "Network.requestWillBeSent":
            self.requests.add(event["params"]["request"]["url"])

    def open(self, url, scripts=True):
        """A session with the page after its load event."""
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        self.call("Page.enable", session)
        self.call("Network.enable", session)
        self.call("Emulation.setScriptExecutionDisabled", session, value=not scripts)
        self.navigate(session, url)
        return session

    def navigate(self, session, url):
        self.wait_for_load(session, "Page.navigate", url=url)

    def wait_for_load(self, session, method, **params):
        self.events.clear()
        self.call(method, session, **params)
        while "Page.loadEventFired" not in self.events:
            self.note(self.message())

    def evaluate(self, session, expression):
        """The value of an expression in the page."""
        answer = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise RuntimeError(f"{expression}: {answer['exceptionDetails'].get('exception', {}).get('description')}")
        return answer["result"].get("value")

    def press(self, session, key):
        for kind in ("keyDown", "keyUp"):
            text = {"text": key} if kind == "keyDown" and len(key) == 1 else {}
            self.call("Input.dispatchKeyEvent", session, type=kind, key=key, **text)

    def dom_of(self, url, scripts):
        """The page's outer HTML after its load event."""
        session = self.open(url, scripts)
        root = self.call("DOM.getDocument", session)["root"]["nodeId"]
        return self.call("DOM.getOuterHTML", session, nodeId=root)["outerHTML"]
