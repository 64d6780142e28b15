"""How far something is: on a terminal one line that is rewritten, elsewhere a line every so often."""

import os
import shutil
import sys
import time


class Progress:
    """Shows the newest text. Elsewhere than on a terminal it never prints the same line twice running."""

    def __init__(self, stream=None, every=15, clock=time.monotonic):
        self.stream = stream or sys.stderr
        self.every = every
        self.clock = clock
        self.is_live = self.stream.isatty() and os.environ.get("TERM") != "dumb"
        self.text = None
        self.at = None

    def show(self, text):
        if text == self.text:
            return
        if self.is_live:
            # A line that wraps could not be rewritten.
            width = shutil.get_terminal_size().columns - 1
            self.stream.write("\r\033[K" + text[:width])
        elif self.at is None or self.clock() - self.at >= self.every:
            self.stream.write(text + "\n")
            self.at = self.clock()
        else:
            return
        self.text = text
        self.stream.flush()

    def clear(self):
        """Makes room for what is printed next."""
        if self.is_live and self.text is not None:
            self.stream.write("\r\033[K")
            self.stream.flush()
        self.text = None


def bar(done, total, width=24):
    """As `pawl replay` draws it."""
    share = min(max(done / total, 0), 1) if total else 0
    filled = int(share * width)
    return f"{'█' * filled}{'░' * (width - filled)} {int(share * 100):3d} %"


def rest(seconds):
    """What an estimate is worth: it says when it has turned out too low."""
    return f"about {seconds_text(seconds)} left" if seconds >= 1 else "any moment now"


def seconds_text(seconds):
    minutes, seconds = divmod(round(seconds), 60)
    if minutes == 0:
        return f"{seconds} s"
    return f"{minutes} min {seconds} s" if seconds else f"{minutes} min"
