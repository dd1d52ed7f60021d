# SPDX-License-Identifier: MIT
"""Opens pages in a headless Chromium and fails if one of them says something on the console, asks
for anything beside itself, is wider than its window, is not dark where the reader wants that, or
lacks a text.

    check_browser.py CHROMIUM PAGE [TEXT...] [-- PAGE [TEXT...]]...

Speaks the DevTools protocol over pipes (--remote-debugging-pipe): messages of JSON that end in a
zero byte."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

WIDTHS = (400, 1400)


class Browser:
    def __init__(self, program, directory):
        to_child, self.to = os.pipe()
        self.source, from_child = os.pipe()
        command = [program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                   "--remote-debugging-pipe", "--user-data-dir=" + directory, "about:blank"]

        def place_pipes():  # as descriptors 3 and 4
            a, b = os.dup(to_child), os.dup(from_child)
            os.dup2(a, 3)
            os.dup2(b, 4)

        self.process = subprocess.Popen(command, preexec_fn=place_pipes, close_fds=False,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_child)
        os.close(from_child)
        self.waiting = b""
        self.events = []
        self.n = 0

    def read(self):
        while b"\0" not in self.waiting:
            part = os.read(self.source, 1 << 16)
            if not part:
                sys.exit("FAILED: the browser ended")
            self.waiting += part
        message, _, self.waiting = self.waiting.partition(b"\0")
        return json.loads(message)

    def call(self, method, session=None, **parameters):
        self.n += 1
        message = {"id": self.n, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self.read()
            if answer.get("id") == self.n:
                if "error" in answer:
                    sys.exit("FAILED: %s: %s" % (method, answer["error"]))
                return answer["result"]
            self.events.append(answer)

    def wait_for(self, event):
        for known in self.events:
            if known.get("method") == event:
                return
        while True:
            answer = self.read()
            self.events.append(answer)
            if answer.get("method") == event:
                return

    def evaluate(self, session, expression):
        result = self.call("Runtime.evaluate", session, expression=expression, returnByValue=True)
        return result["result"]["value"]


def check_events(browser, page, address):
    found = []
    for event in browser.events:
        method, parameters = event.get("method"), event.get("params", {})
        if method == "Runtime.consoleAPICalled" or method == "Runtime.exceptionThrown":
            found.append("console: %s" % parameters)
        elif method == "Log.entryAdded":
            found.append("console: %s" % parameters["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            asked = parameters["request"]["url"]
            if asked != address and not asked.startswith("data:"):
                found.append("asks for " + asked)
    return found


def check(browser, page, texts):
    address = pathlib.Path(page).resolve().as_uri()
    target = browser.call("Target.createTarget", url="about:blank")["targetId"]
    session = browser.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Runtime", "Log", "Network", "Page"):
        browser.call(domain + ".enable", session)
    browser.events.clear()
    browser.call("Page.navigate", session, url=address)
    browser.wait_for("Page.loadEventFired")
    found = []
    for width in WIDTHS:
        browser.call("Emulation.setDeviceMetricsOverride", session, width=width, height=900,
                     deviceScaleFactor=1, mobile=width < 500)
        wide = browser.evaluate(session, "document.documentElement.scrollWidth")
        if wide > width:
            found.append("%d pixels wide in a window of %d" % (wide, width))
    for scheme, is_light in (("light", True), ("dark", False)):
        browser.call("Emulation.setEmulatedMedia", session,
                     features=[{"name": "prefers-color-scheme", "value": scheme}])
        paper = browser.evaluate(session, "getComputedStyle(document.body).backgroundColor")
        red = int(paper.split("(")[1].split(",")[0])
        if (red > 127) != is_light:
            found.append("in %s mode the paper is %s" % (scheme, paper))
    found += check_events(browser, page, address)
    shown = " ".join(browser.evaluate(session, "document.body.innerText").split())
    found += ["no text '%s'" % text for text in texts if text not in shown]
    browser.call("Target.closeTarget", targetId=target)
    for what in found:
        print("FAILED: %s: %s" % (page, what))
    return not found


def main():
    pages = [[]]
    for argument in sys.argv[2:]:
        if argument == "--":
            pages.append([])
        else:
            pages[-1].append(argument)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        browser = Browser(sys.argv[1], directory)
        good = [check(browser, page[0], page[1:]) for page in pages]
        browser.call("Browser.close")
        browser.process.wait()
    print("%d pages opened, %d of them as they should be" % (len(good), sum(good)))
    sys.exit(0 if good and all(good) else 1)


main()
